"""The files that operations makes."""
