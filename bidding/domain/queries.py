"""Who sees which bids. Sealing lives here: before a gate is closed, bids are in no query but their FSP's."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Sum

from accounts.models import Member
from bidding.enums import BallotState, Decision
from bidding.models import Ballot, BallotAsset, Bid, ConfirmationProposal, GateClose, Receipt
from competitions.domain.queries import competitions_visible_to, operator_competitions
from competitions.models import Competition, ServiceWindow
from marketplace.prepared import asked
from qualification.enums import EntryState


def ballots_of(member: Member, competition: Competition) -> QuerySet[Ballot]:
    """The ballots of the member's own company in the competition; none for an operator."""
    return own_ballots(member).filter(competition=competition).order_by("label", "pk")


def bids_in(member: Member, competition: Competition) -> QuerySet[Bid]:
    """The bids of the member's own company in the competition, withdrawn ones too, ballot by ballot."""
    bids = Bid.objects.filter(ballot__in=own_ballots(member).filter(competition=competition).order_by())
    return bids.select_related("ballot", "window__period").order_by(
        "ballot__label", "window__period__first_day", "window__position", "window__name", "split", "pk"
    )


def refs_in_ballots(member: Member, ballot_ids: Collection[UUID]) -> list[tuple[UUID, str]]:
    """The refs of the assets and planned assets that these ballots of the member's own company hold, each with its
    ballot, in order."""
    held = BallotAsset.objects.filter(
        ballot__in=own_ballots(member).filter(pk__in=ballot_ids).order_by(), is_live=True
    )
    rows = held.order_by("pk").values_list("ballot", "asset__ref", "planned_asset__ref")
    return [(ballot, asset or planned) for ballot, asset, planned in rows]


def own_ballots(member: Member) -> QuerySet[Ballot]:
    """All ballots of the member's own company; none for an operator."""
    if not member.is_fsp:
        return Ballot.objects.none()
    own = Ballot.objects.filter(provider=member.organisation_id).filter(_unsealed_for(member, "competition"))
    return own.select_related("competition", "provider")


def earlier_ballots(member: Member, most: int = 50) -> QuerySet[Ballot]:
    """The company's ballots that a new one may be copied from, the latest first; withdrawn ones too. With what a choice
    of them tells."""
    named = own_ballots(member).select_related(None).select_related("competition")
    return named.only("label", "competition__ref").order_by("-changed_at", "label")[:most]


def receipts_of(member: Member, competition: Competition) -> QuerySet[Receipt]:
    """The receipts that the member's own company holds in the competition, newest first."""
    if not member.is_fsp:
        return Receipt.objects.none()
    own = Receipt.objects.filter(provider=member.organisation_id, competition=competition)
    return own.filter(_unsealed_for(member, "competition")).order_by("-recorded_at", "id")


def has_receipts(member: Member, competition: Competition) -> bool:
    """Whether the member's own company holds a receipt in the competition that the member may see."""
    if not member.is_fsp:
        return False
    rows = asked(
        "bidding.has_receipts",
        Receipt,
        lambda: receipts_of(member, competition).exists(),
        whose=member,
        own=member.organisation_id,
        competition=competition.pk,
    )
    return bool(rows)


def own_bids(member: Member) -> QuerySet[Bid]:
    """The bids of the member's own company in ballots not withdrawn, with all that a row of a file needs."""
    if not member.is_fsp:
        return Bid.objects.none()
    return _with_context(
        Bid.objects.filter(
            ballot__provider=member.organisation_id, ballot__state=BallotState.SUBMITTED
        ).filter(_unsealed_for(member, "ballot__competition"))
    )


def competitions_to_bid_in(member: Member, now: datetime) -> QuerySet[Competition]:
    """Competitions that the member's company has entered and whose bidding is open, the first to close
    first."""
    if not member.is_fsp:
        return Competition.objects.none()
    return (
        entered_competitions(member, now)
        .filter(bidding_open__lte=now, bidding_close__gt=now, cancelled_at=None)
        .order_by("bidding_close", "ref")
    )


def entered_competitions(member: Member, now: datetime) -> QuerySet[Competition]:
    """Competitions with bidding that the member's company has entered."""
    if not member.is_fsp:
        return Competition.objects.none()
    entered = Q(entries__provider=member.organisation_id, entries__state=EntryState.ENTERED)
    return (
        competitions_visible_to(member, now)
        .filter(entered)
        .exclude(competition_type="")
        .order_by("-bidding_close")
    )


