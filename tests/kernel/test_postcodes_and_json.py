"""The normal form of a postcode, and of JSON that digests are taken over."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from marketplace.canonical_json import canonical_json
from marketplace.postcodes import is_postcode, is_sector, normal_postcode, postcode_of
from tests.support.apps import PACKAGES as APPS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("text", "code", "normal"),
    [
        ("eh218re", "EH21 8RE", "EH21 8RE"),
        (" EH2 1  8RE\u00a0", "EH21 8RE", "EH21 8RE"),
        ("W1A1AA", "W1A 1AA", "W1A 1AA"),
        ("eh21 8", None, "EH21 8"),
        ("Musselburgh", None, "MUSSELBURGH"),
        ("", None, ""),
    ],
)
def test_a_postcode_has_one_normal_form(text, code, normal):
    assert postcode_of(text) == code
    assert normal_postcode(text) == normal


def test_a_sector_is_no_postcode_and_a_postcode_no_sector():
    assert (is_postcode("EH21 8RE"), is_sector("EH21 8RE")) == (True, False)
    assert (is_postcode("EH21 8"), is_sector("EH21 8")) == (False, True)


def test_equal_values_have_one_json_text():
    summer = datetime(2026, 7, 1, 13, tzinfo=ZoneInfo("Europe/London"))
    text = '{"at":"2026-07-01T12:00:00+00:00","price":"2.50","who":"Łódź"}'
    assert canonical_json({"who": "Łódź", "price": Decimal("2.50"), "at": summer}) == text
    assert canonical_json({"at": summer.astimezone(UTC), "price": Decimal("2.50"), "who": "Łódź"}) == text


def test_escaped_json_can_be_encoded_whatever_text_is_in_it():
    assert canonical_json("\ud800Ł", escaped=True).encode() == b'"\\ud800\\u0141"'


def modules_with(pattern):
    files = [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]
    return {
        path.relative_to(ROOT).as_posix()
        for path in files
        if re.search(pattern, path.read_text(encoding="utf-8"))
    }


def test_no_other_module_knows_what_a_postcode_looks_like():
    assert modules_with(r"\[A-Z\]\{1,2\}") == {"marketplace/postcodes.py"}


def test_no_other_module_makes_json_of_its_own_for_a_digest():
    released = "contracts/domain/open_contracting.py"  # the ids of releases that are out
    assert modules_with(r"sort_keys=True") == {"marketplace/canonical_json.py", released}
