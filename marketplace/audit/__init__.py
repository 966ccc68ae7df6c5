"""The hash-chained log: every change of business data appends an entry in the transaction that makes the change.

Use it as ``from marketplace import audit`` and ``audit.record(...)``. The names load on first use, since Django
imports this package before the models exist.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from marketplace.audit.chain import Event, lock_chains, record, record_many, record_stream
    from marketplace.audit.queries import (
        entries_about,
        entries_for_admins,
        entries_visible_to,
        is_open,
        open_seal,
        without_sealed,
    )
    from marketplace.audit.sentences import register_names
    from marketplace.audit.verification import Break, verify

__all__ = [
    "Break",
    "Event",
    "entries_about",
    "entries_for_admins",
    "entries_visible_to",
    "is_open",
    "lock_chains",
    "open_seal",
    "record",
    "record_many",
    "record_stream",
    "register_names",
    "verify",
    "without_sealed",
]

_HOME = {
    "Break": "verification",
    "Event": "chain",
    "entries_about": "queries",
    "entries_for_admins": "queries",
    "entries_visible_to": "queries",
    "is_open": "queries",
    "lock_chains": "chain",
    "open_seal": "queries",
    "record": "chain",
    "record_many": "chain",
    "record_stream": "chain",
    "register_names": "sentences",
    "verify": "verification",
    "without_sealed": "queries",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
