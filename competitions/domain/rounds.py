"""Rounds: named sets of one operator's competitions."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q, QuerySet

from accounts.models import Member
from competitions.domain.queries import by_next_deadline, operator_competitions
from competitions.models import Competition


@dataclass(frozen=True)
class Round:
    """A round, with how many competitions it has, how many are under way, and its first and last dates."""

    name: str
    number: int
    live: int
    drafts: int
    published: datetime
    last_close: datetime


def rounds_of(member: Member, now: datetime) -> list[Round]:
    """The member's rounds, those with something under way first, then the latest."""
    unended = Q(cancelled_at=None, confirmed_at=None) & (Q(archive_on=None) | Q(archive_on__gt=now))
    found = (
        operator_competitions(member)
        .exclude(round_name="")
        .order_by()
        .values("round_name")
        .annotate(
            number=Count("pk"),
            live=Count("pk", filter=unended & Q(publish_on__lte=now)),
            drafts=Count("pk", filter=unended & Q(publish_on__gt=now)),
            published=Min("publish_on"),
            qualified=Max("qualification_close"),
            last_bid=Max("bidding_close"),
        )
    )
    rounds = [
        Round(
            each["round_name"],
            each["number"],
            each["live"],
            each["drafts"],
            each["published"],
            max(filter(None, (each["qualified"], each["last_bid"]))),
        )
        for each in found
    ]
    rounds.sort(key=lambda one: one.name)
    return sorted(rounds, key=lambda one: (not (one.live or one.drafts), -one.last_close.timestamp()))


def live_round_count(member: Member, now: datetime) -> int:
    """How many rounds have a competition under way."""
    unended = Q(cancelled_at=None, confirmed_at=None) & (Q(archive_on=None) | Q(archive_on__gt=now))
    live = operator_competitions(member).exclude(round_name="").filter(unended, publish_on__lte=now)
    return live.order_by().values("round_name").distinct().count()


def competitions_of(member: Member, name: str, now: datetime) -> "QuerySet[Competition]":
    """The competitions of the member's round, the next deadline first."""
    return by_next_deadline(operator_competitions(member).filter(round_name=name), now)


def service_days(competition: Competition) -> tuple[datetime, datetime] | None:
    """The first and last day of service; its periods must be loaded."""
    periods = list(competition.periods.all())
    if not periods:
        return None
    first = min(each.first_day for each in periods)
    last = max(each.last_day for each in periods)
    zone = competition.operator.zone
    return (
        datetime(first.year, first.month, first.day, tzinfo=zone),
        datetime(last.year, last.month, last.day, 23, 59, tzinfo=zone),
    )
