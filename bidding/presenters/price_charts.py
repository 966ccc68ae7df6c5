"""The prices of past competitions as charts for everybody, a chart for each product."""

from datetime import datetime
from decimal import Decimal

from bidding.domain.results.past_prices import (
    PRICES,
    PaidPrice,
    areas_with_prices,
    past_prices,
    state_of_prices,
)
from competitions.presenters.market_data import PriceCharts
from marketplace import memo
from marketplace.dates import day_text
from marketplace.numbers import exact_text
from marketplace.seen import mark_of
from marketplace.units import currency_sign
from marketplace.web.charts import Chart, lines

KEPT_SECONDS = 24 * 3600
TITLES = {
    "availability_price": ("What was paid for availability?", "/MW/h"),
    "utilisation_price": ("What was paid for utilisation?", "/MWh"),
    "service_fee": ("What was paid as a service fee?", "/MW"),
}


def price_charts(area: str, now: datetime) -> PriceCharts:
    """The charts for an area, or for all with a blank one; worked out once for all visitors."""
    key = f"bidding.prices.{mark_of([state_of_prices(now), area])}"
    found: PriceCharts | None = memo.cache_get(key)
    if found is None:
        areas = areas_with_prices(now)
        chosen = area if area in areas else ""
        paid = past_prices(now, area=chosen)
        charts = [
            _chart(
                product, currency, [each for each in own if each.competition.operator.currency == currency]
            )
            for product in PRICES
            for own in [[each for each in paid if each.product == product]]
            for currency in sorted({each.competition.operator.currency for each in own})
        ]
        found = PriceCharts(charts, areas, chosen)
        memo.cache_set(key, found, KEPT_SECONDS)
    return found


def _chart(product: str, currency: str, paid: list[PaidPrice]) -> Chart:
    title, per = TITLES[product]
    unit = f"{currency_sign(currency)}{per}"
    last = paid[-1]
    names = [each.competition.ref for each in paid]
    series = [
        ("Highest accepted", "--s-offered", [each.highest for each in paid]),
        ("Average, by MW", "--s-accepted", [each.average for each in paid]),
        ("Lowest accepted", "--s-entered", [each.lowest for each in paid]),
    ]
    many = f"{len(paid)} competition{'' if len(paid) == 1 else 's'}"
    return Chart(
        title=title,
        unit=f"{unit}, accepted bids by competition",
        sentence=f"{many}; in the latest, {last.competition.ref}, {_money(last.average)} {unit} on average",
        options=lines(names, series, unit),
        head=(
            "Competition",
            "Product",
            "Confirmed",
            f"Lowest ({unit})",
            f"Average ({unit})",
            f"Highest ({unit})",
            "MW",
            "Bids",
        ),
        rows=[
            (
                each.competition.ref,
                each.competition.product_type or each.competition.get_need_type_display(),
                day_text(each.competition.confirmed_at) if each.competition.confirmed_at else "",
                _money(each.lowest),
                _money(each.average),
                _money(each.highest),
                exact_text(each.accepted_mw),
                str(each.bids),
            )
            for each in paid
        ],
        name=f"{product.replace('_', '-')}-{currency.lower()}",
    )


def _money(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01')):f}"
