"""What differs between two versions of a competition, and how it reads: in previews, mails, refusals and the
audit log."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from competitions.columns import HEADER
from competitions.domain.queries import public_refs
from competitions.domain.setting_up.terms import DEFAULTS, HEADER_FIELDS, BoundaryPart, Terms
from competitions.models import Competition
from marketplace.dates import moment_text
from marketplace.units import power_unit
from marketplace.workbooks.cells import duration_text

COLUMNS = {column.key: column for column in HEADER}
NAMES_COMPETITIONS = "duplicate_overrides_of"
PARTS = {"boundary": "Boundary", "windows": "Service windows"}

FieldChange = tuple[str, Any, Any]
"""The key of a field of the header, ``boundary`` or ``windows``, and its value before and after."""


def changes_between(before: Terms | None, after: Terms) -> Iterator[FieldChange]:
    """Every header field that differs, and the boundary and windows as sets: (key, before, after)."""
    for key in HEADER_FIELDS:
        old = None if before is None else before.header[key]
        new = after.header[key]
        if before is None:
            if new is not None and new != DEFAULTS.get(key):
                yield key, None, new
        elif old != new:
            yield key, old, new
    if before is None or {part.key for part in before.boundary} != {part.key for part in after.boundary}:
        yield "boundary", _listed(before.boundary if before else ()), _listed(after.boundary)
    if before is None or set(before.windows) != set(after.windows):
        yield "windows", _windows_in_words(before), _windows_in_words(after)


def _listed(parts: Iterable[BoundaryPart]) -> str:
    return "; ".join(sorted(str(part) for part in parts))


def _windows_in_words(terms: Terms | None) -> str:
    if terms is None:
        return ""
    unit = power_unit(terms.header["power_type"])
    return "; ".join(sorted(window.in_words(unit) for window in terms.windows))


def public_changes(changes: Iterable[FieldChange], now: datetime) -> list[FieldChange]:
    """What everybody may read of them: no field that is not published, such as a budget, and no ref of a
    draft."""
    public = (change for change in changes if change[0] in PARTS or COLUMNS[change[0]].is_public)
    shown = (
        _with_public_refs(change, now) if change[0] == NAMES_COMPETITIONS else change for change in public
    )
    return [(key, before, after) for key, before, after in shown if before != after]


def _with_public_refs(change: FieldChange, now: datetime) -> FieldChange:
    key, *sides = change
    known = public_refs([ref for side in sides for ref in side], now)
    before, after = (tuple(ref for ref in side if ref in known) for side in sides)
    return key, before, after


def label_of(key: str) -> str:
    """A field's name as people read it."""
    if key in PARTS:
        return PARTS[key]
    name = COLUMNS[key].path.split(".")[0]
    label = str(getattr(Competition._meta.get_field(name), "verbose_name", name))
    return label[:1].upper() + label[1:]


def header_of(key: str) -> str:
    """A field's name as the file calls it."""
    return PARTS[key] if key in PARTS else COLUMNS[key].header


def shown(key: str, value: Any, zone: ZoneInfo) -> str:
    """A value as a person reads it in a preview or a mail; boundary and windows come in words already."""
    if value is None or value == ():
        return ""
    if isinstance(value, datetime):
        return moment_text(value, zone)
    written = value if key in PARTS else COLUMNS[key].kind.write(value, zone)
    return duration_text(written) if isinstance(written, timedelta) else str(written)
