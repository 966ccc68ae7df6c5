"""Whether companies are named with published bids, and bids told so that nameless ones can't be put together.

Rivals want to know whose a nameless bid is. So nothing that two bids of one company share is
published with them: no name, ID or ballot, no order but that of their random IDs, and no time of their own.
"""

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from accounts.models import Member, Organisation
from bidding.domain.queries import historic_bids
from bidding.models import Bid, NamingRule
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.chain import record
from marketplace.prepared import asked


@dataclass(frozen=True)
class PublishedBid:
    """A confirmed bid as everybody may know it. ``provider`` is None where companies are not named."""

    bid: Bid
    provider: Organisation | None
    decided_at: datetime | None


def names_now(operator: Organisation) -> bool:
    """Whether companies are named in competitions whose bidding opens from now on."""
    newest = NamingRule.objects.filter(operator=operator).order_by("-since", "-pk").first()
    return newest is not None and newest.names_published


def names_bidders(competition: Competition) -> bool:
    """Whether the competition's bidders are named once its results are confirmed.

    The rule that stood when bidding opened holds for good: it is what the bidders were told. Before that it
    is the rule as it is now.
    """
    if competition.bidding_open is None:
        return False
    operator, opened = competition.operator_id, competition.bidding_open

    def stood() -> None:
        rules = NamingRule.objects.filter(operator=operator, since__lt=opened)
        list(rules.order_by("-since", "-pk").values_list("names_published")[:1])

    rows = asked("bidding.names", NamingRule, stood, whose=None, operator=operator, opened=opened)
    return bool(rows) and bool(rows[0][0])


def set_naming(*, by: Member, operator: Organisation, names_published: bool) -> NamingRule:
    """Add a rule that holds for competitions whose bidding opens after this; the operator's row is locked by
    the caller."""
    instant = clock.now()
    rule = NamingRule.objects.create(operator=operator, names_published=names_published, since=instant)
    record(
        organisation_id=operator.pk,
        by=by,
        action="naming of bidders changed",
        subject=rule,
        changes={"names_published": (not names_published, names_published)},
        now=instant,
    )
    return rule


def published_bids(now: datetime) -> Iterator[PublishedBid]:
    """All bids of confirmed competitions, competition by competition; nameless ones in the order of their
    random IDs.

    Loaded a competition at a time: what its bids share (competition, windows, bidders) is read once.
    """
    bids = historic_bids(now).order_by().values_list("ballot__competition", flat=True).distinct()
    competitions = Competition.objects.filter(pk__in=bids).select_related("operator", "purchasing_system")
    for competition in competitions.order_by("ref").iterator(chunk_size=200):
        yield from published_bids_of(competition, now)


def published_bids_of(
    competition: Competition, now: datetime, windows: Collection[uuid.UUID] | None = None
) -> list[PublishedBid]:
    """The bids of one competition (or of some of its windows) as they are published; none before its results
    are confirmed."""
    bids = _bids_of(competition, now, windows)
    if names_bidders(competition):
        return [PublishedBid(bid, bid.ballot.provider, bid.decided_at) for bid in bids]
    last = max((bid.decided_at for bid in bids if bid.decided_at), default=None)
    place: dict[uuid.UUID, int] = {}
    for bid in bids:  # windows stay in the order of the calendar
        place.setdefault(bid.window_id, len(place))
    return [
        PublishedBid(bid, None, last)
        for bid in sorted(bids, key=lambda each: (place[each.window_id], each.pk))
    ]


def _bids_of(competition: Competition, now: datetime, only: Collection[uuid.UUID] | None) -> list[Bid]:
    """The competition's bids in the order of windows and bidders, with all that a row of a file needs."""
    windows = {each.pk: each for each in competition.windows.select_related("period")}
    found = historic_bids(now).filter(ballot__competition=competition).select_related(None)
    if only is not None:
        found = found.filter(window__in=list(only))
    bids = list(found.select_related("ballot"))
    providers = Organisation.objects.in_bulk({bid.ballot.provider_id for bid in bids})
    for bid in bids:
        bid.window = windows[bid.window_id]
        bid.ballot.competition = competition
        bid.ballot.provider = providers[bid.ballot.provider_id]
    return bids
