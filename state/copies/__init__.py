"""Copies of the state itself: taken, kept, drilled, put back."""
