"""docs/asvs.md is whole, and names what exists."""

import re
from collections import Counter

import pytest
from django.conf import settings

TEXT = (settings.BASE_DIR / "docs" / "asvs.md").read_text()
TABLES, AFTER = TEXT.split("## Written down")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TABLES.splitlines()
    if re.match(r"\| \d", line)
]
# Requirements of levels 1 and 2 in each chapter of version 5.0.0.
EACH = {
    1: 27,
    2: 11,
    3: 19,
    4: 10,
    5: 9,
    6: 35,
    7: 18,
    8: 7,
    9: 7,
    10: 29,
    11: 14,
    12: 9,
    13: 13,
    14: 9,
    15: 13,
}
EACH |= {16: 16, 17: 7}


def test_every_requirement_of_levels_one_and_two_is_there_once():
    numbers = [row[0] for row in ROWS]
    assert len(set(numbers)) == len(numbers) == 253
    assert Counter(int(number.split(".")[0]) for number in numbers) == EACH
    assert {len(row) for row in ROWS} == {4}


def test_the_figures_at_the_head_are_those_of_the_tables():
    lacking = sum("not held" in row[2].lower() for row in ROWS)
    foreign = sum("*does not apply*" in row[2] for row in ROWS)
    held = len(ROWS) - lacking - foreign
    assert f"{held} are held, {foreign} do not apply, and {lacking} are not held whole" in TEXT


def test_every_file_that_is_named_exists():
    named = set(re.findall(r"`([\w./-]+/[\w./-]+\.(?:py|js|html|md|yml))`", TEXT))
    assert len(named) > 60
    assert sorted(path for path in named if not (settings.BASE_DIR / path).exists()) == []


def test_every_setting_that_is_named_exists():
    named = {name for name in re.findall(r"`([A-Z][A-Z0-9_]{5,})`", TEXT) if "_" in name}
    known = (settings.BASE_DIR / "marketplace" / "settings.py").read_text()
    known += (settings.BASE_DIR / ".env.example").read_text()
    assert sorted(name for name in named if name not in known) == []


def test_what_is_not_held_is_listed_with_what_would_be_done():
    lacking = {row[0] for row in ROWS if "not held" in row[2].lower()}
    listed = AFTER.split("## Not held")[1]
    told = {
        number
        for line in re.findall(r"^\| ([\d., ]+) \|", listed, re.MULTILINE)
        for number in line.split(", ")
    }
    assert told == lacking


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([\w./-]+\.md)\)", TEXT))))
def test_every_page_that_is_linked_exists(link):
    assert (settings.BASE_DIR / "docs" / link).exists()


def test_every_test_that_the_page_on_security_rests_on_exists():
    text = (settings.BASE_DIR / "docs" / "security.md").read_text()
    named = set(re.findall(r"`(tests/[\w/.]+)`", text))
    assert len(named) > 20
    assert sorted(path for path in named if not (settings.BASE_DIR / path).exists()) == []
