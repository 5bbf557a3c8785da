"""Pure values and decisions: no I/O, no clock, no chance, no provider's wire names past `raw`."""
