"""Rounds: named sets of one operator's competitions."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Max, Min, Q, QuerySet

from accounts.models import Member, Organisation
from competitions import rules
from competitions.domain.queries import by_next_deadline, operator_competitions
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.chain import Event, record_many
from marketplace.errors import Refused
from marketplace.keys import key_form, tidy_key

LONGEST_NAME = 60


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


@transaction.atomic
def rename_round(*, by: Member, name: str, wanted: str, now: datetime) -> int:
    """Give the member's round another name, in any phase of its competitions; returns how many there are.

    Raises ``Refused`` where the name is none or is that of another round, ``NotAllowed``.
    """
    rules.check_may_procure(by)
    wanted = tidy_key(wanted)
    if not wanted:
        raise Refused("Write the name that the round is to have.")
    if len(wanted) > LONGEST_NAME:
        raise Refused(
            f"The name of a round has at most {LONGEST_NAME} characters; this one has {len(wanted)}."
        )
    Organisation.objects.select_for_update().get(pk=by.organisation_id)
    own = operator_competitions(by).exclude(round_name="").order_by()
    others = own.exclude(round_name=name).values_list("round_name", flat=True).distinct()
    taken = next((other for other in others if key_form(other) == key_form(wanted)), None)
    if taken is not None:
        raise Refused(f"You have a round “{taken}” already. Choose another name.")
    competitions = list(own.filter(round_name=name).select_for_update(of=("self",)).order_by("pk"))
    if not competitions:
        raise Refused(f"There is no round “{name}” any more. Look at the list of rounds.")
    if name == wanted:
        return len(competitions)
    instant = clock.now()
    for each in competitions:
        each.round_name, each.changed_at = wanted, instant
        each.save(update_fields=["round_name", "changed_at"])
    changes = {"round_name": (name, wanted)}
    record_many(
        by.organisation_id, by, [Event("round renamed", each, changes) for each in competitions], instant
    )
    return len(competitions)


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
