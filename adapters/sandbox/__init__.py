"""In-process servers with the real wire formats: for `connector demo`, `connector sandbox` and tests."""
