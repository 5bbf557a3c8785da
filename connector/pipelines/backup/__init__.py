"""Backups of call logs: the run, its upload, retention, restores, drills."""
