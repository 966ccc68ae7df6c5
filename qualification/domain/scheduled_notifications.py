"""What qualification tells when its moment comes. Each moment is told once; one that was missed is told while
it still helps, and never after."""

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from competitions.domain.queries import live_competitions
from competitions.models import Competition
from competitions.signals import competitions_published
from marketplace.notifications.occasions import DueOccasions, notify_occasions
from qualification.domain import notifications
from qualification.models import Requalification

REMINDED_BEFORE = timedelta(days=3)
NEWS = timedelta(days=7)
"""What happened longer ago is no longer told: whoever needs it has seen the page."""


def notify_due(now: datetime) -> int:
    """Tell everything whose moment has come; returns of how many competitions. Run often; late is no harm."""
    return notify_occasions(
        [
            DueOccasions("published", "publish_on", published(now), _tell_of_publication),
            DueOccasions(
                "qualification closing", "qualification_close", closing(now), notifications.notify_closing
            ),
            DueOccasions(
                "qualification closed", "qualification_close", closed(now), notifications.notify_closed
            ),
        ],
        now,
    )


def _tell_of_publication(competitions: list[Competition], now: datetime) -> None:
    """Notify providers, and tell the apps above."""
    notifications.notify_published(competitions, now)
    competitions_published.send(Competition, competitions=competitions, now=now)


def published(now: datetime) -> "QuerySet[Competition]":
    """Published ones that are news, may still be entered, and whose assets are judged."""
    waiting = Requalification.objects.filter(competition=OuterRef("pk"))
    is_news = Q(publish_on__gt=now - NEWS) | Q(created_at__gt=now - NEWS)
    return live_competitions(now).filter(is_news, ~Exists(waiting), qualification_close__gt=now)


def closing(now: datetime) -> "QuerySet[Competition]":
    """Those that close within three days, had they been open before: a shorter call says its close when it
    opens."""
    soon = Q(qualification_close__gt=now, qualification_close__lte=now + REMINDED_BEFORE)
    return live_competitions(now).filter(
        soon, qualification_open__lte=F("qualification_close") - REMINDED_BEFORE
    )


def closed(now: datetime) -> "QuerySet[Competition]":
    """Those whose verdicts are fixed since their close, which is news."""
    return live_competitions(now).filter(
        freeze__isnull=False, qualification_close__lte=now, qualification_close__gt=now - NEWS
    )
