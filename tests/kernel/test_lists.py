"""The one way to list, and that no page lists in another way."""

import re
from pathlib import Path

import pytest
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory

from accounts.models import Organisation
from marketplace.web.lists import Column, List, NumberColumn, SelectColumn, UnorderedList, page_of
from tests.support.apps import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
OWN_TABLES = {
    "operations/answer_desk.html": "a sheet to type answers into, one body a window",
    "operations/availability.html": "a sheet to type MW into, a column a day",
    "operations/emergency_stop.html": "a form in rows",
    "operations/map_readings.html": "the first rows of a file, whose columns nobody knows yet",
    "operations/plan.html": "dispatches with their sum at the foot",
    "operations/unit_readings.html": "the calendar of a month",
    "settlement/document.html": "a sum that ends in a total, under the lines it adds",
    "bidding/ballot_form.html": "a sheet to type bids into, one body a service window, that a script adds up",
    "bidding/_desk_bids.html": "a sheet of decisions in its rows, with sums at its foot",
    "bidding/_desk_why.html": "two sums beside each other, each with its total",
    "bidding/_home_cover.html": "bars in a panel of the start page, at most a dozen",
    "bidding/_home_part.html": "a panel of the start page, at most a dozen rows",
    "bidding/_window_results.html": "windows with bars, folded by service period",
    "competitions/_home_timeline.html": "a timeline in rows",
    "competitions/_terms_curve.html": "the figures of a curve, beside it",
    "competitions/_windows.html": "windows folded by service period",
    "competitions/change_many.html": "what would change, before and after, several rows a competition",
    "competitions/competition.html": "two columns that a tab sets beside each other",
    "competitions/map_sources.html": "written text",
    "competitions/plan.html": "a form in rows",
    "competitions/round.html": "a timeline and a table with columns of other apps, in rows of one object",
    "components/chart_panel.html": "the figures of a chart",
    "components/heat_panel.html": "the figures of a heat map",
    "contracts/_home_service.html": "a timeline in rows",
    "qualification/_competition_part.html": "the first rows of a list that the panel leads to",
    "notifications/mail.html": "mail programs lay out by tables",
}
RIVERS = [
    {"pk": 1, "name": "Tees", "km": 137},
    {"pk": 2, "name": "<Wear>", "km": 96},
    {"pk": 3, "name": "Tyne", "km": 1180},
]


class Rivers(List):
    caption = "Rivers"
    per_page = 2
    file_name = "rivers"

    select = SelectColumn(form="chosen", field="rivers", box="river-box", accessor="pk", label="name")
    name = Column("River", accessor="name", sort="name")
    km = NumberColumn("Length", accessor="km", sort="km", file_title="Length (km)")
    act = Column("Open", unseen=True)

    def is_selectable(self, record):
        return record["name"] != "Tyne"


PAGE = """{% load lists %}{% list river in listing %}{% row %}id="r-{{ river.pk }}"
{% cell "act" %}<a href="/{{ river.pk }}">Open</a>{% endlist %}"""


def asked(query="", **options):
    request = RequestFactory().get(f"/rivers/{query}")
    return Rivers(RIVERS, request=request, **options), request


def drawn(text, context):
    return re.sub(r"\s+", " ", Template(text).render(Context(context)))


def test_a_list_draws_its_columns_with_values_and_with_the_cells_that_the_page_declares():
    listing, request = asked()
    shown = drawn(PAGE, {"listing": listing, "request": request})
    assert re.findall(r'<th scope="col"[^>]*>(.*?)</th>', shown)[1:] == [
        '<a href="?sort=name">River</a>',
        '<a href="?sort=km">Length</a>',
        '<span class="sr">Open</span>',
    ]
    assert '<tr id="r-2">' in shown
    assert '<th scope="row" class="p-wide">&lt;Wear&gt;</th>' in shown
    assert '<td class="num" data-l="Length">137</td>' in shown
    assert '<td><a href="/1">Open</a></td>' in shown
    assert 'role="region" aria-label="Rivers"' in shown
    assert "1 to 2 of 3 rows" in shown


def test_a_list_sorts_by_what_the_address_asks_for_and_goes_back_to_its_first_page():
    listing, request = asked("?sort=-km&page=2&show=all")
    assert [river["name"] for river in listing.records] == ["<Wear>"]
    shown = drawn(PAGE, {"listing": listing, "request": request})
    assert (
        '<th scope="col" class="num" aria-sort="descending"><a href="?sort=km&amp;show=all">Length</a>'
        in shown
    )


@pytest.mark.parametrize("sort", ["nothing", "act", "-", "km__x", ""])
def test_a_list_keeps_its_order_when_the_address_asks_for_one_that_it_does_not_have(sort):
    listing, _ = asked(f"?sort={sort}")
    assert [river["name"] for river in listing.records] == ["Tees", "<Wear>"]


@pytest.mark.parametrize(("number", "names"), [("2", ["Tyne"]), ("99", ["Tyne"]), ("x", ["Tees", "<Wear>"])])
def test_a_page_that_does_not_exist_is_the_nearest_that_does(number, names):
    listing, _ = asked(f"?page={number}")
    assert [river["name"] for river in listing.records] == names


