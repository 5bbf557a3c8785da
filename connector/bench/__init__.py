"""Measuring on this machine, against the sandbox: ratios in one run, never absolute promises."""
