"""Entries of the audit log as people read them."""

from marketplace.audit.models import AuditEntry
from marketplace.audit.persons import put_addresses_back


def actor_of(entry: AuditEntry) -> str:
    """The address of who acted; the entry reads with addresses from then on."""
    put_addresses_back([entry])
    return entry.actor_email
