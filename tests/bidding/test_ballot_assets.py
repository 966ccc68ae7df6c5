"""The assets of a ballot: they stay until their provider changes them, by page and by file, however many they
are."""

from decimal import Decimal
from io import BytesIO
from time import process_time
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from bidding.domain.ballots import named_assets
from bidding.domain.ballots.limits import OfferedAsset
from bidding.domain.ballots.named_assets import AssetNames
from bidding.domain.ballots.offers import BallotOffer
from bidding.domain.ballots.submitting import BallotRefused, assess_ballot, submit_ballot, submit_ballots
from bidding.exports.downloads import write_bids
from bidding.forms import ballots
from bidding.models import Ballot, BallotAsset, Bid
from bidding.workbooks.specs import ASSET_SHEET, BIDS, SHEET
from marketplace.errors import Refused
from marketplace.workbooks.write import write_template
from qualification.domain.assets.groups import put_into_group
from qualification.models import Asset
from tests.bidding.market import BIDDING, at, bid, market
from tests.qualification import market as base
from tests.support.ballot_files import check, row, upload
from tests.support.ballots import held, place
from tests.support.bidding_pages import get, post, sent, text_of

pytestmark = pytest.mark.django_db
MANY = 1_052


def with_many(count=MANY):
    """A market in which North has so many assets M0000.. of 0.001 MW, besides none other."""
    here = market(mw=())
    made = [
        base.an_asset(here.north.organisation, ref=f"M{number:04}", generation_turn_up_mw=Decimal("0.001"))
        for number in range(count)
    ]
    Asset.objects.bulk_create(made, batch_size=2000)
    here.assets |= {asset.ref: asset for asset in made}
    return here


def grouped(here, ref, *refs):
    with at(BIDDING) as now:
        put_into_group(by=here.north, asset_ids=here.ids(*refs), ref=ref, now=now)


def downloaded(here) -> bytes:
    target = BytesIO()
    with at(BIDDING) as now:
        write_bids(here.north, target, now=now)
    return target.getvalue()


def edited(data: bytes, header: str, value) -> bytes:
    """The file with another value in every filled cell of a column."""
    book = load_workbook(BytesIO(data))
    sheet = book[SHEET]
    column = [cell.value for cell in sheet[1]].index(header) + 1
    for number in range(2, sheet.max_row + 1):
        if sheet.cell(number, column).value is not None:
            sheet.cell(number, column).value = value
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def outcome(plan):
    return [(change.action, change.fields) for change in plan.changes]


def errors(plan):
    return [
        (each.sheet, each.row, each.column, each.message) for each in plan.problems if each.level == "error"
    ]


@pytest.mark.slow
def test_1051_of_1052_assets_upload_back_unchanged_and_a_price_in_the_file_changes_no_asset():
    here = with_many()
    left = "M0007"
    place(here, refs=[ref for ref in here.assets if ref != left], bids=[bid(here.windows[0])])
    data = downloaded(here)
    book = load_workbook(BytesIO(data))
    assert book[ASSET_SHEET].max_row == 1 + MANY - 1
    assert {cell.value for cell in book[SHEET]["J"]} == {"Assets", None}
    plan = check(here, data)
    assert (outcome(plan), plan.problems) == ([("unchanged", ())], [])
    plan = upload(here, edited(data, "Utilisation Price (£/MWh)", 11))
    [(action, fields)] = outcome(plan)
    assert (action, [name for name, _, _ in fields]) == ("update", ["Winter/Window 0"])
    assert left not in held(here.north)["1"]
    assert (len(held(here.north)["1"]), Bid.objects.get().utilisation_price) == (MANY - 1, 11)
    plan = check(here, edited(data, "Assets", None))
    assert [name for name, _, _ in plan.changes[0].fields] == ["Winter/Window 0"]
    cells = [row(here, capacity=Decimal(1), assets=("all",))]
    assert ("Assets", "1,051 assets", "1,052 assets, +1 −0: added M0007") in check(here, cells).changes[
        0
    ].fields


@pytest.mark.slow
def test_a_price_edited_on_the_page_changes_no_asset_of_1051(client, settings):
    here = with_many()
    ballot = place(here, refs=[ref for ref in here.assets if ref != "M0007"]).ballot
    page = get(client, here.north, "edit", ballot.pk)
    form = page.context["form"]
    assert form.initial["choice"] == "keep"
    assert "1,051, together 1.051 MW" in text_of(page)
    assert "1 more is in no ballot" in text_of(page)
    assert len(page.content) < 150_000
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 50
    data = sent(here, (0, "1", "12"), choice="keep")
    shown = post(client, here.north, "check", data, here.competition.pk, ballot.pk)
    assert "1,051 assets, together 1.051 MW" in text_of(shown)
    confirmed = data | {"picked": shown.context["picked"].digest}
    post(client, here.north, "place", confirmed, here.competition.pk, ballot.pk)
    assert (Bid.objects.get().utilisation_price, len(held(here.north)["1"])) == (12, 1_051)
    assert "M0007" not in held(here.north)["1"]


