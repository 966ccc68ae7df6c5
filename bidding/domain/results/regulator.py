"""What an operator reports to its regulator of every bid: the fields of licence condition 31E of GB
electricity distribution.

The report of a financial year (1 April to 31 March) has the bids whose results were confirmed in it, in the
operator's time zone. What the platform doesn't know comes from the operator's settings; what nobody told is
marked.
"""

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member, Organisation
from bidding import rules
from bidding.domain.queries import bids_for_operator
from bidding.enums import Decision
from bidding.models import Bid, RegulatorSettings
from competitions.models import Boundary, Competition
from marketplace.audit.chain import record
from marketplace.calendar import local_instant
from marketplace.numbers import exact_text
from qualification.domain.verdicts.standing import qualified_assets

NOT_RECORDED = "Not recorded"
TOLD_BY_OPERATOR = ("constraint_licence_area", "provider_licence_area", "grid_supply_point")
PENNY = Decimal("0.01")


@dataclass(frozen=True)
class Place:
    """Where a competition's service is, as the regulator asks for it; blank what nobody told."""

    zone_name: str
    constraint_licence_area: str
    provider_licence_area: str
    grid_supply_point: str


def settings_of(operator: Organisation) -> RegulatorSettings:
    """What the operator has told for its reports; where nothing was, an empty one, not saved."""
    return RegulatorSettings.objects.filter(operator=operator).first() or RegulatorSettings(operator=operator)


def change_settings(*, by: Member, told: Mapping[str, str], now: datetime) -> RegulatorSettings:
    """Set what the platform can't know, for the member's own organisation. Raises ``NotAllowed`` without the
    role."""
    rules.check_may_report(by)
    with transaction.atomic():
        operator = Organisation.objects.select_for_update().get(pk=by.organisation_id)
        settings = settings_of(operator)
        changes = {}
        for name in TOLD_BY_OPERATOR:
            before, after = getattr(settings, name), told.get(name, "").strip()
            if before != after:
                changes[name] = (before, after)
                setattr(settings, name, after)
        if changes:
            settings.save()
            record(
                organisation_id=operator.pk,
                by=by,
                action="regulator's report set up",
                subject=settings,
                changes=changes,
                now=now,
            )
    return settings


def year_span(member: Member, year: int) -> tuple[datetime, datetime]:
    """When the financial year that begins in ``year`` begins and ends, in the member's zone."""
    zone = member.organisation.zone
    begins, ends = (local_instant(date(each, 4, 1), time(0), zone) for each in (year, year + 1))
    return begins, ends


def financial_year_of(instant: datetime, zone: ZoneInfo) -> int:
    """The year in which the financial year of an instant begins: 2026 from 1 April 2026 to 31 March 2027."""
    return _year_of(instant.astimezone(zone).date())


def year_label(year: int) -> str:
    """As the regulator writes it: 2026/27."""
    return f"{year}/{(year + 1) % 100:02}"


def bids_of_year(member: Member, year: int, now: datetime) -> QuerySet[Bid]:
    """The bids in the member's own competitions whose results were confirmed in the financial year."""
    begins, ends = year_span(member, year)
    confirmed = {
        "ballot__competition__confirmed_at__gte": begins,
        "ballot__competition__confirmed_at__lt": ends,
    }
    return bids_for_operator(member, now).filter(**confirmed)


def years_to_report(member: Member, now: datetime) -> list[int]:
    """The financial years in which the member's organisation confirmed results with bids, newest first."""
    confirmed = bids_for_operator(member, now).filter(ballot__competition__confirmed_at__isnull=False)
    instants = confirmed.order_by().values_list("ballot__competition__confirmed_at", flat=True).distinct()
    zone = member.organisation.zone
    return sorted({financial_year_of(each, zone) for each in instants if each is not None}, reverse=True)


def report_rows(member: Member, year: int, now: datetime) -> Iterator[dict[str, Any]]:
    """A row for every bid, by the report's column names, in the order of competitions and windows."""
    told = settings_of(member.organisation)
    known: dict[tuple[uuid.UUID, uuid.UUID], dict[uuid.UUID | None, Any]] = {}
    places: dict[uuid.UUID, Place] = {}
    bids = bids_of_year(member, year, now).prefetch_related("ballot__ballot_assets")
    for bid in bids.iterator(chunk_size=1000):
        competition, provider = bid.ballot.competition, bid.ballot.provider
        if (competition.pk, provider.pk) not in known:
            offered = qualified_assets(competition, provider, now)
            known[competition.pk, provider.pk] = {each.asset_id or each.planned_id: each for each in offered}
        if competition.pk not in places:
            places[competition.pk] = place_of(competition, told)
        held = (each.asset_id or each.planned_asset_id for each in bid.ballot.ballot_assets.all())
        assets = [
            known[competition.pk, provider.pk][key]
            for key in held
            if key in known[competition.pk, provider.pk]
        ]
        yield _row(bid, assets, places[competition.pk])


