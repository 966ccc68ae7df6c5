"""One declaration a column: what is derived from it fits the models that store it and the pages that show
it."""

import dataclasses
from datetime import timedelta

import pytest

from competitions.columns import BOUNDARY, HEADER, WINDOW
from competitions.columns.field import Field
from competitions.domain.setting_up.terms import WINDOW_COLUMNS, BoundaryPart, WindowTerms
from competitions.forms.typed import BufferForm, HeaderForm
from competitions.models import Competition, ServiceWindow
from competitions.presenters.facts import facts_of
from marketplace.workbooks.kinds import Text

MAY_BE_BLANK = [
    column for column in HEADER + WINDOW if not column.required and column.key != "publish_on"
]  # a blank Publish On means at once, which the clock decides


@pytest.mark.parametrize("column", MAY_BE_BLANK, ids=lambda column: column.header)
def test_a_default_is_what_the_model_stores_for_nothing(column):
    model = Competition if column in HEADER else ServiceWindow
    field = model._meta.get_field(column.path.split(".")[0])
    stored = field.get_default()
    assert (tuple(stored) if isinstance(stored, list) else stored) == column.default
    assert field.null is (column.default is None)


def test_the_terms_of_a_window_and_a_part_of_a_boundary_have_a_value_for_each_column():
    for terms, columns in ((WindowTerms, WINDOW), (BoundaryPart, BOUNDARY)):
        assert {field.name for field in dataclasses.fields(terms)} == {column.key for column in columns} - {
            "ref"
        }
    defaults = {field.name: field.default for field in dataclasses.fields(WindowTerms)}
    assert all(defaults[column.key] == column.default for column in WINDOW_COLUMNS if not column.required)


def test_a_published_column_without_a_meaning_or_an_example_stops_the_start():
    with pytest.raises(
        ValueError, match="The column Colour is published, so it needs a meaning and an example"
    ):
        Field("Colour", "colour", Text(20), example="blue")
    with pytest.raises(ValueError, match="needs a meaning and an example"):
        Field("Colour", "colour", Text(20), meaning="The colour of the cable.")
    assert not Field("Colour", "colour", Text(20), is_public=False).meaning


def test_a_fact_of_the_page_needs_words_and_a_public_column():
    shown = {"meaning": "The colour of the cable.", "example": "blue", "fact": "Colour"}
    with pytest.raises(ValueError, match="The column Colour is shown to everybody"):
        Field("Colour", "colour", Text(20), **shown)
    with pytest.raises(ValueError, match="must be public"):
        Field("Colour", "colour", Text(20), is_public=False, wording="{}", **shown)


def test_the_page_lists_the_facts_that_bind():
    competition = Competition(
        maximum_response_time=timedelta(minutes=30), minimum_run_time=timedelta(hours=1)
    )
    assert facts_of(competition) == [("Response time", "at most 00:30 h"), ("Run time", "at least 01:00 h")]
    assert facts_of(Competition()) == []


def test_the_form_asks_for_each_column_once_in_its_group():
    groups = [(title, [field.name for field in fields]) for title, fields in HeaderForm(cells={}).groups]
    assert [title for title, _ in groups] == [
        "What",
        "Type and prices",
        "Dates",
        "Which assets qualify",
        "Contact",
    ]
    asked = [key for _, keys in groups for key in keys] + [column.key for column in BufferForm.columns]
    assert sorted(asked) == sorted(column.key for column in HEADER)
    assert dict(groups)["Which assets qualify"][:4] == [
        "dps_reference",
        "asset_statuses",
        "asset_categories",
        "minimum_voltage_kv",
    ]
