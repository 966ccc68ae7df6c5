"""What bidding tells when its moment comes: once, and not after the close."""

from datetime import datetime, timedelta

from django.db.models import F, QuerySet

from bidding.domain import notifications
from competitions.domain.queries import live_competitions
from competitions.models import Competition
from marketplace.notifications.occasions import DueOccasions, notify_occasions
from qualification.domain.verdicts.freeze import ensure_frozen

REMINDED_BEFORE = timedelta(hours=24)
NEWS = timedelta(days=7)
"""A close longer ago is no longer told: whoever needs it has seen the desk."""


def notify_due(now: datetime) -> int:
    """Tell everything whose moment has come; returns of how many competitions. Run often; late is no harm."""
    for competition in opened(now).filter(freeze=None):
        ensure_frozen(competition, now)
    return notify_occasions(
        [
            DueOccasions("bidding open", "bidding_open", opened(now), notifications.notify_open),
            DueOccasions("bidding closing", "bidding_close", closing(now), notifications.notify_closing),
            DueOccasions("bidding closed", "bidding_close", closed(now), notifications.notify_closed),
        ],
        now,
    )


def opened(now: datetime) -> "QuerySet[Competition]":
    """Those in which bids are taken now."""
    return live_competitions(now).filter(bidding_open__lte=now, bidding_close__gt=now)


def closing(now: datetime) -> "QuerySet[Competition]":
    """Those that close within 24 hours, where bidding was open before: a shorter one says its close when it
    opens."""
    soon = opened(now).filter(bidding_close__lte=now + REMINDED_BEFORE)
    return soon.filter(bidding_open__lte=F("bidding_close") - REMINDED_BEFORE)


def closed(now: datetime) -> "QuerySet[Competition]":
    """Those whose gate is closed, which is news, and that wait for a decision."""
    return live_competitions(now).filter(
        gate_close__isnull=False, bidding_close__lte=now, bidding_close__gt=now - NEWS
    )
