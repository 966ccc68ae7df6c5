"""What an app declares to go after a time: nothing that contracts, bids, statements, disputes or the audit log
rest on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

Remove = Callable[["QuerySet[Any]", datetime], None]


def delete(rows: "QuerySet[Any]", now: datetime) -> None:
    """Delete the rows with all that belongs to them."""
    rows.delete()


@dataclass(frozen=True)
class Rule:
    """One kind of data with the setting of its period (a name of ``RETENTION_DAYS``).

    ``old`` selects what was last needed before a moment, and no longer what was removed already; ``remove``
    ends a batch of it, within the caller's transaction.
    """

    name: str
    what: str
    old: "Callable[[datetime], QuerySet[Any]]"
    remove: Remove = delete

    def due(self, now: datetime) -> "QuerySet[Any] | None":
        """What is to go now; None where the installation keeps it without end."""
        days = settings.RETENTION_DAYS[self.name]
        return self.old(now - timedelta(days=days)) if days > 0 else None


_rules: dict[str, Rule] = {}


def register_retention(rule: Rule) -> None:
    """Make a rule known; called by the ``integration`` module of an app."""
    if rule.name in _rules:
        raise ValueError(f"The retention rule {rule.name} is registered twice.")
    _rules[rule.name] = rule


def known_rules() -> Sequence[Rule]:
    """All rules, by name."""
    return [_rules[name] for name in sorted(_rules)]
