"""What was paid in past competitions: of each, the accepted prices and the area and product that they were
for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Min, Sum

from bidding.domain.queries import historic_bids
from bidding.enums import Decision
from competitions.domain.queries import historic_competitions
from competitions.models import Competition

PRICES = ("availability_price", "utilisation_price", "service_fee")
MOST = 60
"""So many competitions, the latest, are drawn."""


@dataclass(frozen=True)
class PaidPrice:
    """The accepted bids of a competition for one product: the lowest, highest and average price, the latter
    by MW."""

    competition: Competition
    product: str
    lowest: Decimal
    highest: Decimal
    average: Decimal
    accepted_mw: Decimal
    bids: int


def state_of_prices(now: datetime) -> str:
    """What the past prices depend on: which competitions are confirmed, the latest when. One cheap query."""
    told = historic_competitions(now).exclude(confirmed_at=None).order_by()
    return str(
        sorted(told.aggregate(count=Count("pk"), last=Max("confirmed_at"), changed=Max("changed_at")).items())
    )


def areas_with_prices(now: datetime) -> list[str]:
    """The references of the areas that past competitions were for, in order."""
    past = historic_competitions(now).filter(confirmed_at__lte=now, boundaries__area__isnull=False)
    return sorted(set(past.order_by().values_list("boundaries__area__reference", flat=True)))


def past_prices(now: datetime, *, area: str = "") -> list[PaidPrice]:
    """The prices of the latest confirmed competitions, oldest first; with ``area`` of those for that area
    alone."""
    past = historic_competitions(now).filter(confirmed_at__lte=now)
    if area:
        past = past.filter(boundaries__area__reference=area).distinct()
    competitions = {each.pk: each for each in past.order_by("-confirmed_at", "ref")[:MOST]}
    accepted = historic_bids(now).filter(
        decision=Decision.ACCEPTED, ballot__competition__in=list(competitions)
    )
    found: list[PaidPrice] = []
    for product in PRICES:
        found += _paid(accepted, competitions, product)
    return sorted(found, key=lambda each: (each.competition.confirmed_at, each.competition.ref))


def _paid(accepted: Any, competitions: dict[Any, Competition], product: str) -> Sequence[PaidPrice]:
    rows = (
        accepted.filter(**{f"{product}__isnull": False})
        .select_related(None)
        .order_by()
        .values("ballot__competition")
        .annotate(
            lowest=Min(product),
            highest=Max(product),
            weighed=Sum(F(product) * F("capacity_mw")),
            mw=Sum("capacity_mw"),
            bids=Count("pk"),
        )
    )
    return [
        PaidPrice(
            competitions[row["ballot__competition"]],
            product,
            row["lowest"],
            row["highest"],
            row["weighed"] / row["mw"],
            row["mw"],
            row["bids"],
        )
        for row in rows
    ]
