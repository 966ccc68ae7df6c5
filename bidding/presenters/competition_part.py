"""What bidding puts on a competition's page. Before the gate is closed it is the same for everybody, bids or
none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from bidding import rules
from bidding.domain.gate.closing import ensure_closed
from bidding.domain.queries import bids_for_operator, historic_bids
from bidding.domain.results.bidder_disclosure import names_bidders
from bidding.enums import Decision
from bidding.models import Bid
from bidding.presenters.links import bidding_link
from competitions.domain.kept_windows import kept_windows
from competitions.models import Competition, ServicePeriod, ServiceWindow
from competitions.presenters.tabs import Part, Quantity
from marketplace.numbers import power_text
from marketplace.units import power_unit

ACCEPTED = Q(decision=Decision.ACCEPTED)
ZERO = Decimal(0)
MOST_UNFOLDED = 30
"""So many windows are shown at once; more are folded by service period."""


def is_for(member: Any, competition: Competition, now: datetime) -> bool:
    """Everybody who sees a published competition with bidding."""
    return bool(competition.competition_type) and competition.is_published(now)


def count(member: Any, competition: Competition, now: datetime) -> None:
    """Never told: before the close it would say whether there are bids."""
    return


@dataclass(frozen=True)
class WindowResult:
    """A window with what was offered and accepted for it; prices are those of the accepted bids."""

    window: ServiceWindow
    offered_mw: Decimal
    accepted_mw: Decimal
    bids: int
    accepted: int
    lowest: Decimal | None
    highest: Decimal | None
    sentence: str

    @property
    def parts(self) -> list[tuple[str, Decimal]]:
        """Its quantities as parts of a bar."""
        return [("offered", self.offered_mw), ("accepted", self.accepted_mw)]


@dataclass(frozen=True)
class PeriodResult:
    """A service period with its windows; ``covered`` counts those whose accepted bids cover what is required."""

    period: ServicePeriod
    windows: list[WindowResult]

    @property
    def covered(self) -> int:
        return sum(each.accepted_mw >= each.window.capacity_required_mw for each in self.windows)

    @property
    def bids(self) -> int:
        return sum(each.bids for each in self.windows)

    @property
    def accepted(self) -> int:
        return sum(each.accepted for each in self.windows)


def make(member: Any, competition: Competition, now: datetime, query: Mapping[str, str]) -> Part:
    """The bids by window for the operator once they are opened, for everybody once the results are
    confirmed."""
    if member is not None and rules.can_decide(member, competition):
        ensure_closed(competition, now)
    bids = _known(member, competition, now)
    rows = results_by_window(bids, competition) if bids is not None else []
    is_over = competition.bidding_close is not None and competition.bidding_close <= now
    context = {
        "results": rows,
        "periods": by_period(rows) if len(rows) > MOST_UNFOLDED else [],
        "is_told": competition.confirmed_at is not None,
        "is_waiting": bids is None and is_over,
        "bidding_link": bidding_link(member, competition, now),
        "names_bidders": names_bidders(competition),
        "price_field": competition.price_fields[0],
    }
    return Part("bidding/_competition_part.html", context)


def by_period(rows: list[WindowResult]) -> list[PeriodResult]:
    """The windows under their service periods, both in the order of the competition."""
    periods: dict[UUID, PeriodResult] = {}
    for row in rows:
        period = row.window.period
        periods.setdefault(period.pk, PeriodResult(period, [])).windows.append(row)
    return list(periods.values())


def quantities(member: Any, competition: Competition, now: datetime) -> list[Quantity]:
    """Offered and accepted MW by window, as far as they are known; nothing before the gate is closed."""
    bids = _known(member, competition, now)
    if bids is None:
        return []
    sums = _sums(bids, competition)
    return [
        Quantity("offered", "Offered", {key: row["offered"] or ZERO for key, row in sums.items()}),
        Quantity("accepted", "Accepted", {key: row["taken"] or ZERO for key, row in sums.items()}),
    ]


def _known(member: Any, competition: Competition, now: datetime) -> QuerySet[Bid] | None:
    """The competition's bids where this visitor may know of them now; None where not."""
    if competition.cancelled_at is not None or not competition.competition_type:
        return None
    if competition.confirmed_at is not None:
        return historic_bids(now).filter(ballot__competition=competition)
    is_closed = competition.bidding_close is not None and competition.bidding_close <= now
    if member is not None and rules.can_decide(member, competition) and is_closed:
        return bids_for_operator(member, now).filter(ballot__competition=competition)
    return None


def _sums(bids: QuerySet[Bid], competition: Competition) -> dict[UUID, dict[str, Any]]:
    price = competition.price_fields[0]
    rows = (
        bids.select_related(None)
        .order_by()
        .values("window")
        .annotate(
            offered=Sum("capacity_mw"),
            taken=Sum("capacity_mw", filter=ACCEPTED),
            bids=Count("pk"),
            accepted=Count("pk", filter=ACCEPTED),
            lowest=Min(price, filter=ACCEPTED),
            highest=Max(price, filter=ACCEPTED),
        )
    )
    return {row["window"]: dict(row) for row in rows}


def results_by_window(bids: QuerySet[Bid], competition: Competition) -> list[WindowResult]:
    """Every window of the competition with what these bids bring it."""
    sums, unit = _sums(bids, competition), power_unit(competition.power_type)
    found = []
    for window in kept_windows(competition):
        row = sums.get(window.pk, {})
        offered, accepted = row.get("offered") or ZERO, row.get("taken") or ZERO
        required = power_text(window.capacity_required_mw, unit)
        found.append(
            WindowResult(
                window,
                offered,
                accepted,
                row.get("bids", 0),
                row.get("accepted", 0),
                row.get("lowest"),
                row.get("highest"),
                f"{window.name}: {power_text(accepted, unit)} accepted of {required} required",
            )
        )
    return found
