"""Numbers are shown in one way each, and in one module."""

import ast
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from marketplace import numbers
from marketplace.units import capacity_unit
from tests.support.apps import PACKAGES as APPS

ROOT = Path(__file__).parents[2]
ELSEWHERE = {
    "bidding/domain/gate/receipts.py": "the digits that a receipt's digest is taken over",
    "competitions/domain/places/areas.py": "the digits that are stored",
    "competitions/domain/places/live_map.py": "part of a cache key",
    "competitions/domain/places/postcodes.py": "coordinates for the database",
    "marketplace/demo.py": "the terminal",
    "api/picloflex/door.py": "numbers in the shapes of another platform, for programs",
    "marketplace/geo/plausible.py": "degrees of a coordinate",
    "marketplace/geo/shapes.py": "a projection's parameters",
    "bidding/presenters/merit_order_file.py": "cells of a CSV, for programs",
    "marketplace/web/figures.py": "coordinates of a drawing",
    "marketplace/numbers.py": "the one place",
    "qualification/domain/dps/questions.py": "the digits that are kept of an answer",
    "qualification/presenters/map_points.py": "coordinates for a map",
}
SHOWN = re.compile(r",|\.\{?\d*\}?[f%]|%$")
TEMPLATE_FILTERS = re.compile(r"\|(floatformat|intcomma)\b")


def spellings(source):
    """Lines with a number format of their own: in an f-string, by ``format`` or by ``normalize()``."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and node.format_spec is not None:
            spec = "".join(
                part.value if isinstance(part, ast.Constant) else "{}" for part in node.format_spec.values
            )
            own = bool(SHOWN.search(spec)) and "%d" not in spec and "%H" not in spec
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "format":
            own = True
        else:
            own = (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "normalize"
                and not node.args
            )
        if own:
            yield node.lineno


def test_no_other_module_formats_numbers():
    found = set()
    for app in APPS:
        for path in (ROOT / app).rglob("*.py"):
            if "migrations" not in path.parts and any(spellings(path.read_text(encoding="utf-8"))):
                found.add(path.relative_to(ROOT).as_posix())
    found.discard("marketplace/calendar.py")  # rounds hours, shows none
    assert found == set(ELSEWHERE), "use marketplace.numbers, or say here why not"


@pytest.mark.parametrize(
    "source",
    ['f"{x:,}"', 'f"{x:,.2f}"', 'f"{x:.1f} %"', 'f"{x:.{places}f}"', "x.normalize()", 'format(x, ",")'],
)
def test_a_number_format_outside_is_found(source):
    assert list(spellings(source)) == [1]


def test_dates_padding_and_plain_text_are_no_number_formats():
    source = 'f"{day:%d %B %Y} {minutes:02} {name:>10} {name}"\nunicodedata.normalize("NFKC", text)'
    assert list(spellings(source)) == []


def test_templates_format_numbers_by_the_filters_over_the_one_module():
    pages = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.txt")]
    assert [path.name for path in pages if TEMPLATE_FILTERS.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        (numbers.count_text(1234567), "1,234,567"),
        (numbers.counted(1, "asset"), "1 asset"),
        (numbers.counted(1200, "entry", "entries"), "1,200 entries"),
        (numbers.short_count_text(999), "999"),
        (numbers.short_count_text(1234), "1.2k"),
        (numbers.short_count_text(12345), "12k"),
        (numbers.exact_text(Decimal("1234.500000")), "1234.5"),
        (numbers.exact_text(Decimal("1E+3")), "1000"),
        (numbers.exact_text(Decimal("100")), "100"),
        (numbers.exact_text(Decimal("-0.000")), "0"),
        (numbers.exact_text(None), ""),
        (numbers.grouped_text(Decimal("1234.500000")), "1,234.5"),
        (numbers.grouped_text(1000), "1,000"),
        (numbers.power_text(Decimal("12.500000"), "MVAr"), "12.5 MVAr"),
        (numbers.money_text(Decimal("1234.5")), "£1,234.50"),
        (numbers.money_text(Decimal("1234.5"), "CHF"), "CHF 1,234.50"),
        (numbers.money_text(Decimal("-10")), "-£10.00"),
        (numbers.money_text(Decimal("-1234.5"), "CHF"), "-CHF 1,234.50"),
        (numbers.area_text(1234.567), "1,234.57 km²"),
        (numbers.hours_text(990), "16.5 h"),
        (numbers.clock_length(timedelta(hours=26, minutes=3)), "26:03"),
        (numbers.clock_length(timedelta(seconds=30)), "0:00:30"),
        (numbers.percent_of(Decimal("2.99"), Decimal("3")), 99),
        (numbers.percent_of(7, 3), 100),
        (numbers.percent_of(1, 0), 0),
    ],
)
def test_a_number_is_shown_as(shown, text):
    assert shown == text


UNIT_CHOSEN = re.compile(r"""["']MVAr["']\s+if\b|%\}\s*MVAr\s*\{%""")


def test_mw_or_mvar_is_chosen_in_one_place():
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py")] + list(
        (ROOT / "templates").rglob("*.html")
    )
    choosing = [path.name for path in files if UNIT_CHOSEN.search(path.read_text(encoding="utf-8"))]
    assert choosing == ["units.py"]


@pytest.mark.parametrize(
    ("field", "unit"),
    [
        ("reactive_export_mvar", "MVAr"),
        ("reactive_import_mvar", "MVAr"),
        ("generation_turn_up_mw", "MW"),
        ("demand_turn_down_mw", "MW"),
    ],
)
def test_a_capacity_is_in_mw_or_of_reactive_power_in_mvar(field, unit):
    assert capacity_unit(field) == unit


@pytest.mark.parametrize(
    ("minutes", "hours"), [(0, "0"), (90, "1.5"), (100, "1.6667"), (6000, "100"), (20, "0.3333")]
)
def test_hours_are_shown_with_up_to_four_decimals(minutes, hours):
    assert str(numbers.hours_of(minutes)) == hours
    assert isinstance(numbers.hours_of(minutes), Decimal)