def _row(bid: Bid, assets: Sequence[Any], place: Place) -> dict[str, Any]:
    competition, period = bid.ballot.competition, bid.window.period
    is_accepted = bid.decision == Decision.ACCEPTED
    minutes = int(bid.maximum_run_time.total_seconds()) // 60
    return {
        "tender_reference": competition.ref,
        "product": competition.product_type or NOT_RECORDED,
        "constraint_licence_area": place.constraint_licence_area or NOT_RECORDED,
        "provider_licence_area": place.provider_licence_area or NOT_RECORDED,
        "service_location_grid_supply_point": place.grid_supply_point or NOT_RECORDED,
        "service_provider": bid.ballot.provider.name,
        "constraint_trigger": competition.get_need_type_display(),
        "constraint_management_zone_name": place.zone_name or NOT_RECORDED,
        "connection_voltage_in_kv": voltages([each.data for each in assets]) or NOT_RECORDED,
        "main_technology": _main_technology(assets) or NOT_RECORDED,
        "bid_outcome": "Accepted" if is_accepted else "Rejected",
        "peak_flexible_capacity_in_mw": bid.capacity_mw,
        "maximum_run_time_hh_mm": f"{minutes // 60:02}:{minutes % 60:02}",
        "delivery_year": year_label(_year_of(period.first_day)),
        "tendered_delivery_start_date": period.first_day,
        "tendered_delivery_end_date": period.last_day,
        "agreed_availability_fee_where_applicable_in_ps_mw_hr": bid.availability_price
        if is_accepted
        else None,
        "agreed_utilisation_price_in_ps_mwh": bid.utilisation_price if is_accepted else None,
        "service_fee_in_ps_mwh": service_fee_an_hour(bid) if is_accepted else None,
    }


def service_fee_an_hour(bid: Bid) -> Decimal | None:
    """The service fee (£/MW for the whole period) spread over the window's available hours: £ for each MW and
    hour."""
    if bid.service_fee is None or not bid.window.available_minutes:
        return None
    return (bid.service_fee * 60 / bid.window.available_minutes).quantize(PENNY, rounding=ROUND_HALF_UP)


def _year_of(day: date) -> int:
    return day.year if day.month >= 4 else day.year - 1


def place_of(competition: Competition, told: RegulatorSettings) -> Place:
    """What the competition's own areas carry, each value once; what they don't, the operator's settings
    tell."""
    parts = list(competition.boundaries.select_related("area").order_by("position", "pk"))
    areas = [part.area for part in parts if part.area]
    licence_area = _joined(area.licence_area for area in areas)
    return Place(
        zone_name=zone_name_of(parts),
        constraint_licence_area=licence_area or told.constraint_licence_area,
        provider_licence_area=licence_area or told.provider_licence_area,
        grid_supply_point=_joined(area.supply_point for area in areas) or told.grid_supply_point,
    )


def zone_name_of(parts: Iterable[Boundary]) -> str:
    """What the parts of a competition's boundary are called together; empty where none has a name."""
    return _joined(str(part.area) if part.area else part.value for part in parts)


def _joined(names: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(name for name in names if name))


def voltages(assets: Iterable[Mapping[str, Any]]) -> str:
    """The connection voltages (kV) among these assets' data, lowest first."""
    found = {Decimal(data["voltage_kv"]) for data in assets if data.get("voltage_kv")}
    return ", ".join(exact_text(each) for each in sorted(found))


def _main_technology(assets: Sequence[Any]) -> str:
    """The asset type with the most relevant capacity in the ballot; among equals the first by name."""
    capacity: dict[str, Decimal] = {}
    for asset in assets:
        kind = str(asset.data.get("asset_type") or "")
        capacity[kind] = capacity.get(kind, Decimal(0)) + asset.relevant_capacity_mw
    return min(capacity, key=lambda kind: (-capacity[kind], kind), default="")