def test_of_many_assets_refs_groups_and_what_is_found_are_added_and_left_out(client):
    here = with_many(100)
    grouped(here, "Fleet", *[f"M{number:04}" for number in range(50)])
    path = here.competition.pk
    page = get(client, here.north, "new", path)
    assert "assets" not in page.context["form"].fields
    assert "Fleet (50, together 0.05 MW)" in text_of(page)
    data = sent(here, (0, "0.01", "1"), choice="some") | {"groups": ["Fleet"], "add": "m0060, M0061\nM0062"}
    data |= {"leave_out": "M0001", "find": "M009", "found": "add"}
    again = post(client, here.north, "again_new", data, path)
    assert again.context["found"].refs == [f"M009{number}" for number in range(10)]
    data["add"] = again.context["form"]["add"].value()
    picked = post(client, here.north, "pick_new", data, path)
    assert "62 assets" in text_of(picked)
    shown = post(client, here.north, "check_new", data, path)
    post(client, here.north, "place_new", data | {"picked": shown.context["picked"].digest}, path)
    wanted = {f"M{number:04}" for number in [*range(50), 60, 61, 62, *range(90, 100)]} - {"M0001"}
    assert held(here.north) == {"1": wanted}


def test_an_unknown_ref_or_group_is_told_at_its_field(client):
    here = with_many(100)
    data = sent(here, (0, "0.01", "1"), choice="some") | {"add": "M0001, NONE", "leave_out": "group:X"}
    form = post(client, here.north, "check_new", data, here.competition.pk).context["form"]
    ref = here.competition.ref
    assert form.errors["add"] == [f"Not among your qualified assets in {ref}: NONE."]
    assert form.errors["leave_out"] == [f"You have no such group with assets qualified in {ref}: group:X."]
    nothing = sent(here, (0, "0.01", "1"), choice="some")
    form = post(client, here.north, "check_new", nothing, here.competition.pk).context["form"]
    assert form.errors["add"] == ["Choose at least one asset, or take all."]


@pytest.mark.parametrize("named", [{"groups": ["Fleet"]}, {"add": "M0060, group:Fleet"}])
def test_all_assets_with_some_named_as_well_are_asked_about_and_not_all_taken(client, named):
    here = with_many(62)
    grouped(here, "Fleet", "M0000", "M0001")
    data = sent(here, (0, "0.001", "1"), choice="all") | named
    form = post(client, here.north, "check_new", data, here.competition.pk).context["form"]
    assert form.errors["choice"] == [
        "All assets are chosen, and some are named as well. To bid with the named ones alone choose “Only those named "
        "below”; to bid with all of them name none."
    ]
    post(client, here.north, "place_new", data, here.competition.pk)
    assert not Ballot.objects.exists()


def test_adding_what_is_found_while_all_are_chosen_means_those_found(client):
    here = with_many(62)
    data = sent(here, (0, "0.001", "1"), choice="all") | {"find": "M000", "found": "add"}
    page = post(client, here.north, "again_new", data, here.competition.pk)
    assert (page.context["form"].initial["choice"], len(page.context["picked"].assets)) == ("some", 10)
    page = post(client, here.north, "again_new", data | {"found": "leave_out"}, here.competition.pk)
    assert (page.context["form"].initial["choice"], len(page.context["picked"].assets)) == ("all", 52)


def test_what_is_placed_is_what_was_shown(client):
    here = market()
    grouped(here, "Fleet", "N1", "N2")
    data = sent(here, (0, "1", "1"), choice="some") | {"groups": ["Fleet"]}
    shown = post(client, here.north, "check_new", data, here.competition.pk)
    assert "2 assets: N1, N2, together 3 MW" in text_of(shown)
    grouped(here, "Fleet", "N3")
    done = post(
        client,
        here.north,
        "place_new",
        data | {"picked": shown.context["picked"].digest},
        here.competition.pk,
    )
    assert "no longer those that were shown" in text_of(done)
    assert not Ballot.objects.exists()


def checked_and_placed(client, here, data, ballot=None, meanwhile=lambda: None):
    """The page after a ballot was checked, something else happened, and it was placed as it was shown."""
    path = [here.competition.pk, *([ballot.pk] if ballot else [])]
    kind = "" if ballot else "_new"
    shown = post(client, here.north, f"check{kind}", data, *path)
    told = {"picked": shown.context["picked"].digest, "version": shown.context["version"]}
    meanwhile()
    return text_of(post(client, here.north, f"place{kind}", data | told, *path))


UNSEEN = "was placed, changed or withdrawn since your page was made"


