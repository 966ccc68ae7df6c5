"""Competitions, what one may bid in, ballots, and the obligations that follow, in the reference platform's shapes."""

import hashlib
import re
import uuid
from collections import defaultdict
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection
from ninja import Router

from accounts.enums import OrganisationKind, Role, Scope
from api.auth import Declared
from api.doors import Told
from api.picloflex.door import DOOR, amount, body_of, text_in
from api.problems import Fault, Problem, of_request
from api.requests import ProgramRequest
from api.shapes import duration_text
from bidding.domain.ballots.bidding_context import bidding_context_for
from bidding.domain.ballots.limits import BidTerms
from bidding.domain.ballots.offers import BallotOffer
from bidding.domain.ballots.submitting import BallotRefused, submit_ballots
from bidding.domain.queries import ballots_of, bids_in, competitions_to_bid_in
from bidding.models import Ballot
from competitions.domain.queries import competitions_visible_to
from competitions.models import Competition, ServiceWindow
from contracts.domain.queries import contracts_of
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.calendar import local_instant
from marketplace.dates import instant_text, time_text
from marketplace.number_text import number_text
from qualification.domain import queries
from qualification.domain.verdicts.freeze import ensure_frozen

router = Router(tags=["bids"])
FSP = OrganisationKind.FLEX_SERVICE_PROVIDER
BIDS_READ = Declared(Scope.BIDS_READ, FSP, Role.BIDS)
RATES = {
    "availability": "availability_price",
    "utilisation": "utilisation_price",
    "service_fee": "service_fee",
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
RUN_TIME = re.compile(r"(?:(\d{1,4})[T ])?(\d{1,4}):([0-5]\d):([0-5]\d)", re.ASCII)
LABEL = re.compile(r"API-(\d{1,9})", re.ASCII)
MOST_BIDS, MOST_ASSETS = 2_000, 20_000


@DOOR.reads(router, "/competitions/v1/{competition_id}/", Declared(Scope.COMPETITIONS_READ))
def picloflex_competition(request: ProgramRequest, competition_id: str) -> Told:
    """A published competition with its periods and windows."""
    return competition_told(_seen(request, competition_id))


@DOOR.reads(router, "/bidding-opportunities/v1/", BIDS_READ)
def picloflex_opportunities(request: ProgramRequest) -> list[Told]:
    """The competitions that one may bid in now, with the assets that qualify and their capacity."""
    now = clock.now()
    found = []
    for each in competitions_to_bid_in(request.member, now):
        ensure_frozen(each, now)
        context = bidding_context_for(request.member, each, now, labels=())
        own: dict[bool, list[Told]] = defaultdict(list)
        for key, asset in context.assets.items():
            told = {"id": str(key), "ref": asset.ref, "capacity": amount(asset.capacity_mw)}
            own[asset.is_planned].append(told)
        found.append(
            competition_told(each)
            | {
                "competition_id": str(each.pk),
                "qualified_capacity": amount(context.qualified_mw),
                "assets": {"flex": own[False], "planned": own[True]},
            }
        )
    return found


@DOOR.writes(
    router,
    "POST",
    "/bids/v1/competitions/{competition_id}/ballots/",
    Declared(Scope.BIDS_WRITE, FSP, Role.BIDS),
)
def picloflex_ballot(request: ProgramRequest, competition_id: str) -> Told:
    """A new ballot, of the assets that are named or of all that are free; its label is API-1, API-2 and so on."""
    of, told = _seen(request, competition_id), body_of(request)
    named = text_in(told, "competition_id")
    if named and named not in (str(of.pk), of.ref):
        raise of_request(
            "body_invalid", "The competition_id of the body is another than that of the address."
        )
    bids, assets = tuple(_bids_in(told)), _assets_in(told)
    offer = BallotOffer(_next_label(request, of), assets, bids, seen_version=0)
    try:
        placed = submit_ballots(by=request.member, competition=of, offers=[offer], now=clock.now())[0]
    except BallotRefused as refused:
        faults = [
            Fault(f"/bids/{each.bid}" if each.bid is not None else "", f"ballot_{each.field}", each.sentence)
            for assessment in refused.assessments
            for each in assessment.breaches
        ]
        raise Problem(422, "ballot_breaks_limits", refused.sentence, errors=faults) from refused
    return ballot_told(request, of, placed.ballot)


@DOOR.reads(router, "/obligations/v1/", Declared(Scope.CONTRACTS_READ, role=Role.CONTRACTS))
def picloflex_obligations(request: ProgramRequest) -> list[Told]:
    """The contracts of one's organisation, of a competition or a bid, that begin or end between two instants."""
    rows = contracts_of(request.member).select_related("bid")
    for name, field in (("competition_id", "competition"), ("bid_id", "bid")):
        told = request.GET.get(name, "")
        if told:
            rows = rows.filter(**{field: _id(told, name)})
    found = list(rows)
    for name, is_start, is_since in (
        ("start_since", True, True),
        ("start_to", True, False),
        ("end_since", False, True),
        ("end_to", False, False),
    ):
        told = request.GET.get(name, "")
        if told:
            moment = _moment(told, name)
            found = [each for each in found if _is_within(each, moment, is_start=is_start, is_since=is_since)]
    assets: dict[uuid.UUID, list[str]] = defaultdict(list)
    own = ContractedAsset.objects.filter(contract__in=[each.pk for each in found]).order_by("asset_ref", "pk")
    for contract_id, asset_id in own.values_list("contract_id", "asset_id"):
        assets[contract_id].append(str(asset_id))
    return [obligation_told(each, assets[each.pk]) for each in found]


def competition_told(of: Competition) -> Told:
    """A competition as it is published, without what its operator alone sees."""
    periods: dict[str, Told] = {}
    for window in (
        queries.windows_of(of)
        .select_related("period")
        .order_by("period__first_day", "period__name", "position", "pk")
    ):
        period = periods.setdefault(
            str(window.period_id),
            {
                "name": window.period.name,
                "start": window.period.first_day.isoformat(),
                "end": window.period.last_day.isoformat(),
                "service_windows": [],
            },
        )
        period["service_windows"].append(window_told(window))
    return {
        "id": str(of.pk),
        "reference": of.ref,
        "name": of.name,
        "operator_name": of.operator.name,
        "open": None if of.bidding_open is None else instant_text(of.bidding_open),
        "closed": None if of.bidding_close is None else instant_text(of.bidding_close),
        "qualification_open": instant_text(of.qualification_open),
        "qualification_closed": instant_text(of.qualification_close),
        "area_buffer": None if of.area_buffer_km is None else amount(of.area_buffer_km),
        "need_type": of.get_need_type_display(),
        "type": of.get_competition_type_display(),
        "need_direction": of.get_need_direction_display(),
        "power_type": of.get_power_type_display(),
        "service_periods": list(periods.values()),
    }


def window_told(of: ServiceWindow) -> Told:
    """A service window; ``id`` is what a bid names."""
    return {
        "id": str(of.pk),
        "name": of.name,
        "start": time_text(of.start),
        "end": time_text(of.end),
        "service_days": [DAYS[day] for day in of.weekdays],
        "minimum_aggregate_asset_size": amount(of.minimum_aggregate_mw),
        "capacity_required": amount(of.capacity_required_mw),
    }


def ballot_told(request: ProgramRequest, of: Competition, ballot: Ballot) -> Told:
    """A ballot with its bids and the ids of its assets."""
    held: dict[bool, list[str]] = {False: [], True: []}
    for asset_id, planned_id in ballot.ballot_assets.order_by("pk").values_list(
        "asset_id", "planned_asset_id"
    ):
        held[asset_id is None].append(str(asset_id or planned_id))
    bids = bids_in(request.member, of).filter(ballot=ballot)
    return {
        "id": str(ballot.pk),
        "competition_id": str(of.pk),
        "label": ballot.label,
        "created": instant_text(ballot.submitted_at),
        "bids": [
            {
                "id": str(each.pk),
                "service_window_id": str(each.window_id),
                "capacity": amount(each.capacity_mw),
                "max_runtime": duration_text(each.maximum_run_time),
                "rates": _rates_told(each),
            }
            for each in bids
        ],
        "assets": {"flex": held[False], "planned": held[True]},
    }


def obligation_told(of: Contract, assets: list[str]) -> Told:
    """A contract as an obligation."""
    start, end = _span(of)
    return {
        "id": str(of.pk),
        "competition_id": str(of.competition_id),
        "competition_reference": of.competition.ref,
        "bid_id": str(of.bid_id),
        "service_window_id": str(of.bid.window_id),
        "operator_name": of.buyer.name,
        "provider": of.seller.code,
        "status": of.status,
        "start": instant_text(start),
        "end": instant_text(end),
        "service_window": {
            "name": of.window_name,
            "start": time_text(of.start),
            "end": time_text(of.end),
            "service_days": [DAYS[day] for day in of.weekdays],
        },
        "capacity": amount(of.capacity_mw),
        "max_runtime": duration_text(of.maximum_run_time),
        "rates": _rates_told(of),
        "assets": assets,
    }


def _rates_told(of: Any) -> list[Told]:
    prices = {name: getattr(of, field) for name, field in RATES.items()}
    return [{"type": name, "value": amount(price)} for name, price in prices.items() if price is not None]


def _span(of: Contract) -> tuple[datetime, datetime]:
    """From the first window's start to the last one's end, as the days of the contract say."""
    zone = of.buyer.zone
    return local_instant(of.first_day, of.start, zone), local_instant(of.end_day, time(0), zone)


def _is_within(of: Contract, moment: datetime, *, is_start: bool, is_since: bool) -> bool:
    at = _span(of)[0 if is_start else 1]
    return at >= moment if is_since else at <= moment


def _moment(text: str, name: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise of_request("body_invalid", f"{name} is a time such as 2026-06-01T16:00:00Z.") from None
    if not 1900 <= found.year <= 2200:
        raise of_request("body_invalid", f"{name} is too far away.")
    return found if found.tzinfo is not None else found.replace(tzinfo=clock.now().tzinfo)


def _seen(request: ProgramRequest, competition_id: str) -> Competition:
    rows = competitions_visible_to(request.member, clock.now()).select_related("operator")
    found = rows.filter(pk=_id(competition_id, "competition_id")).first()
    if found is None:
        raise of_request("not_found", "There is no such competition, or it is not published.")
    return found


def _id(text: str, name: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise of_request(
            "not_found", f"There is no {name.removesuffix('_id')} of the id “{text[:40]}”."
        ) from None


def _next_label(request: ProgramRequest, of: Competition) -> str:
    """The number after the highest. Two at once wait for each other here, so that neither replaces the other's ballot."""
    whose = f"ballot label {request.member.organisation_id} {of.pk}"
    number = int.from_bytes(hashlib.sha256(whose.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
    told = [LABEL.fullmatch(each) for each in ballots_of(request.member, of).values_list("label", flat=True)]
    return f"API-{max((int(each[1]) for each in told if each is not None), default=0) + 1}"


def _assets_in(told: Told) -> frozenset[uuid.UUID] | None:
    """The ids of assets and planned assets; None for all."""
    assets = told.get("assets")
    if assets is None:
        return None
    if not isinstance(assets, dict):
        raise of_request("body_invalid", "assets holds the lists flex and planned.")
    found = set()
    for name in ("flex", "planned"):
        ids = assets.get(name) or []
        if (
            not isinstance(ids, list)
            or len(ids) > MOST_ASSETS
            or not all(isinstance(each, str) for each in ids)
        ):
            raise of_request("body_invalid", f"assets.{name} is a list of ids.")
        found |= {_id(each, "asset_id") for each in ids}
    return frozenset(found)


def _bids_in(told: Told) -> list[BidTerms]:
    bids = told.get("bids")
    if not isinstance(bids, list) or not bids or len(bids) > MOST_BIDS:
        raise of_request("body_invalid", f"bids is a list of 1 to {MOST_BIDS} bids.")
    return [_bid_in(each, place) for place, each in enumerate(bids)]


def _bid_in(told: Any, place: int) -> BidTerms:
    if not isinstance(told, dict):
        raise _fault(place, "", "A bid is an object.")
    runtime = RUN_TIME.fullmatch(text_in(told, "max_runtime"))
    if runtime is None:
        raise _fault(place, "max_runtime", "Write max_runtime as HH:MM:SS or DDTHH:MM:SS.")
    days, hours, minutes, seconds = (int(each or 0) for each in runtime.groups())
    prices: dict[str, Decimal] = {}
    rates = told.get("rates")
    if not isinstance(rates, list) or len(rates) > len(RATES):
        raise _fault(place, "rates", "rates is a list of type and value.")
    for rate in rates:
        field = RATES.get(text_in(rate, "type").lower()) if isinstance(rate, dict) else None
        if field is None or field in prices:
            raise _fault(place, "rates", f"A rate's type is one of {', '.join(RATES)}, each once.")
        prices[field] = _decimal(rate, "value", place, "rates")
    try:
        window = uuid.UUID(text_in(told, "service_window_id"))
    except ValueError:
        raise _fault(place, "service_window_id", "There is no such service window.") from None
    return BidTerms(
        window,
        _decimal(told, "capacity", place, "capacity"),
        timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds),
        prices.get("availability_price"),
        prices.get("utilisation_price"),
        prices.get("service_fee"),
    )


def _decimal(told: Told, name: str, place: int, field: str) -> Decimal:
    text = number_text(text_in(told, name))
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise _fault(place, field, f"{name} is a number such as “0.5”.") from None
    if not number.is_finite() or abs(number.adjusted()) > 20 or len(text) > 40:
        raise _fault(place, field, f"{name} is too large or too fine.")
    return number


def _fault(place: int, field: str, sentence: str) -> Problem:
    pointer = f"/bids/{place}/{field}" if field else f"/bids/{place}"
    return Problem(422, "body_invalid", sentence, errors=[Fault(pointer, "body_invalid", sentence)])
