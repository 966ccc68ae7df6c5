"""Entries of the audit log as people read them."""

from marketplace.audit.models import AuditEntry
from marketplace.audit.persons import put_addresses_back


def as_read(entry: AuditEntry) -> AuditEntry:
    """The entry, with addresses from then on."""
    put_addresses_back([entry])
    return entry


def actor_of(entry: AuditEntry) -> str:
    """The address of who acted; the entry reads with addresses from then on."""
    return as_read(entry).actor_email