def get_confirmed(member: Member, competition_id: str, now: datetime) -> Competition | None:
    """A confirmed competition that the member's company has entered, by its id as text; None for any
    other."""
    try:
        key = UUID(competition_id)
    except ValueError:
        return None
    confirmed = entered_competitions(member, now).filter(confirmed_at__lte=now, cancelled_at=None)
    return confirmed.select_related("operator").filter(pk=key).first()


def bids_for_operator(member: Member, now: datetime) -> QuerySet[Bid]:
    """The bids in the member's own competitions whose gate is closed; nothing of a competition before that.

    Bids of a competition that was cancelled before its gate closed never appear.
    """
    if not member.is_so:
        return Bid.objects.none()
    return _with_context(
        Bid.objects.filter(
            ballot__competition__operator=member.organisation_id,
            ballot__state=BallotState.SUBMITTED,
            ballot__competition__gate_close__isnull=False,
            ballot__competition__bidding_close__lte=now,
        )
    )


def bids_of_competition(competition: Competition) -> QuerySet[Bid]:
    """The bids of a competition whose gate is closed, for its decision; nothing before that."""
    return _with_context(
        Bid.objects.filter(
            ballot__competition=competition,
            ballot__state=BallotState.SUBMITTED,
            ballot__competition__gate_close__isnull=False,
        )
    )


def loaded_bids(competition: Competition, keys: Collection[str] | None = None) -> list[Bid]:
    """:func:`bids_of_competition`, in its order, or those of them with these keys: ballots, bidders and
    windows read once, not with each bid."""
    windows = Prefetch("window", ServiceWindow.objects.select_related("period"))
    ballots = Prefetch("ballot", Ballot.objects.select_related("provider"))
    found = bids_of_competition(competition).select_related(None).prefetch_related(ballots, windows)
    bids = list(found if keys is None else found.filter(pk__in=keys))
    for bid in bids:
        bid.ballot.competition = bid.window.competition = competition
    return bids


def bids_for_admins() -> QuerySet[Bid]:
    """For platform admins: the bids whose gate is closed; before that they see no bid and no number of
    bids."""
    return _with_context(
        Bid.objects.filter(ballot__state=BallotState.SUBMITTED, ballot__competition__gate_close__isnull=False)
    )


def historic_bids(now: datetime) -> QuerySet[Bid]:
    """For everyone: the bids, accepted and rejected, of all competitions whose results are confirmed.

    Their order and their ballots tell whose they are: publish them only through
    :mod:`bidding.domain.results.bidder_disclosure`.
    """
    told = Bid.objects.filter(
        ballot__state=BallotState.SUBMITTED,
        ballot__competition__confirmed_at__lte=now,
        ballot__competition__cancelled_at=None,
    )
    return _with_context(told)


def closed_competitions(member: Member, now: datetime) -> QuerySet[Competition]:
    """The member's own competitions whose gate is closed: unconfirmed ones first, the oldest close first."""
    closed = operator_competitions(member).filter(gate_close__isnull=False, bidding_close__lte=now)
    return closed.select_related("gate_close", "operator").order_by(
        F("confirmed_at").desc(nulls_first=True), "bidding_close", "ref"
    )


def competitions_to_decide(member: Member, now: datetime) -> QuerySet[Competition]:
    """The member's own competitions whose gate is closed, counting bidders and bids by decision.

    Annotated: ``bidder_count``, ``bid_count``, ``undecided_count``, ``accepted_count``, ``rejected_count``.
    """
    live = Q(
        ballots__state=BallotState.SUBMITTED
    )  # one chain of joins: each bid is one row, so only bidders repeat

    def counted(decision: Decision) -> Count:
        return Count("ballots__bids", filter=live & Q(ballots__bids__decision=decision))

    return (
        operator_competitions(member)
        .filter(gate_close__isnull=False, bidding_close__lte=now)
        .annotate(
            bidder_count=Count("ballots__provider", filter=live, distinct=True),
            bid_count=Count("ballots__bids", filter=live),
            undecided_count=counted(Decision.UNDECIDED),
            accepted_count=counted(Decision.ACCEPTED),
            rejected_count=counted(Decision.REJECTED),
        )
        .order_by(F("confirmed_at").asc(nulls_first=True), "bidding_close", "ref")
    )


def sees_ballots(member: Member, competition: Competition) -> bool:
    """Whether the member sees its company's own ballots in the competition now: an admin looking through them
    does not, until the gate is closed."""
    return not member.is_seen_by_admin or GateClose.objects.filter(competition=competition).exists()


def _unsealed_for(member: Member, path: str) -> Q:
    """A company sees its own bids at any time; an admin who views as its member only those whose gate is
    closed."""
    return Q(**{f"{path}__gate_close__isnull": False}) if member.is_seen_by_admin else Q()


