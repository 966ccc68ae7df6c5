"""What an operator reports to its regulator of every dispatch: the fields of licence condition 31E of GB electricity
distribution."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet

from accounts.models import Member
from bidding.domain.results.regulator import (
    NOT_RECORDED,
    Place,
    financial_year_of,
    place_of,
    settings_of,
    voltages,
    year_span,
)
from competitions.domain.payment import rounded
from contracts.models import Contract, ContractedAsset
from operations.domain.measuring import requested_of
from operations.models import Dispatch, DispatchEvent
from settlement.domain.public_dispatches import asked_of, technology_of

PLACES = 6


def dispatches_of_year(member: Member, year: int, now: datetime) -> QuerySet[Dispatch]:
    """The dispatches of the member's own contracts that began in the financial year."""
    begins, ends = year_span(member, year)
    return _own(member).filter(start__gte=begins, start__lt=ends, start__lte=now)


def years_with_dispatches(member: Member, now: datetime) -> list[int]:
    """The financial years in which dispatches of the member's contracts began, newest first."""
    starts = _own(member).filter(start__lte=now).order_by().values_list("start", flat=True)
    return sorted({financial_year_of(each, member.organisation.zone) for each in starts}, reverse=True)


def report_rows(member: Member, year: int, now: datetime) -> Iterator[dict[str, Any]]:
    """A row for every dispatch that asked for something, by the report's column names, in the order of their start."""
    told = settings_of(member.organisation)
    places: dict[UUID, Place] = {}
    assets: dict[UUID, list[ContractedAsset]] = {}
    events = Prefetch("events", DispatchEvent.objects.order_by("place"))
    own = dispatches_of_year(member, year, now).filter(contract__terms__isnull=False)
    found = own.select_related("contract__competition", "contract__seller", "contract__buyer")
    for dispatch in found.prefetch_related(events).order_by("start", "id").iterator(chunk_size=500):
        contract, competition = dispatch.contract, dispatch.contract.competition
        if competition.pk not in places:
            places[competition.pk] = place_of(competition, told)
        if contract.pk not in assets:
            assets[contract.pk] = list(contract.assets.order_by("asset_ref"))
        asked = requested_of(dispatch)
        if asked.has_effect:
            mw, mwh = asked_of(asked)
            day = dispatch.start.astimezone(contract.buyer.zone).date()
            own_assets = [each for each in assets[contract.pk] if each.delivers_on(day)]
            row = _row(dispatch, contract, own_assets, places[competition.pk])
            yield row | {
                "dispatch_capacity_mw": rounded(mw, PLACES),
                "dispatch_volume_mwh": rounded(mwh, PLACES),
            }


def _own(member: Member) -> QuerySet[Dispatch]:
    return Dispatch.objects.filter(contract__buyer=member.organisation_id)


def _row(
    dispatch: Dispatch, contract: Contract, assets: list[ContractedAsset], place: Place
) -> dict[str, Any]:
    competition, data = contract.competition, [each.data for each in assets]
    return {
        "tender_reference": competition.ref,
        "incident_reference": dispatch.incident_reference or NOT_RECORDED,
        "product": competition.product_type or NOT_RECORDED,
        "constraint_licence_area": place.constraint_licence_area or NOT_RECORDED,
        "provider_licence_area": place.provider_licence_area or NOT_RECORDED,
        "incident_location_grid_supply_point": place.grid_supply_point or NOT_RECORDED,
        "constraint_management_zone_name": place.zone_name or NOT_RECORDED,
        "constraint_trigger": competition.get_need_type_display(),
        "accepting_party": contract.seller.name,
        "flexible_unit_reference": ", ".join(each.asset_ref for each in assets) or NOT_RECORDED,
        "main_technology": technology_of(contract, data) or NOT_RECORDED,
        "maximum_connection_voltage": voltages(data).rpartition(", ")[2] or NOT_RECORDED,
    }
