"""One declaration a column: what is derived from it fits the models that store it and the pages that show it."""

import dataclasses

import pytest

from competitions.columns import BOUNDARY, HEADER, WINDOW
from competitions.columns.field import Field
from competitions.domain.setting_up.terms import WINDOW_COLUMNS, BoundaryPart, WindowTerms
from competitions.models import Competition, ServiceWindow
from marketplace.workbooks import Text


@pytest.mark.parametrize("column", HEADER + WINDOW, ids=lambda column: column.header)
def test_a_default_is_what_the_model_stores_for_nothing(column):
    model = Competition if column in HEADER else ServiceWindow
    if column.required or column.key == "publish_on":  # blank means at once, which the clock decides
        pytest.skip("never blank")
    field = model._meta.get_field(column.path.split(".")[0])
    stored = field.get_default()
    assert (tuple(stored) if isinstance(stored, list) else stored) == column.default
    assert field.null is (column.default is None)


def test_the_terms_of_a_window_and_a_part_of_a_boundary_have_a_value_for_each_column():
    for terms, columns in ((WindowTerms, WINDOW), (BoundaryPart, BOUNDARY)):
        assert {field.name for field in dataclasses.fields(terms)} == {column.key for column in columns} - {"ref"}
    defaults = {field.name: field.default for field in dataclasses.fields(WindowTerms)}
    assert all(defaults[column.key] == column.default for column in WINDOW_COLUMNS if not column.required)


def test_a_published_column_without_a_meaning_or_an_example_stops_the_start():
    with pytest.raises(ValueError, match="The column Colour is published, so it needs a meaning and an example"):
        Field("Colour", "colour", Text(20), example="blue")
    with pytest.raises(ValueError, match="needs a meaning and an example"):
        Field("Colour", "colour", Text(20), meaning="The colour of the cable.")
    assert not Field("Colour", "colour", Text(20), is_public=False).meaning
