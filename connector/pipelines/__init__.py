"""One module a flow: intake, fetch, resolve, deliver, connect."""
