"""What an FSP may bid with in a competition, and the ballots it holds there, read from the database."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Max, Min, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import Member, Organisation
from bidding.domain.ballots.limits import BidTerms, OfferedAsset, OfferElsewhere, Pricing, WindowTerms
from bidding.domain.ballots.offers import NONE, BiddingContext, Keys, OfferedGroup, PresentBallot, PresentBid
from bidding.domain.ballots.overlaps import Hours
from bidding.domain.queries import sees_ballots
from bidding.enums import BallotState, Decision
from bidding.models import Ballot, BallotAsset, Bid
from competitions.enums import PricingType
from competitions.models import Competition, ServiceWindow
from marketplace.keys import key_form
from marketplace.units import power_unit
from qualification.domain.verdicts.standing import BiddableAsset, biddable_assets
from qualification.models import Asset


def bidding_context_for(
    member: Member,
    competition: Competition,
    now: datetime,
    *,
    labels: Collection[str] | None = None,
    windows: Sequence[ServiceWindow] | None = None,
) -> BiddingContext:
    """The company's context as the member may see it: to an admin who views, without sealed bids."""
    found = bidding_context_of(competition, member.organisation, now, labels=labels, windows=windows)
    return found if sees_ballots(member, competition) else replace(found, ballots={})


def bidding_context_of(
    competition: Competition,
    provider: Organisation,
    now: datetime,
    *,
    labels: Collection[str] | None = None,
    windows: Sequence[ServiceWindow] | None = None,
) -> BiddingContext:
    """All that limits look at. Without assets while the FSP may not bid; the competition must be frozen
    already.

    Of the ballots that the FSP holds, the bids are read of those with one of these labels alone, None: of
    all. Bids in other competitions only earn warnings, see :func:`offers_elsewhere`. ``windows`` are those of
    the competition where they were read already; placing reads them anew.
    """
    windows = windows_of(competition) if windows is None else windows
    return BiddingContext(
        ref=competition.ref,
        windows={window.pk: terms_of_window(window, competition) for window in windows},
        pricing=pricing_of(competition),
        assets=_offered(biddable_assets(competition, provider, now)),
        ballots=_present_ballots(competition, provider, labels),
    )


def offers_elsewhere(
    competition: Competition, provider: Organisation, windows: Collection[uuid.UUID], assets: Keys
) -> tuple[OfferElsewhere, ...]:
    """Windows of other competitions that the company has bid for with any of these assets, in periods that
    touch those of these windows: one for each window, with those of the assets that are offered there.

    Ballots with the same set of assets are looked at once.
    """
    span = ServiceWindow.objects.filter(pk__in=windows).aggregate(
        first=Min("period__first_day"), last=Max("period__last_day")
    )
    if not assets or span["first"] is None:
        return ()
    live = Ballot.objects.filter(
        provider=provider, state=BallotState.SUBMITTED, competition__cancelled_at=None
    ).exclude(competition=competition)
    shared = _shared_sets(live, assets)
    bids = Bid.objects.filter(
        ballot__in=live.filter(assets_digest__in=shared),
        window__period__first_day__lte=span["last"],
        window__period__last_day__gte=span["first"],
    ).exclude(decision=Decision.REJECTED, ballot__competition__confirmed_at__isnull=False)
    held = _held_in_windows(bids.order_by().values_list("window", "ballot__assets_digest").distinct(), shared)
    found = ServiceWindow.objects.filter(pk__in=held).select_related("period")
    found = found.prefetch_related("competition__operator")
    return tuple(
        OfferElsewhere(
            f"{window.competition.ref} {window}",
            hours_of_window(window, window.competition.operator),
            held[window.pk],
        )
        for window in found.order_by(
            "competition__ref", "period__first_day", "period__name", "position", "pk"
        )
    )


def _held_in_windows(
    rows: Iterable[tuple[uuid.UUID, str]], shared: Mapping[str, Keys]
) -> dict[uuid.UUID, Keys]:
    """Which of the assets are in each window, from the sets that are bid there: windows with the same sets
    have one answer."""
    sets: dict[uuid.UUID, set[str]] = {}
    for window_id, digest in rows:
        sets.setdefault(window_id, set()).add(digest)
    known: dict[frozenset[str], Keys] = {}
    held = {}
    for window_id, digests in sets.items():
        key = frozenset(digests)
        if key not in known:
            known[key] = NONE.union(*(shared[digest] for digest in key))
        held[window_id] = known[key]
    return held


