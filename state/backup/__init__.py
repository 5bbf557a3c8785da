"""Backups of call logs as rows: schedules and their runs, drills, restores; calls on the way out and back."""
