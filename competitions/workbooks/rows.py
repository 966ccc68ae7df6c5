"""Stored competitions as rows of the competition file, and values as a preview shows them."""

from collections.abc import Iterable, Mapping
from typing import Any

from competitions.domain.setting_up.terms import terms_of
from competitions.models import Competition
from competitions.workbooks.specs import BOUNDARIES, COMPETITIONS, WINDOWS


def rows_of(competitions: Iterable[Competition]) -> dict[str, list[Mapping[str, Any]]]:
    """The three sheets of the competition file for stored competitions, in the state in which they upload
    unchanged."""
    sheets: dict[str, list[Mapping[str, Any]]] = {
        COMPETITIONS.name: [],
        BOUNDARIES.name: [],
        WINDOWS.name: [],
    }
    for competition in competitions:
        terms = terms_of(competition)
        sheets[COMPETITIONS.name].append({"ref": terms.ref, **_blanks_left_out(terms.header)})
        for part in terms.boundary:
            sheets[BOUNDARIES.name].append({"ref": terms.ref, **vars(part)})
        for window in terms.windows:
            sheets[WINDOWS.name].append({"ref": terms.ref, **vars(window)})
    return sheets


def _blanks_left_out(header: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in header.items() if value not in (None, "", ())}
