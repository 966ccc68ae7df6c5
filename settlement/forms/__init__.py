"""The forms of settlement."""
