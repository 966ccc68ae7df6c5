"""What the lists of settlement can be narrowed to."""
