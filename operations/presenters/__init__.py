"""What pages of operations show, as plain data."""
