"""The lists of settlement."""
