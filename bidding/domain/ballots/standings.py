"""What an FSP may bid with in a competition, and the ballots it holds there, read from the database."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from accounts.models import Member, Organisation
from bidding.domain.ballots.limits import BidTerms, OfferedAsset, OfferElsewhere, Pricing, WindowTerms
from bidding.domain.ballots.offers import OfferedGroup, PresentBallot, PresentBid, Standing
from bidding.domain.ballots.overlaps import Hours
from bidding.domain.queries import sees_ballots
from bidding.enums import BallotState, Decision
from bidding.models import Ballot, BallotAsset, Bid
from competitions.enums import PricingType
from competitions.models import Competition, ServiceWindow
from marketplace.units import power_unit
from qualification.domain.verdicts.standing import BiddableAsset, biddable_assets
from qualification.models import Asset


def standing_seen_by(
    member: Member, competition: Competition, now: datetime, *, with_elsewhere: bool = True
) -> Standing:
    """The standing of the member's company, as the member may see it: to an admin who views, without sealed bids."""
    found = standing_of(competition, member.organisation, now, with_elsewhere=with_elsewhere)
    return found if sees_ballots(member, competition) else replace(found, ballots={}, elsewhere=())


def standing_of(
    competition: Competition, provider: Organisation, now: datetime, *, with_elsewhere: bool = True
) -> Standing:
    """All that limits look at. Without assets while the FSP may not bid; the competition must be frozen already.

    Bids in other competitions only earn warnings: who shows none leaves them out, above all under a lock.
    """
    windows = windows_of(competition)
    return Standing(
        ref=competition.ref,
        windows={window.pk: terms_of_window(window, competition) for window in windows},
        pricing=pricing_of(competition),
        assets={asset.key: _offered(asset) for asset in biddable_assets(competition, provider, now)},
        ballots=_present_ballots(competition, provider),
        elsewhere=tuple(_offers_elsewhere(competition, provider, windows)) if with_elsewhere else (),
    )


def _offers_elsewhere(
    competition: Competition, provider: Organisation, windows: Sequence[ServiceWindow]
) -> list[OfferElsewhere]:
    """The company's bids in other competitions for periods that touch these windows' periods."""
    if not windows:
        return []
    bids = Bid.objects.filter(
        ballot__provider=provider,
        ballot__state=BallotState.SUBMITTED,
        ballot__competition__cancelled_at=None,
        window__period__first_day__lte=max(window.period.last_day for window in windows),
        window__period__last_day__gte=min(window.period.first_day for window in windows),
    ).exclude(ballot__competition=competition)
    bids = bids.exclude(decision=Decision.REJECTED, ballot__competition__confirmed_at__isnull=False)
    found = list(bids.select_related("window__period", "ballot__competition__operator").order_by("pk"))
    sets: dict[uuid.UUID, set[uuid.UUID]] = {}
    if found:
        rows = BallotAsset.objects.filter(ballot__in={bid.ballot_id for bid in found}).order_by()
        for ballot_id, asset_id, planned_id in rows.values_list("ballot", "asset", "planned_asset"):
            sets.setdefault(ballot_id, set()).add(asset_id or planned_id)
    held = {ballot_id: frozenset(assets) for ballot_id, assets in sets.items()}
    return [
        OfferElsewhere(
            f"{bid.ballot.competition.ref} {bid.window}",
            hours_of_window(bid.window, bid.ballot.competition.operator),
            held.get(bid.ballot_id, frozenset()),
        )
        for bid in found
    ]


def hours_of_window(window: ServiceWindow, operator: Organisation) -> Hours:
    """When the window asks for service; its period must be loaded."""
    return Hours(
        first=window.period.first_day,
        last=window.period.last_day,
        weekdays=tuple(window.weekdays),
        start=window.start,
        end=window.end,
        holiday_rule=window.public_holidays,
        country=operator.country,
        region=operator.holiday_region,
    )


def _offered(asset: BiddableAsset) -> OfferedAsset:
    return OfferedAsset(
        ref=asset.ref,
        capacity_mw=asset.relevant_capacity_mw,
        maximum_run_time=asset.maximum_run_time,
        response_time=asset.response_time,
        is_planned=asset.is_planned,
    )


def groups_in(competition: Competition, provider: Organisation) -> list[OfferedGroup]:
    """The provider's asset groups that hold eligible assets of the competition, in the order of their refs."""
    assets = Asset.objects.filter(provider=provider, group__isnull=False)
    eligible = assets.filter(verdicts__competition=competition, verdicts__eligible=True).order_by(
        "group__ref", "pk"
    )
    found: dict[tuple[str, str], set[uuid.UUID]] = {}
    for key, ref, name in eligible.values_list("pk", "group__ref", "group__name"):
        found.setdefault((ref, name), set()).add(key)
    return [OfferedGroup(ref, name, frozenset(keys)) for (ref, name), keys in found.items()]


def windows_of(competition: Competition) -> list[ServiceWindow]:
    """The competition's windows with their periods, in order."""
    windows = ServiceWindow.objects.filter(competition=competition).select_related("period")
    return list(windows.order_by("period__first_day", "period__name", "position", "name"))


def terms_of_window(window: ServiceWindow, competition: Competition) -> WindowTerms:
    """What the window asks of a bid."""
    return WindowTerms(
        label=str(window),
        capacity_required_mw=window.capacity_required_mw,
        minimum_aggregate_mw=window.minimum_aggregate_mw,
        minimum_run_time=window.minimum_run_time,
        required_response_time=window.required_response_time,
        hours=hours_of_window(window, competition.operator),
        period=window.period.name,
        name=window.name,
        unit=power_unit(competition.power_type),
    )


def pricing_of(competition: Competition) -> Pricing:
    """The prices that bids carry, and with fixed pricing what they must be."""
    fields, currency = competition.price_fields, competition.operator.currency
    if competition.pricing_type != PricingType.FIXED:
        return Pricing(fields, currency=currency)
    return Pricing(fields, {name: getattr(competition, name) for name in fields}, currency)


def terms_of_bid(bid: Bid) -> BidTerms:
    """The bid's terms as its FSP worded them."""
    return BidTerms(
        window_id=bid.window_id,
        capacity_mw=bid.capacity_mw,
        maximum_run_time=bid.maximum_run_time,
        availability_price=bid.availability_price,
        utilisation_price=bid.utilisation_price,
        service_fee=bid.service_fee,
    )


def _present_ballots(competition: Competition, provider: Organisation) -> dict[str, PresentBallot]:
    ballots = Ballot.objects.filter(competition=competition, provider=provider)
    ballots = ballots.prefetch_related("bids").order_by("label")
    held: dict[uuid.UUID, set[uuid.UUID]] = {}
    rows = BallotAsset.objects.filter(ballot__in=ballots, is_live=True).order_by()
    for ballot_id, asset_id, planned_id in rows.values_list("ballot", "asset", "planned_asset"):
        held.setdefault(ballot_id, set()).add(asset_id or planned_id)
    return {ballot.label: _present(ballot, frozenset(held.get(ballot.pk, ()))) for ballot in ballots}


def _present(ballot: Ballot, held: frozenset[uuid.UUID]) -> PresentBallot:
    is_live = ballot.state == BallotState.SUBMITTED
    bids = sorted(ballot.bids.all(), key=lambda bid: (str(bid.window_id), bid.split))
    return PresentBallot(
        id=ballot.pk,
        label=ballot.label,
        is_live=is_live,
        assets=held if is_live else frozenset(),
        bids=tuple(PresentBid(bid.pk, terms_of_bid(bid)) for bid in bids),
        version=ballot.version,
    )
