"""Removing what is due, in small batches: no lock is held for long, and whoever is interrupted goes on later."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import DatabaseError, transaction

from marketplace.retention.rules import Rule, known_rules

log = structlog.get_logger(__name__)

BATCH = 200
"""Rows in a transaction."""
MOST_BATCHES = 250
"""Of one rule in one run; the rest is left to the next."""


@dataclass(frozen=True)
class Due:
    """How many rows of a rule are to go now; None: they are kept without end."""

    rule: Rule
    rows: int | None


def what_is_due(now: datetime) -> Iterator[Due]:
    """What a removal would take away, rule by rule, without touching it."""
    for rule in known_rules():
        due = rule.due(now)
        yield Due(rule, None if due is None else due.count())


def remove_due(now: datetime) -> dict[str, int]:
    """Remove what is due, up to ``MOST_BATCHES`` of each rule; returns the rows by rule.

    A rule that fails doesn't keep back the others: what it had removed stays removed, the rest is tried again
    with the next run.
    """
    removed = {}
    for rule in known_rules():
        try:
            removed[rule.name] = _remove(rule, now)
        except DatabaseError:
            log.exception("retention_failed", rule=rule.name)
    log.info("retention_ran", **{name: count for name, count in removed.items() if count})
    return removed


def _remove(rule: Rule, now: datetime) -> int:
    removed = 0
    for _ in range(MOST_BATCHES):
        due = rule.due(now)
        if due is None:
            break
        with transaction.atomic():
            keys = list(
                due.order_by("pk")
                .select_for_update(skip_locked=True, of=("self",))
                .values_list("pk", flat=True)[:BATCH]
            )
            if not keys:
                break
            rule.remove(due.model._default_manager.filter(pk__in=keys), now)
        removed += len(keys)
    return removed
