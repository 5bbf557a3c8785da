"""Backups of call logs as values and decisions: files, schedules, generations, manifests, restores."""
