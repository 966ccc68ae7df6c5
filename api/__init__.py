"""What programs talk to: doors over the same actions and queries that the pages use."""
