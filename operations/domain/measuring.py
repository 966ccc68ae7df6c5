"""What dispatches delivered, from what is stored: the very functions that settle, fed from the database.

Dispatches of one provider are measured together, whoever their buyers are, since nothing is paid twice.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from accounts.models import Member
from competitions.domain.settlement_terms import SettlementTerms
from competitions.domain.terms_fields import terms_of
from competitions.enums import NeedDirection
from contracts.models import Contract
from marketplace.canonical_json import canonical_json
from operations.domain.baselines.methods import UnitFacts
from operations.domain.called import event_of, stands_unanswered
from operations.domain.known_units import Called, UnitKnown
from operations.domain.performance import Performance, performances
from operations.domain.profiles import Requested, requested
from operations.domain.series import no_readings
from operations.domain.stored_readings import series_of_units
from operations.domain.unit_facts import facts_for
from operations.domain.units import DeliveringUnits, Unit
from operations.models import DeliveryUnit, Dispatch, DispatchEvent

DAY = timedelta(days=1)
MOMENT = timedelta(microseconds=1)
LONGEST_PERIOD = timedelta(hours=1)
"""Two dispatches that touch one settlement period lie no further apart: a period each, and none is longer than half of it."""
NEAR = 2 * DAY
"""How far beyond the days asked for dispatches may still share a period with one of them."""


@dataclass(frozen=True)
class Measured:
    """A dispatch, measured, with the units that deliver it by their refs."""

    dispatch: Dispatch
    performance: Performance
    units: Mapping[str, Unit]

    @property
    def contract(self) -> Contract:
        return self.dispatch.contract


def dispatches_of(member: Member) -> QuerySet[Dispatch]:
    """The dispatches of contracts in which the member's organisation buys or sells."""
    party = "contract__buyer" if member.is_so else "contract__seller"
    return _with_contracts(Dispatch.objects.filter(**{party: member.organisation_id}))


def dispatches_by_id(ids: Collection[str]) -> list[Dispatch]:
    """These dispatches with their contracts, for work that nobody in particular asks for."""
    return list(_with_contracts(Dispatch.objects.filter(pk__in=ids)))


def _with_contracts(dispatches: QuerySet[Dispatch]) -> QuerySet[Dispatch]:
    return dispatches.select_related(
        "contract__competition", "contract__buyer", "contract__seller", "contract__terms_version__record"
    )


def measured_of_member(
    member: Member, first: date, last: date, now: datetime, instant: datetime | None = None
) -> list[Measured]:
    """The member's dispatches that begin within local days and have begun, measured with what was known at an instant."""
    return measured_among(begun_of_member(member, first, last, now), now, instant)


def begun_of_member(member: Member, first: date, last: date, now: datetime) -> QuerySet[Dispatch]:
    """The member's dispatches that begin within local days and have begun, the latest first."""
    zone = member.organisation.zone
    since, until = (datetime.combine(each, time(), zone).astimezone(UTC) for each in (first, last + DAY))
    found = dispatches_of(member).filter(start__gte=since, start__lt=until, start__lte=now)
    return found.filter(holds_its_time=True, contract__terms__isnull=False).order_by("-start", "ref", "pk")


def measured_among(
    dispatches: Iterable[Dispatch], now: datetime, instant: datetime | None = None
) -> list[Measured]:
    """These dispatches measured, in order of issue; each provider's over no more than the time between them."""
    starts: dict[UUID, list[datetime]] = defaultdict(list)
    wanted = set()
    for each in dispatches:
        starts[each.contract.seller_id].append(each.start)
        wanted.add(each.pk)
    found = [
        each
        for seller, own in sorted(starts.items())
        for each in measured_of_seller(seller, min(own), max(own) + MOMENT, now, instant, wanted)
    ]
    return sorted(found, key=lambda each: (each.dispatch.issued_at, str(each.dispatch.pk)))


def measured_dispatch(dispatch: Dispatch, now: datetime, instant: datetime | None = None) -> Measured | None:
    """One dispatch, measured; None for one that has no effect or has not begun."""
    if dispatch.start > now:
        return None
    return next(iter(measured_among([dispatch], now, instant)), None)


def measured_of_seller(
    seller: UUID,
    since: datetime,
    until: datetime,
    now: datetime,
    instant: datetime | None = None,
    wanted: Collection[UUID] | None = None,
) -> list[Measured]:
    """The provider's dispatches that begin between two instants and have begun, under whatever contract.

    ``wanted`` names those that are asked for, where not all are: others are measured only as far as they share energy.
    """
    first = since - NEAR
    before = first - _lookback(seller)
    stored = [each for each in _stored(seller, before, until + NEAR) if each.start <= now]
    asked = {each.pk: requested_of(each) for each in stored}
    stored = [each for each in stored if asked[each.pk].has_effect]
    near = [each for each in stored if each.start >= first]
    if not near:
        return []
    delivering = _delivering(stored, instant)
    asked_for = {
        each.pk for each in near if since <= each.start < until and (wanted is None or each.pk in wanted)
    }
    shared = sharing_energy(asked_for, near, delivering, asked)
    near = [each for each in near if each.pk in shared]
    if not near:
        return []
    units = {ref: unit for each in near for ref, unit in delivering[each.pk].items()}
    span = before.date(), (until + NEAR).date() + 3 * DAY
    buyers = {each.contract.buyer_id: each.contract.buyer for each in near}
    facts = facts_for(list(buyers.values()), [unit.pk for unit in units.values()], *span, instant or now)
    known = _known(units, next(iter(facts.values())), span, instant)

    def called(dispatch: Dispatch) -> Called:
        contract = dispatch.contract
        of_buyer = facts.get(contract.buyer_id, {})
        own = delivering[dispatch.pk]
        return Called(
            str(dispatch.pk),
            str(contract.pk),
            dispatch.kind,
            dispatch.issued_at,
            asked[dispatch.pk],
            sorted(own),
            sigma_of(contract),
            terms_for(contract),
            contract.buyer.zone,
            {ref: of_buyer[unit.pk] for ref, unit in own.items() if unit.pk in of_buyer},
        )

    near_ids = {each.pk for each in near}
    beside = [called(each) for each in stored if each.pk not in near_ids]
    found = performances([called(each) for each in near], known, near[0].contract.buyer.zone, beside)
    by_id = {str(each.pk): each for each in near}
    return [
        Measured(by_id[each.called.dispatch], each, delivering[by_id[each.called.dispatch].pk])
        for each in found
        if by_id[each.called.dispatch].pk in asked_for
    ]


