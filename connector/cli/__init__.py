"""The command line: parse, open the composition, call one thing, map its error to an exit code."""

from connector.cli.main import main

__all__ = ["main"]
