"""`python -m connector` is the command `connector`."""

from connector.cli import main

main(prog_name="connector")