def _with_context(bids: QuerySet[Bid]) -> QuerySet[Bid]:
    return bids.select_related(
        "ballot__provider",
        "ballot__competition__purchasing_system",
        "ballot__competition__operator",
        "window__period",
    ).order_by(
        "ballot__competition__ref",
        "window__period__first_day",
        "window__period__name",
        "window__position",
        "window__name",
        "ballot__provider__code",
        "ballot__label",
        "split",
    )


def competitions_without_a_ballot(member: Member, now: datetime) -> QuerySet[Competition]:
    """Where bidding is open to the member's company and it has placed nothing, the first to close first.

    An admin who looks through a member's eyes is told of none: whether there is a ballot is sealed.
    """
    if member.is_seen_by_admin:
        return Competition.objects.none()
    placed = own_ballots(member).filter(competition=OuterRef("pk"), state=BallotState.SUBMITTED)
    return competitions_to_bid_in(member, now).exclude(Exists(placed))


def competitions_with_a_ballot(member: Member, competition_ids: Collection[UUID]) -> set[UUID]:
    """Those of the competitions in which the member's company has placed bids, as far as the member may
    know."""
    placed = own_ballots(member).filter(competition__in=list(competition_ids), state=BallotState.SUBMITTED)
    return set(placed.values_list("competition_id", flat=True))


def competitions_to_confirm(member: Member, now: datetime) -> QuerySet[Competition]:
    """The member's own competitions whose bids wait for decisions or whose results wait to be confirmed."""
    waiting = closed_competitions(member, now).filter(confirmed_at=None, cancelled_at=None)
    return waiting.filter(Q(archive_on=None) | Q(archive_on__gt=now)).order_by("bidding_close", "ref")


def competitions_proposed(member: Member, now: datetime) -> QuerySet[Competition]:
    """Those of them whose results somebody proposed to confirm."""
    proposed = ConfirmationProposal.objects.filter(competition=OuterRef("pk"))
    return competitions_to_confirm(member, now).filter(Exists(proposed))


def competitions_told(member: Member, now: datetime) -> QuerySet[Competition]:
    """Competitions in which the member's company has bid and whose bidding has closed, the latest close
    first."""
    if not member.is_fsp:
        return Competition.objects.none()
    placed = own_ballots(member).filter(competition=OuterRef("pk"), state=BallotState.SUBMITTED)
    closed = competitions_visible_to(member, now).filter(bidding_close__lte=now)
    return closed.filter(Exists(placed)).select_related("operator").order_by("-bidding_close", "ref")


def competitions_with_results(member: Member, now: datetime) -> QuerySet[Competition]:
    """The member's own competitions whose results are confirmed, the latest first; then those archived
    without."""
    over = Q(confirmed_at__lte=now) | Q(confirmed_at=None, archive_on__lte=now)
    closed = closed_competitions(member, now).filter(over, cancelled_at=None)
    return closed.order_by(F("confirmed_at").desc(nulls_last=True), "-bidding_close", "ref")


def decided_counts(competition_ids: Collection[UUID]) -> dict[UUID, tuple[int, int]]:
    """How many bids and how many undecided ones each competition has whose gate is closed; none where nobody
    bid."""
    bids = Bid.objects.filter(
        ballot__competition__in=list(competition_ids),
        ballot__state=BallotState.SUBMITTED,
        ballot__competition__gate_close__isnull=False,
    )
    rows = (
        bids.order_by()
        .values_list("ballot__competition")
        .annotate(number=Count("pk"), left=Count("pk", filter=Q(decision=Decision.UNDECIDED)))
    )
    return {competition: (bid_count, left) for competition, bid_count, left in rows}


def accepted_in_largest_window(competition_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What is accepted, gate closed, in the window of each competition that requires most."""
    largest = (
        ServiceWindow.objects.filter(competition__in=list(competition_ids))
        .order_by("competition_id", "-capacity_required_mw", "position", "pk")
        .distinct("competition_id")
    )
    bids = Bid.objects.filter(
        window__in=list(largest.values_list("pk", flat=True)),
        decision=Decision.ACCEPTED,
        ballot__state=BallotState.SUBMITTED,
        ballot__competition__gate_close__isnull=False,
    )
    return dict(bids.order_by().values_list("ballot__competition").annotate(Sum("capacity_mw")))


def proposals_for(competition_ids: Collection[UUID]) -> dict[UUID, ConfirmationProposal]:
    """The proposals to confirm these competitions, by competition."""
    found = ConfirmationProposal.objects.filter(competition__in=list(competition_ids))
    return {each.competition_id: each for each in found}
