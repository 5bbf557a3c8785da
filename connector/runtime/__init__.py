"""What keeps the daemon running: loops, clock, logs, metrics, the service manager."""
