"""The cells of qualification's lists say what they tell, and nothing that somebody typed becomes markup."""

import uuid
from types import SimpleNamespace as Thing

import pytest
from django.urls import reverse

from marketplace.web.addresses import address
from qualification import cells
from qualification.enums import AssetStanding, EntryState

EVIL = "<b>\"'&"
KEY = uuid.uuid4()
GROUP = Thing(pk=KEY, ref=EVIL)
COMPETITION = Thing(pk=KEY, ref="NORTH_1", name=EVIL, power_type="active")
ASSET = Thing(
    pk=KEY, ref=EVIL, name=EVIL, group=GROUP, status="operational", is_place_approximate=True,
)  # fmt: skip
LINE = Thing(
    asset=ASSET, competition=COMPETITION, standing=AssetStanding.NOT_ELIGIBLE, is_pending=False, in_buffer=True,
    is_frozen=False, reasons=(("size", EVIL),), why=[(EVIL, EVIL)], passed=("status",), passed_labels=[EVIL],
    kilometres=0.002, relevant_capacity_mw=1,
    override=Thing(decision="disqualify", reason=EVIL, copied_from=EVIL),
)  # fmt: skip
VERDICT = Thing(
    asset=ASSET, competition=COMPETITION, competition_id=KEY, in_buffer=True, relevant_capacity_mw=1
)
ROW = Thing(verdict=VERDICT, result=EVIL, colour="amber")
ENTRY = Thing(
    competition=COMPETITION, state=EntryState.UNDECIDED, label=EVIL, why_not=EVIL, eligible_mw=2, eligible_count=0,
    groups=[Thing(group=GROUP, assets=1, mw=1)],
)  # fmt: skip


@pytest.mark.parametrize(
    "html",
    [
        cells.asset_html(ASSET),
        cells.plain_asset_html(ASSET),
        cells.group_html(Thing(asset=ASSET)),
        cells.competition_html(COMPETITION),
        cells.plain_competition_html(COMPETITION),
        cells.entered_html(ENTRY),
        cells.result_html(ROW),
        cells.why_html(ROW),
        cells.entry_html(ENTRY),
        cells.eligible_assets_html(ENTRY),
        cells.reasons_html(LINE, explain=True),
    ],
)
def test_what_somebody_typed_is_escaped(html):
    assert "<b>" not in html
    assert "&lt;b&gt;&quot;&#x27;&amp;" in html


def test_reasons_say_what_fails_what_would_help_and_who_decided():
    html = cells.reasons_html(LINE, explain=True)
    for told in (
        "To pass: ",
        "Passes: ",
        "in the buffer",
        "Less than 10 m",
        "centre of its postcode",
        "Disqualified",
    ):
        assert told in html
    assert "To pass: " not in cells.reasons_html(LINE)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ({"is_pending": True}, "Its data changed."),
        ({"in_buffer": True}, "It passes all criteria; it lies in the buffer around the boundary."),
        ({"is_frozen": True}, "It passes all criteria. <div"),
    ],
)
def test_without_reasons_it_passes_or_is_being_judged(line, told):
    plain = {
        "is_pending": False,
        "in_buffer": False,
        "is_frozen": False,
        "kilometres": None,
        "override": None,
    }
    asset = Thing(is_place_approximate=False)
    assert cells.reasons_html(Thing(reasons=(), asset=asset, **plain | line)).startswith(told)


def test_an_asset_that_is_being_judged_again_has_no_standing_yet():
    assert "Being judged" in cells.standing_html(Thing(is_pending=True))
    assert AssetStanding.NOT_ELIGIBLE.label in cells.standing_html(LINE)


@pytest.mark.parametrize(
    ("page", "key"),
    [("qualification:asset", KEY), ("competitions:competition", "NORTH_1"), ("qualification:why", KEY)],
)
def test_an_address_is_the_one_of_the_page(page, key):
    assert address(page, key) == reverse(page, args=[key])
