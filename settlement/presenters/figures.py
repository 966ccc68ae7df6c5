"""The charts of what statements came to over the months."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from marketplace.dates import month_text
from marketplace.numbers import money_text, rounded_text
from marketplace.units import currency_sign
from marketplace.web.charts import Chart, grouped_bars
from settlement.domain.figures import Figures
from settlement.enums import LineKind

PARTS = (
    ("Availability and service fee", "--part-1", (LineKind.AVAILABILITY, LineKind.SERVICE_FEE)),
    ("Utilisation", "--part-2", (LineKind.UTILISATION,)),
    ("Penalties and corrections", "--red", (LineKind.PENALTY, LineKind.RELIEF, LineKind.CORRECTION)),
)
KWH = 1000


def paid_chart(months: Sequence[tuple[date, Figures]], currency: str) -> Chart:
    """What was paid, month by month, in parts."""
    names = [month_text(month) for month, _ in months]
    sums = [[_part(figures, kinds) for _, figures in months] for _, _, kinds in PARTS]
    total = sum((figures.total for _, figures in months), Decimal(0))
    sign = currency_sign(currency).strip()
    return Chart(
        title="What was paid",
        unit=f"{sign}, by month of service",
        sentence=f"{money_text(total, currency)} in {len(months)} months",
        options=_stacked(names, sums, sign),
        head=("Month", *(f"{name} ({sign})" for name, _, _ in PARTS), f"Total ({sign})"),
        rows=[
            (name, *(_money(part[place]) for part in sums), _money(months[place][1].total))
            for place, name in enumerate(names)
        ],
        name="paid-by-month",
    )


def delivered_chart(figures: Sequence[Figures], title: str, head: str, name: str) -> Chart:
    """Delivered beside requested energy of each group."""
    asked = [each.requested / KWH for each in figures]
    given = [each.delivered / KWH for each in figures]
    whole = sum(given, Decimal(0)), sum(asked, Decimal(0))
    share = f", {rounded_text(whole[0] / whole[1] * 100, 1)} %" if whole[1] else ""
    return Chart(
        title=title,
        unit="MWh",
        sentence=f"{_energy(whole[0])} of {_energy(whole[1])} MWh delivered{share}",
        options=grouped_bars(
            [each.name for each in figures],
            [("Requested", "--s-requested", asked), ("Delivered", "--s-metered", given)],
            "MWh",
        ),
        head=(head, "Requested (MWh)", "Delivered (MWh)", "Delivered of requested (%)"),
        rows=[
            (
                each.name,
                _energy(each.requested / KWH),
                _energy(each.delivered / KWH),
                "–" if each.share is None else rounded_text(each.share * 100, 1),
            )
            for each in figures
        ],
        name=name,
    )


def grouped_chart(figures: Sequence[Figures], by: str, currency: str) -> Chart:
    """Delivered beside requested energy of each group, and what was paid for it."""
    sign = currency_sign(currency).strip()
    found = delivered_chart(
        figures, f"Delivered of requested by {by.lower()}", by, f"figures-by-{by.lower()}"
    )
    return replace(
        found,
        name=found.name.replace(" ", "-"),
        head=(*found.head, f"Paid ({sign})"),
        rows=[(*row, _money(each.total)) for row, each in zip(found.rows, figures, strict=True)],
    )


def cost_chart(figures: Sequence[Figures], currency: str) -> Chart:
    """What was paid so far beside what the award expected in all, by competition."""
    sign = currency_sign(currency).strip()
    paid, expected = (
        sum((getattr(each, name) for each in figures), Decimal(0)) for name in ("total", "expected")
    )
    return Chart(
        title="Is it worth what was expected?",
        unit=f"{sign}, paid so far beside the expected cost of the whole award",
        sentence=f"{money_text(paid, currency)} paid of {money_text(expected, currency)} expected",
        options=grouped_bars(
            [each.name for each in figures],
            [
                ("Expected in all", "--s-required", [each.expected for each in figures]),
                ("Paid so far", "--s-accepted", [each.total for each in figures]),
            ],
            sign,
        ),
        head=("Competition", f"Expected in all ({sign})", f"Paid so far ({sign})", "Paid of expected (%)"),
        rows=[
            (
                each.name,
                _money(each.expected),
                _money(each.total),
                rounded_text(each.total / each.expected * 100, 1) if each.expected else "–",
            )
            for each in figures
        ],
        name="paid-against-expected",
    )


def _stacked(names: Sequence[str], sums: Sequence[Sequence[Decimal]], unit: str) -> dict[str, Any]:
    options = grouped_bars(
        names, [(name, colour, part) for (name, colour, _), part in zip(PARTS, sums, strict=True)], unit
    )
    for each in options["series"]:
        each["stack"] = "all"
    return options


def _part(figures: Figures, kinds: Sequence[LineKind]) -> Decimal:
    return sum((figures.paid.get(kind, Decimal(0)) for kind in kinds), Decimal(0))


def _money(amount: Decimal) -> str:
    return rounded_text(amount, 2)


def _energy(mwh: Decimal) -> str:
    return rounded_text(mwh, 3)
