"""Call logs as files: one module a format; `detect` tells which one a file is."""
