"""Who signs in, and which programs do."""