def _known(
    units: Mapping[str, Unit],
    facts: Mapping[UUID, UnitFacts],
    span: tuple[date, date],
    instant: datetime | None,
) -> dict[str, UnitKnown]:
    """The units with their readings of a span of days; one of which nothing was told has none."""
    ids = [unit.pk for unit in units.values() if isinstance(unit, DeliveryUnit)]
    series = series_of_units(ids, *span, instant)
    return {ref: UnitKnown(series.get(unit.pk, no_readings()), facts[unit.pk]) for ref, unit in units.items()}


def sharing_energy(
    asked_for: Collection[UUID],
    near: Sequence[Dispatch],
    delivering: Mapping[UUID, Mapping[str, Unit]],
    asked: Mapping[UUID, Requested],
) -> set[UUID]:
    """These dispatches, and all whose energy theirs may depend on: of a common unit at a common time, one after another."""
    by_unit: dict[str, list[Dispatch]] = defaultdict(list)
    for each in sorted(near, key=lambda each: asked[each.pk].start):
        for ref in delivering[each.pk]:
            by_unit[ref].append(each)
    beside: dict[UUID, set[UUID]] = defaultdict(set)
    for own in by_unit.values():
        latest = own[0]
        for each in own[1:]:
            if asked[each.pk].start < asked[latest.pk].end + LONGEST_PERIOD:
                beside[each.pk].add(latest.pk)
                beside[latest.pk].add(each.pk)
            if asked[each.pk].end > asked[latest.pk].end:
                latest = each
    found, open_ones = set(asked_for), list(asked_for)
    while open_ones:
        more = beside[open_ones.pop()] - found
        found |= more
        open_ones += more
    return found


def unit_dispatches(seller: UUID, since: datetime, until: datetime) -> list[tuple[Dispatch, list[str]]]:
    """The provider's dispatches with effect that begin between two instants, each with its units."""
    stored = [each for each in _stored(seller, since, until) if requested_of(each).has_effect]
    if not stored:
        return []
    delivering = _delivering(stored)
    return [(each, sorted(delivering[each.pk])) for each in stored]


def _lookback(seller: UUID) -> timedelta:
    """How far back the baselines of the provider's contracts look."""
    told = (
        Contract.objects.filter(seller=seller, terms__isnull=False)
        .values_list("terms__baseline", flat=True)
        .distinct()
    )
    return (2 + max((int((each or {}).get("lookback_days", 60)) for each in told), default=60)) * DAY


def _stored(seller: UUID, since: datetime, until: datetime) -> list[Dispatch]:
    """Dispatches of contracts with terms, each with its events."""
    events = Prefetch("events", DispatchEvent.objects.order_by("place"))
    found = Dispatch.objects.filter(
        contract__seller=seller, contract__terms__isnull=False, start__gte=since, start__lt=until
    )
    return list(_with_contracts(found).prefetch_related(events).order_by("issued_at", "id"))


def requested_of(dispatch: Dispatch) -> Requested:
    """What a dispatch came to, of its events as they were fetched with it."""
    terms = terms_for(dispatch.contract)
    return requested(
        [event_of(each) for each in dispatch.events.all()],
        acknowledge_minutes=terms.acknowledge_minutes,
        stands_unanswered=stands_unanswered(terms),
    )


def terms_for(contract: Contract) -> SettlementTerms:
    assert contract.terms is not None
    return _terms_told(canonical_json(contract.terms))


@lru_cache(maxsize=2048)
def _terms_told(told: str) -> SettlementTerms:
    """Terms as they are stored, read once: a contract's never change, and most contracts of a round have the same."""
    return terms_of(json.loads(told))


def sigma_of(contract: Contract) -> int:
    """+1 where more export or less import is delivery, −1 where the reverse is."""
    return 1 if contract.competition.need_direction == NeedDirection.DEFICIT else -1


def _delivering(
    dispatches: Sequence[Dispatch], instant: datetime | None = None
) -> dict[UUID, Mapping[str, Unit]]:
    """By dispatch, its delivering units by ref, as they are on the local day of its start."""
    units = DeliveringUnits({each.contract_id for each in dispatches}, instant)
    return {each.pk: units.on(each.contract_id, _day_of(each)) for each in dispatches}


def _day_of(dispatch: Dispatch) -> date:
    return dispatch.start.astimezone(dispatch.contract.buyer.zone).date()
