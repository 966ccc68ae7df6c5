"""How long what nothing rests on is kept, and how it goes after that (docs/operations.md)."""
