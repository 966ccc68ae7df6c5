"""The workbooks of operations."""
