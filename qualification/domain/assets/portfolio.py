"""A provider's portfolio: what its assets offer for a deficit and for an excess, by type and status."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, F, Sum

from accounts.models import Member
from competitions.enums import AssetStatus
from qualification.models import Asset

DEFICIT = ("generation_turn_up_mw", "demand_turn_down_mw")
EXCESS = ("generation_turn_down_mw", "demand_turn_up_mw")
"""The capacities that count where there is too little power, and where there is too much."""
IN_USE = (AssetStatus.OPERATIONAL, AssetStatus.IN_DEVELOPMENT, AssetStatus.MOTHBALLED)
ZERO = Decimal(0)


@dataclass(frozen=True)
class TypeShare:
    """What the assets of one type and status offer, in MW."""

    asset_type: str
    status: AssetStatus
    assets: int
    deficit_mw: Decimal
    excess_mw: Decimal


def portfolio_of(member: Member) -> Sequence[TypeShare]:
    """The assets of the member's own company that are not archived, in one query; none for an operator."""
    if not member.is_fsp:
        return []
    own = Asset.objects.filter(provider=member.organisation_id).exclude(status=AssetStatus.ARCHIVED)
    rows = (
        own.order_by("asset_type__name", "status")
        .values("asset_type__name", "status")
        .annotate(
            number=Count("pk"),
            deficit=Sum(F(DEFICIT[0]) + F(DEFICIT[1])),
            excess=Sum(F(EXCESS[0]) + F(EXCESS[1])),
        )
    )
    return [
        TypeShare(
            row["asset_type__name"],
            AssetStatus(row["status"]),
            row["number"],
            row["deficit"] or ZERO,
            row["excess"] or ZERO,
        )
        for row in rows
    ]
