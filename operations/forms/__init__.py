"""What people type about operations."""
