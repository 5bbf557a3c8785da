"""A month of mixed faults, drawn from a seed, between the real daemon and the sandbox."""
