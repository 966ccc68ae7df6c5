"""Stored competitions as rows of the competition file, and values as a preview shows them."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from competitions.domain.setting_up.terms import label_of, terms_of
from competitions.models import Competition
from competitions.workbooks.specs import BOUNDARIES, COMPETITIONS, WINDOWS
from marketplace.dates import moment_text
from marketplace.workbooks.cells import duration_text

HEADERS = {column.key: column for column in COMPETITIONS.columns}


def header_of(key: str) -> str:
    """A field's name as the file calls it."""
    return HEADERS[key].header if key in HEADERS else label_of(key)


def shown(key: str, value: Any, zone: ZoneInfo) -> str:
    """A header value as a person reads it in a preview."""
    if value is None or value == ():
        return ""
    if isinstance(value, datetime):
        return moment_text(value, zone)
    column = HEADERS.get(key)
    written = column.kind.write(value, zone) if column is not None else value
    return duration_text(written) if isinstance(written, timedelta) else str(written)


def field_in_words(key: str, value: Any, zone: ZoneInfo) -> tuple[str, str]:
    """A field's name as the file calls it, and its value as a person reads it."""
    return header_of(key), shown(key, value, zone)


def rows_of(competitions: Iterable[Competition]) -> dict[str, list[Mapping[str, Any]]]:
    """The three sheets of the competition file for stored competitions, in the state in which they upload unchanged."""
    sheets: dict[str, list[Mapping[str, Any]]] = {COMPETITIONS.name: [], BOUNDARIES.name: [], WINDOWS.name: []}
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