def test_a_new_ballot_does_not_replace_one_that_came_under_its_label_unseen(client):
    here = market()
    mine, theirs = sent(here, (0, "1", "10")), [bid(here.windows[1])]
    assert UNSEEN in checked_and_placed(client, here, mine, meanwhile=lambda: place(here, bids=theirs))
    assert Bid.objects.get().window == here.windows[1]
    assert UNSEEN not in checked_and_placed(client, here, mine)  # now that page said that it replaces it
    assert Bid.objects.get().window == here.windows[0]


def test_a_change_does_not_undo_a_colleagues_that_came_after_its_page(client):
    here = market()
    ballot = place(here, bids=[bid(here.windows[0])]).ballot
    mine, theirs = sent(here, (0, "1", "10"), choice="keep"), [bid(here.windows[1])]
    assert UNSEEN in checked_and_placed(client, here, mine, ballot, lambda: place(here, bids=theirs))
    assert Bid.objects.get().window == here.windows[1]


def test_the_same_ballot_placed_from_two_tabs_is_placed_once(client):
    here = market()
    mine = sent(here, (0, "1", "10"))

    def other_tab():
        checked_and_placed(client, here, mine)

    assert "already stood like this" in checked_and_placed(client, here, mine, meanwhile=other_tab)
    assert Ballot.objects.get().version == 1


def test_refs_with_commas_are_read_in_time_that_grows_with_the_text():
    key, other = uuid4(), uuid4()
    assets = {key: OfferedAsset("x," * 31 + "y", Decimal(1)), other: OfferedAsset("x", Decimal(1))}
    names = AssetNames.of(assets)
    began = process_time()
    told = names.read(["x"] * 20_000 + ["y"])
    assert process_time() - began < 2
    assert (told.refs, told.unknown) == ({key, other}, ())


def test_a_cell_that_comes_again_is_read_once_and_a_file_of_endless_cells_is_refused(monkeypatch):
    assets = {key: OfferedAsset(f"A{key}", Decimal(1)) for key in range(100)}
    names = AssetNames.of(assets)
    cell = tuple(asset.ref for asset in assets.values())
    first = names.read(cell)
    monkeypatch.setattr(AssetNames, "_read", None)
    assert all(names.read(list(cell)) is first for _ in range(1000))
    monkeypatch.undo()
    monkeypatch.setattr(named_assets, "MOST_PARTS", 250)
    assert names.read(cell[:99]).refs == frozenset(range(99))
    with pytest.raises(Refused, match="give the assets in the sheet Ballot Assets"):
        names.read(cell[1:])


def test_more_refs_than_anybody_types_are_refused(client, monkeypatch):
    monkeypatch.setattr(ballots, "MOST_NAMED", 2)
    here = with_many(100)
    data = sent(here, (0, "0.01", "1"), choice="some") | {"add": "M0001, M0002, M0003"}
    form = post(client, here.north, "check_new", data, here.competition.pk).context["form"]
    assert form.errors["add"] == ["At most 2 refs can be typed here; use the bids file for more."]


def test_a_group_in_a_cell_stands_for_its_assets_that_no_other_ballot_holds():
    here = market()
    grouped(here, "North, fleet", "N1", "N2")
    place(here, label="A", refs=["N1"])
    plan = upload(here, [row(here, ballot="B", assets=("N3", "GROUP: north", "fleet"))])
    assert errors(plan) == []
    assert held(here.north) == {"A": {"N1"}, "B": {"N2", "N3"}}
    grouped(here, "Other", "N2")
    data = downloaded(here)
    assert [change.action for change in check(here, data).changes] == ["unchanged", "unchanged"]


def test_ballots_of_one_file_may_swap_groups_and_two_that_name_one_are_both_refused():
    here = market()
    grouped(here, "X", "N1")
    grouped(here, "Y", "N2")
    place(here, label="A", refs=["N1"])
    place(here, label="B", refs=["N2"])
    upload(here, [row(here, ballot="A", assets=("group:Y",)), row(here, ballot="B", assets=("group:X",))])
    assert held(here.north) == {"A": {"N2"}, "B": {"N1"}}
    plan = check(
        here, [row(here, ballot="A", assets=("group:Y",)), row(here, ballot="B", assets=("group:y",))]
    )
    assert [change.action for change in plan.changes] == ["refuse", "refuse"]


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (("group:NONE",), "You have no such group"),
        (("all", "N1"), "“all” stands alone"),
        (("NONE",), "Not among your qualified assets"),
    ],
)
def test_a_cell_that_names_nothing_is_refused_in_words(cell, sentence):
    here = market()
    plan = check(here, [row(here, assets=cell)])
    [(sheet, line, column, message)] = errors(plan)
    assert (sheet, line, column) == (SHEET, 2, "Assets")
    assert sentence in message


