"""Django's backend of PostgreSQL behind a pooler that pools transactions."""
