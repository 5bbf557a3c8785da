"""Where what providers tell comes in."""
