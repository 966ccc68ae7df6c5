"""From the rows of a competition file to terms: one draft for each ref, with what is wrong at its place."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from competitions.domain.setting_up.checks import (
    EarlierWindows,
    Finding,
    Known,
    boundary_doubt,
    boundary_fault,
    window_fault,
)
from competitions.domain.setting_up.terms import (
    DEFAULTS,
    HEADER_FIELDS,
    WINDOW_COLUMNS,
    BoundaryPart,
    Terms,
    WindowTerms,
    cleaned,
)
from competitions.enums import BoundaryType
from competitions.workbooks.specs import BOUNDARIES, COMPETITIONS, WINDOWS
from marketplace.keys import key_form, tidy_key
from marketplace.postcodes import normal_postcode
from marketplace.workbooks.declare import Problem, Reading, Row

WINDOW_NEEDS = tuple(column.key for column in WINDOW_COLUMNS if column.required)
POSTCODES = (BoundaryType.POSTCODE, BoundaryType.POSTCODE_SECTOR)


@dataclass
class Draft:
    """Everything a file says of one competition. ``header`` is None when only its boundary or windows are
    there."""

    ref: str
    header: Row | None = None
    boundary: list[Row] = field(default_factory=list)
    windows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    is_broken: bool = False

    @property
    def rows(self) -> list[Row]:
        return [*([self.header] if self.header else []), *self.boundary, *self.windows]

    @property
    def first_row(self) -> Row:
        return self.rows[0]

    def refuse(self, row: Row, key: str | None, message: str) -> None:
        """Note an error at a cell: the competition is refused whole."""
        self.problems.append(row.problem(key, message))
        self.is_broken = True

    def note(self, finding: Finding) -> None:
        """Note a finding about the header at its cell, or at the draft's first row."""
        row = self.header or self.first_row
        key = finding.key if self.header is not None and finding.key in row.headers else None
        self.problems.append(row.problem(key, finding.message, finding.level))
        self.is_broken |= finding.level == "error"


def drafts_in(reading: Reading) -> list[Draft]:
    """The drafts of a file in its order. Rows whose ref can't be read are problems already."""
    drafts: dict[str, Draft] = {}
    for row in _rows_with_ref(reading, COMPETITIONS.name):
        draft = drafts.setdefault(key_form(row["ref"]), Draft(row["ref"]))
        if draft.header is not None:
            draft.refuse(
                row, "ref", f"“{row['ref']}” is in the file twice, first in row {draft.header.number}."
            )
            continue
        draft.header = row
    for name in (BOUNDARIES.name, WINDOWS.name):
        for row in _rows_with_ref(reading, name):
            draft = drafts.setdefault(key_form(row["ref"]), Draft(row["ref"]))
            (draft.boundary if name == BOUNDARIES.name else draft.windows).append(row)
    for draft in drafts.values():
        draft.is_broken |= any(row.bad for row in draft.rows)
    return list(drafts.values())


def _rows_with_ref(reading: Reading, sheet: str) -> Iterator[Row]:
    return (row for row in reading.sheets[sheet].rows if row["ref"] is not None)


def terms_from(draft: Draft, before: Terms | None, present: frozenset[str], known: Known) -> Terms:
    """The terms as they would be: what the file says over what is stored, or over the defaults.

    A column that is absent keeps, a blank cell clears; rows of a sheet replace. Faults are noted on the
    draft.
    """
    boundary = tuple(_boundary(draft, known)) if draft.boundary else (before.boundary if before else ())
    windows = tuple(_windows(draft)) if draft.windows else (before.windows if before else ())
    return Terms(before.ref if before else draft.ref, _header(draft, before, present), boundary, windows)


def _header(draft: Draft, before: Terms | None, present: frozenset[str]) -> Mapping[str, Any]:
    header: dict[str, Any] = (
        {key: DEFAULTS.get(key) for key in HEADER_FIELDS} if before is None else dict(before.header)
    )
    if draft.header is not None:
        for key in HEADER_FIELDS:
            if key in present and key not in draft.header.bad:
                header[key] = cleaned(key, draft.header[key])
    header["round_name"] = tidy_key(header["round_name"] or "")
    return header


def _boundary(draft: Draft, known: Known) -> Iterator[BoundaryPart]:
    seen: dict[tuple[Any, ...], int] = {}
    for row in draft.boundary:
        if "kind" in row.bad or row["kind"] is None:
            continue
        value = row["value"] or ""
        part = BoundaryPart(
            row["kind"],
            normal_postcode(value) if row["kind"] in POSTCODES else value,
            *(row[corner] for corner in ("north", "south", "east", "west")),
        )
        fault = None if row.bad else boundary_fault(part, known)
        if fault is not None:
            draft.refuse(row, *fault)
        elif part.key in seen:
            draft.problems.append(
                row.problem(None, f"The same as row {seen[part.key]}; it counts once.", "warning")
            )
        else:
            seen[part.key] = row.number
            doubt = None if row.bad else boundary_doubt(part, known)
            if doubt is not None:
                draft.problems.append(row.problem("north", doubt, "warning"))
            yield part


def _windows(draft: Draft) -> Iterator[WindowTerms]:
    earlier = EarlierWindows()
    for row in draft.windows:
        if any(row[key] is None for key in WINDOW_NEEDS):
            continue
        values = {
            column.key: column.default if row[column.key] is None else row[column.key]
            for column in WINDOW_COLUMNS
        }
        values["period"], values["name"] = tidy_key(values["period"]), tidy_key(values["name"])
        window = WindowTerms(**values)
        fault = window_fault(window, earlier)
        if fault is not None:
            draft.refuse(row, *fault)
        earlier.add(window)
        yield window