def test_a_blank_cell_keeps_the_assets_of_a_ballot_and_gives_a_new_one_all_that_are_free():
    here = market()
    place(here, label="A", refs=["N1"])
    upload(here, [row(here, ballot="A", utilisation_price=Decimal(99)), row(here, ballot="B")])
    assert held(here.north) == {"A": {"N1"}, "B": {"N2", "N3"}}


def with_sheet(here, rows, asset_rows) -> bytes:
    return write_template(BIDS, {SHEET: rows, ASSET_SHEET: asset_rows})


def asset_row(here, ref, ballot="1"):
    return {"ref": here.competition.ref, "ballot": ballot, "asset": ref}


def test_the_sheet_of_assets_names_those_of_its_ballots():
    here = market()
    rows = [row(here), row(here, ballot="b", assets=("N3",))]
    upload(here, with_sheet(here, rows, [asset_row(here, "n1"), asset_row(here, "N2", ballot=None)]))
    assert held(here.north) == {"1": {"N1", "N2"}, "b": {"N3"}}


def test_assets_in_the_cell_and_in_the_sheet_are_an_error():
    here = market()
    plan = check(here, with_sheet(here, [row(here, assets=("N1",))], [asset_row(here, "N1")]))
    [(sheet, line, column, message)] = errors(plan)
    assert (sheet, line, column) == (SHEET, 2, "Assets")
    assert "in one place" in message


def test_an_unknown_asset_in_the_sheet_refuses_its_ballot_at_its_row():
    here = market()
    rows = [row(here), row(here, ballot="B", assets=("N3",))]
    plan = check(here, with_sheet(here, rows, [asset_row(here, "N1"), asset_row(here, "S1")]))
    assert [(sheet, line, column) for sheet, line, column, _ in errors(plan)] == [
        (ASSET_SHEET, 3, "Asset Ref")
    ]
    assert [change.action for change in plan.changes] == ["refuse", "create"]


def test_rows_of_the_sheet_for_a_ballot_that_the_file_does_not_place_are_told():
    here = market()
    plan = check(
        here, with_sheet(here, [row(here)], [asset_row(here, "N1", "Z"), asset_row(here, "N2", "Z")])
    )
    [warning] = plan.problems
    assert (warning.level, warning.sheet, warning.row) == ("warning", ASSET_SHEET, 2)
    assert "and in 1 other rows" in warning.message
    assert held(here.north) == {}


def test_refs_that_a_cell_would_read_otherwise_stand_in_the_sheet():
    here = market()
    for number, ref in enumerate(("all", "group:X", "A", "B", "A, B")):
        here.assets[ref] = base.asset(here.north.organisation, ref=ref, y=0.1 + number / 10)
    grouped(here, "X", "N1")
    place(here, label="1", refs=["all"])
    place(here, label="2", refs=["group:X"])
    place(here, label="3", refs=["A", "B"])
    place(here, label="4", refs=["A, B", "N2"])
    data = downloaded(here)
    plan = check(here, data)
    assert ([change.action for change in plan.changes], plan.problems) == (["unchanged"] * 4, [])


def test_labels_that_differ_in_case_only_are_one_ballot():
    here = market()
    place(here, label="Fleet", refs=["N1"])
    upload(here, [row(here, ballot="FLEET ", capacity=Decimal("0.5"))])
    with at(BIDDING) as now:
        bids = [bid(here.windows[0], "0.25")]
        submit_ballot(
            by=here.north, competition=here.competition, label="fleet", asset_ids=None, bids=bids, now=now
        )
    assert (Ballot.objects.get().label, Bid.objects.get().capacity_mw) == ("Fleet", Decimal("0.25"))


def test_all_but_some_and_those_it_has_with_more():
    here = market()
    place(here, label="1", refs=["N1"])
    bids = (bid(here.windows[0]),)
    with at(BIDDING) as now:
        more = BallotOffer("1", frozenset(here.ids("N2")), bids, keeps=True)
        submit_ballots(by=here.north, competition=here.competition, offers=[more], now=now)
        assert held(here.north) == {"1": {"N1", "N2"}}
        but_one = BallotOffer("1", None, bids, without=frozenset(here.ids("N1")))
        submit_ballots(by=here.north, competition=here.competition, offers=[but_one], now=now)
        assert held(here.north) == {"1": {"N2", "N3"}}
        none = BallotOffer("1", frozenset(), bids, keeps=True, without=frozenset(here.ids("N2", "N3")))
        assert [
            each.field
            for each in assess_ballot(
                by=here.north, competition=here.competition, offer=none, now=now
            ).breaches
        ] == ["assets"]
        with pytest.raises(BallotRefused, match="None of your qualified assets"):
            submit_ballots(by=here.north, competition=here.competition, offers=[none], now=now)
    assert BallotAsset.objects.count() == 2
