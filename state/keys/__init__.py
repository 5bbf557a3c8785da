"""Sealing anew under other keys, and the key ring on paper."""
