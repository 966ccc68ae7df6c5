"""What was requested, delivered and paid by zone, product and month, of statements that are final and of public months."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from accounts.models import Organisation
from bidding.domain.results.regulator import place_of, settings_of
from settlement.domain.public_dispatches import KWH_OF_MWH, operators, public_until
from settlement.domain.results import dispatch_totals, unpacked
from settlement.enums import VersionState
from settlement.models import StatementVersion

CHUNK = 50


@dataclass(frozen=True)
class Volume:
    """The sums of a zone, a product and a month."""

    operator: str
    zone: str
    product: str
    month: date
    requested_mwh: Fraction
    delivered_mwh: Fraction
    paid: Decimal
    currency: str


def public_volumes(now: datetime) -> Iterator[Volume]:
    """The volumes of every operator, by month, zone and product."""
    for operator in operators():
        yield from _volumes_of(operator, now)


def final_versions(operator: Organisation, now: datetime) -> Iterator[StatementVersion]:
    """The final versions of public months that count by themselves, month by month."""
    found = StatementVersion.objects.filter(
        statement__contract__buyer=operator,
        statement__month__lt=public_until(operator, now),
        state=VersionState.FINAL,
        carries_on=False,
    ).select_related("statement__contract__competition")
    return found.order_by("statement__month", "statement", "number").iterator(chunk_size=CHUNK)


def _volumes_of(operator: Organisation, now: datetime) -> Iterator[Volume]:
    energies: dict[UUID, tuple[Fraction, Fraction]] = {}
    keys: dict[UUID, tuple[date, str, str]] = {}
    paid: dict[tuple[date, str, str], Decimal] = {}
    zones: dict[UUID, str] = {}
    told = settings_of(operator)
    for version in final_versions(operator, now):
        statement, competition = version.statement, version.statement.contract.competition
        if competition.pk not in zones:
            zones[competition.pk] = place_of(competition, told).zone_name or competition.ref
        key = (statement.month, zones[competition.pk], competition.product_type)
        keys[statement.pk] = key
        paid[key] = paid.get(key, Decimal(0)) + version.total
        energies[statement.pk] = _energies(version)  # of the newest: what is known of the whole month
    for key in sorted(paid):
        own = [energies[pk] for pk, each in keys.items() if each == key]
        requested = sum((each for each, _ in own), Fraction(0)) / KWH_OF_MWH
        delivered = sum((each for _, each in own), Fraction(0)) / KWH_OF_MWH
        month, zone, product = key
        yield Volume(operator.name, zone, product, month, requested, delivered, paid[key], operator.currency)


def _energies(version: StatementVersion) -> tuple[Fraction, Fraction]:
    """What its dispatches asked for and delivered, in kWh."""
    totals = [dispatch_totals(each) for each in unpacked(bytes(version.result))["dispatches"]]
    requested = sum((each["requested"] for each in totals), Fraction(0))
    return requested, sum((each["delivered"] for each in totals), Fraction(0))
