"""The demo: the daemon as it is, against the sandbox servers, on loopback and in a temporary folder."""
