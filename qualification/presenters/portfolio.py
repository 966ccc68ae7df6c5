"""A provider's portfolio as charts: what its assets offer by type, and what of it counts in live competitions."""

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from accounts.models import Member
from competitions.domain.queries import largest_windows
from competitions.enums import AssetStatus
from marketplace.numbers import counted, grouped_text
from marketplace.web.charts import Chart, grouped_bars, stacked_rows
from qualification.domain.assets.portfolio import IN_USE, TypeShare, portfolio_of
from qualification.domain.cover import competitions_that_concern
from qualification.domain.verdicts.standing import eligible_mw

ZERO = Decimal(0)
MOST_COMPETITIONS = 40
COLOURS = {
    AssetStatus.OPERATIONAL: "--part-1",
    AssetStatus.IN_DEVELOPMENT: "--part-2",
    AssetStatus.MOTHBALLED: "--part-3",
}


def portfolio_charts(member: Member, now: datetime) -> list[Chart]:
    """What the assets offer for a deficit and for an excess, and the part of it that is eligible in live competitions."""
    shares = portfolio_of(member)
    if not shares:
        return []
    charts = [
        _by_type(shares, lambda each: each.deficit_mw, "for a deficit", "portfolio-deficit"),
        _by_type(shares, lambda each: each.excess_mw, "for an excess", "portfolio-excess"),
    ]
    used = _in_competitions(member, now)
    return [*charts, used] if used else charts


def _by_type(
    shares: Sequence[TypeShare], amount: Callable[[TypeShare], Decimal], what: str, name: str
) -> Chart:
    """Turn-up of generation with turn-down of demand, or the other way round, by type of asset."""
    types = sorted({each.asset_type for each in shares})
    mw = {(each.asset_type, each.status): amount(each) for each in shares}
    totals = {kind: sum((mw.get((kind, status), ZERO) for status in IN_USE), ZERO) for kind in types}
    types.sort(key=lambda kind: -totals[kind])
    whole = sum(totals.values(), ZERO)
    series = [
        (str(status.label), COLOURS[status], [mw.get((kind, status), ZERO) for kind in types])
        for status in IN_USE
    ]
    most = f", most of it {types[0]} with {grouped_text(totals[types[0]])} MW" if whole else ""
    return Chart(
        title=f"What do your assets offer {what}?",
        unit="MW by type",
        sentence=f"{grouped_text(whole)} MW {what}{most}",
        options=stacked_rows(types, series, "MW"),
        head=("Type", *(f"{status.label} (MW)" for status in IN_USE), "Together (MW)"),
        rows=[
            (
                kind,
                *(grouped_text(mw.get((kind, status), ZERO)) for status in IN_USE),
                grouped_text(totals[kind]),
            )
            for kind in types
        ],
        name=name,
    )


def _in_competitions(member: Member, now: datetime) -> Chart | None:
    """Own eligible capacity in the live competitions that concern the company, beside what they require."""
    found = list(competitions_that_concern(member, now)[:MOST_COMPETITIONS])
    if not found:
        return None
    ids = [each.pk for each in found]
    required = largest_windows(ids)
    own = eligible_mw(competition_ids=ids, provider_ids=[member.organisation_id])
    eligible = [own.get((each.pk, member.organisation_id), ZERO) for each in found]
    needed = [required.get(each.pk, ZERO) for each in found]
    with_any = sum(mw > 0 for mw in eligible)
    return Chart(
        title="Where does it count?",
        unit="MW or MVAr, the largest window of each live competition",
        sentence=f"Eligible in {with_any} of {counted(len(found), 'live competition')}",
        options=grouped_bars(
            [each.ref for each in found],
            [("Required", "--s-required", needed), ("Yours, eligible", "--s-eligible", eligible)],
            "MW",
        ),
        head=("Competition", "Required", "Yours, eligible"),
        rows=[
            (each.ref, grouped_text(need), grouped_text(mw))
            for each, need, mw in zip(found, needed, eligible, strict=True)
        ],
        name="portfolio-in-competitions",
    )
