"""Backups: the database in a file, and the way back."""