def _shared_sets(ballots: "QuerySet[Ballot]", assets: Keys) -> dict[str, Keys]:
    """What each set of assets among these ballots shares with the assets, by the set's digest; sets apart are
    left out."""
    one_each = ballots.order_by("assets_digest", "pk").distinct("assets_digest")
    digests = dict(one_each.values_list("pk", "assets_digest"))
    shared: dict[str, set[uuid.UUID]] = {}
    rows = BallotAsset.objects.filter(ballot__in=list(digests), asset__isnull=False).order_by()
    for ballot_id, asset_id in rows.values_list("ballot", "asset"):
        if asset_id in assets:
            shared.setdefault(digests[ballot_id], set()).add(asset_id)
    return {digest: frozenset(keys) for digest, keys in shared.items()}


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


def _offered(assets: Iterable[BiddableAsset]) -> dict[uuid.UUID, OfferedAsset]:
    return {
        key: OfferedAsset(ref, capacity, run_time, response, is_planned)
        for key, is_planned, ref, capacity, run_time, response in assets
    }


def groups_in(competition: Competition, provider: Organisation) -> list[OfferedGroup]:
    """The provider's asset groups that hold eligible assets of the competition, in the order of their
    refs."""
    assets = Asset.objects.filter(provider=provider, group__isnull=False)
    eligible = assets.filter(verdicts__competition=competition, verdicts__eligible=True).order_by(
        "group__ref", "pk"
    )
    found: dict[tuple[str, str], set[uuid.UUID]] = {}
    for key, ref, name in eligible.values_list("pk", "group__ref", "group__name"):
        found.setdefault((ref, name), set()).add(key)
    return [OfferedGroup(ref, name, frozenset(keys)) for (ref, name), keys in found.items()]


def windows_of(competition: Competition, keys: Collection[uuid.UUID] | None = None) -> list[ServiceWindow]:
    """The competition's windows with their periods, in order; of ``keys`` those that are its own."""
    return _windows_read(competition.pk, keys)


def _windows_read(
    competition_id: uuid.UUID, keys: Collection[uuid.UUID] | None = None
) -> list[ServiceWindow]:
    windows = ServiceWindow.objects.filter(competition=competition_id).select_related("period")
    windows = windows if keys is None else windows.filter(pk__in=keys)
    return list(windows.order_by("period__first_day", "period__name", "position", "name"))


def kept_windows(competition: Competition) -> tuple[ServiceWindow, ...]:
    """:func:`windows_of` for a page to read, kept for the competition as it was last changed: the same for
    all who may see it. Never for a limit on what is placed."""
    return _windows_as_changed(competition.pk, competition.changed_at)


@lru_cache(maxsize=16)
def _windows_as_changed(competition_id: uuid.UUID, _changed_at: datetime) -> tuple[ServiceWindow, ...]:
    return tuple(_windows_read(competition_id))


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


_TERMS = (
    "window",
    "capacity_mw",
    "maximum_run_time",
    "availability_price",
    "utilisation_price",
    "service_fee",
)


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


def _present_ballots(
    competition: Competition, provider: Organisation, labels: Collection[str] | None
) -> dict[str, PresentBallot]:
    own = Ballot.objects.filter(competition=competition, provider=provider).order_by("label")
    ballots = list(own.only("label", "state", "version"))
    rows = BallotAsset.objects.filter(ballot__in=ballots, is_live=True).order_by().values("ballot")
    rows = rows.annotate(keys=ArrayAgg(Coalesce("asset", "planned_asset")))
    held = dict(rows.values_list("ballot", "keys"))
    named = None if labels is None else {key_form(label) for label in labels}
    read = [ballot.pk for ballot in ballots if named is None or key_form(ballot.label) in named]
    bids: dict[uuid.UUID, list[PresentBid]] = {}
    stored = Bid.objects.filter(ballot__in=read).order_by("window", "split") if read else Bid.objects.none()
    for ballot_id, bid_id, *terms in stored.values_list("ballot", "pk", *_TERMS):
        bids.setdefault(ballot_id, []).append(PresentBid(bid_id, BidTerms(*terms)))
    return {
        ballot.label: PresentBallot(
            id=ballot.pk,
            label=ballot.label,
            is_live=ballot.state == BallotState.SUBMITTED,
            assets=frozenset(held.get(ballot.pk, ())) if ballot.state == BallotState.SUBMITTED else NONE,
            bids=tuple(bids.get(ballot.pk, ())),
            version=ballot.version,
        )
        for ballot in ballots
    }