def test_a_row_that_can_be_chosen_has_a_box_of_the_page_s_form_and_the_head_has_one_for_all():
    listing, request = asked("?sort=-km", chosen=["1"])
    shown = drawn(PAGE, {"listing": listing, "request": request})
    assert 'data-check-all=".river-box" aria-label="Select all"' in shown
    boxes = re.findall(r'<input class="check river-box"[^>]*>', shown)
    assert len(boxes) == 1
    assert 'form="chosen" name="rivers" value="1" checked aria-label="Select Tees"' in boxes[0]


def test_the_file_of_a_list_holds_all_pages_in_the_order_shown_and_nothing_that_a_spreadsheet_evaluates():
    listing, _ = asked("?sort=-km&page=2&download=csv")
    assert listing.is_download
    listing.paginator.object_list.append({"pk": 4, "name": "=1+1", "km": 3})
    answer = listing.download()
    assert answer["Content-Disposition"] == 'attachment; filename="rivers.csv"'
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines == ["River,Length (km)", "Tyne,1180", "Tees,137", "<Wear>,96", "'=1+1,3"]


@pytest.mark.django_db
def test_rows_without_an_order_are_not_cut_into_pages():
    unordered = Organisation.objects.order_by()
    with pytest.raises(UnorderedList):
        page_of(unordered, 1)
    with pytest.raises(UnorderedList):
        Rivers(unordered, request=RequestFactory().get("/"))
    assert list(page_of(unordered.order_by("pk"), 1)) == []


@pytest.mark.django_db
def test_equal_rows_keep_their_places_from_page_to_page():
    class Companies(List):
        kind = Column("Kind", accessor="kind", sort="kind")

    listing = Companies(Organisation.objects.order_by("name"), request=RequestFactory().get("/?sort=-kind"))
    assert listing.paginator.object_list.query.order_by == ("-kind", "pk")


def test_a_page_can_t_draw_a_cell_of_a_column_that_is_not_declared():
    listing, request = asked()
    with pytest.raises(TemplateSyntaxError, match="no column mouth"):
        drawn('{% load lists %}{% list r in listing %}{% cell "mouth" %}x{% endlist %}', {"listing": listing})
    with pytest.raises(TemplateSyntaxError, match="act has neither a value nor a cell"):
        drawn(
            "{% load lists %}{% list r in listing %}{% endlist %}", {"listing": listing, "request": request}
        )


def test_a_column_without_a_title_is_refused():
    with pytest.raises(TemplateSyntaxError, match="A column has a title"):
        drawn('{% load lists %}{% table r in rivers %}{% col "" %}x{% endtable %}', {"rivers": []})


def test_a_table_of_a_page_shows_the_columns_that_hold_for_the_reader_and_labels_them_on_cards():
    text = """{% load lists %}{% table name, km in rivers label="Rivers" nothing="None." %}
        {% col "River" head %}{{ name }}
        {% col "Length" number if is_told %}{{ km }}
        {% col "Source" if not is_told %}?
        {% col "Place" %}{{ forloop.counter }}
    {% endtable %}"""
    rivers = [("Tees & co", 137), ("Wear", "")]
    shown = drawn(text, {"rivers": rivers, "is_told": True})
    assert (
        '<th scope="row" class="p-wide">Tees &amp; co</th><td class="num" data-l="Length">137</td><td data-l="Place">1</td>'
        in shown
    )
    assert '<td class="num" data-blank></td>' in shown
    assert "rows-phone" in shown
    told = drawn(text, {"rivers": rivers, "is_told": False})
    assert "Length" not in told
    assert ">?</td>" in told
    assert "None." in drawn(text, {"rivers": [], "is_told": True})


def test_a_list_says_what_rows_have_in_common_once_above_them():
    listing, request = asked()
    text = '{% load lists %}{% list r in listing %}{% group %}River{% cell "act" %}x{% endlist %}'
    shown = drawn(text, {"listing": listing, "request": request})
    assert shown.count('<tr class="group"><th colspan="4" scope="rowgroup">River</th>') == 1


def test_no_template_writes_a_table_by_hand_but_those_that_have_a_reason():
    templates = ROOT / "templates"
    found = {
        path.relative_to(templates).as_posix()
        for path in templates.rglob("*.html")
        if "<table" in path.read_text()
    }
    assert found - {"components/table.html"} == set(OWN_TABLES)


PAGED_SHEETS = {
    "operations/views/answers.py",  # windows, each with what providers declare for it
    "operations/views/availability.py",  # contracts as rows of a sheet to type into
}


def test_nothing_but_the_component_and_sheets_cut_rows_into_pages():
    found = {
        path.relative_to(ROOT).as_posix()
        for app in PACKAGES
        for path in (ROOT / app).rglob("*.py")
        if "Paginator(" in path.read_text()
    }
    assert found == {"marketplace/web/lists.py"} | PAGED_SHEETS
