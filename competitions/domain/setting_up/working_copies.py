"""Working copies: what somebody types on the pages is kept as typed until it is saved as a competition or
thrown away."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from competitions import rules
from competitions.models import WorkingCopy
from marketplace.audit.chain import record
from marketplace.errors import Refused
from marketplace.seen import ChangedMeanwhile, Difference, check_seen, differences_between, mark_of

Cells = Mapping[str, str]
Sheets = Mapping[str, Sequence[Cells]]
MOST_ROWS = 2000
MOST_COPIES = 200


def working_copies_of(member: Member) -> QuerySet[WorkingCopy]:
    """What the member's organisation has begun and not finished."""
    return WorkingCopy.objects.filter(operator=member.organisation_id).select_related(
        "competition", "operator"
    )


@transaction.atomic
def start_copy(*, by: Member, sheets: Sheets, now: datetime) -> WorkingCopy:
    """Begin a new competition. Raises ``NotAllowed``, and ``Refused`` when too much was begun."""
    rules.check_may_procure(by)
    _check_room(by)
    copy = WorkingCopy.objects.create(
        operator=by.organisation, sheets=_plain(sheets), created_at=now, changed_at=now
    )
    _record(copy, by, "competition begun", now)
    return copy


@transaction.atomic
def keep_rows(
    *,
    by: Member,
    copy: WorkingCopy,
    rows: Mapping[str, Sequence[Cells]],
    now: datetime,
    seen: str = "",
    labels: Mapping[str, str] | None = None,
) -> WorkingCopy:
    """Keep the rows of some sheets as typed; other sheets stay. A copy that is only shown is begun by this.

    ``seen`` is the mark (:func:`mark_of_rows`) of what the form was filled with; ``labels`` name the fields
    of a sheet of one row. Raises ``NotAllowed``, ``Refused``, and ``ChangedMeanwhile`` where the rows changed
    since.
    """
    typed = _plain(rows)
    if copy._state.adding and all(_same(copy.sheets.get(name, ()), typed[name]) for name in typed):
        return copy
    kept = _begun(by, copy, now)
    if seen and seen != mark_of_rows(kept.sheets, typed):
        differences = _differences(kept.sheets, typed, labels or {})
        if differences:
            raise ChangedMeanwhile(differences)
    kept.sheets = {**kept.sheets, **typed}
    kept.changed_at = now
    kept.save(update_fields=["sheets", "changed_at"])
    return kept


def mark_of_rows(sheets: Sheets, names: Iterable[str]) -> str:
    """The mark of what a draft holds in the named sheets."""
    return mark_of([_filled(sheets.get(name, ())) for name in sorted(names)])


@transaction.atomic
def keep_row(
    *,
    by: Member,
    copy: WorkingCopy,
    sheet: str,
    place: int | None,
    row: Cells | None,
    now: datetime,
    seen: str = "",
    labels: Mapping[str, str] | None = None,
) -> WorkingCopy:
    """Put one row of a sheet: at its ``place``, at the end where there is none; no ``row`` takes it out.

    ``seen`` is the mark of the row that the form was filled with. Raises ``NotAllowed``, ``ChangedMeanwhile``
    where it is another by now, and ``Refused`` where there is no such row any more.
    """
    copy = _begun(by, copy, now)
    rows = list(copy.sheets.get(sheet, []))
    if place is not None and place >= len(rows):
        raise Refused("This row was removed meanwhile.")
    if place is not None and seen and seen != mark_of_row(rows[place]):
        if row is None:
            raise Refused("The rows changed meanwhile, in another tab or by a colleague. Look at them again.")
        check_seen(seen, rows[place], row, labels or {})
    if row is None and place is not None:
        del rows[place]
    elif row is not None and place is not None:
        rows[place] = dict(row)
    elif row is not None:
        rows.append(dict(row))
    copy.sheets = {**copy.sheets, **_plain({sheet: rows})}
    copy.changed_at = now
    copy.save(update_fields=["sheets", "changed_at"])
    return copy


def mark_of_row(row: Cells) -> str:
    """The mark of one row."""
    return mark_of(dict(row))


def _begun(by: Member, copy: WorkingCopy, now: datetime) -> WorkingCopy:
    """The stored copy, locked; one that is only shown is stored first, once, whoever else begins it at the
    same time."""
    rules.check_may_procure(by)
    if copy._state.adding:
        if copy.operator_id != by.organisation_id:
            raise Refused("Only its operator changes a competition.")
        _check_room(by)
        first = {"operator": by.organisation, "competition": copy.competition, "sheets": _plain(copy.sheets)}
        stored, is_new = WorkingCopy.objects.get_or_create(
            pk=copy.pk, defaults=first | {"created_at": now, "changed_at": now}
        )
        if is_new:
            _record(stored, by, "competition begun", now)
    return locked_copy(by, copy.pk)


def _check_room(by: Member) -> None:
    if working_copies_of(by).count() >= MOST_COPIES:
        raise Refused(f"{MOST_COPIES} competitions are begun and not saved. Save or discard some first.")


def _filled(rows: Sequence[Cells]) -> list[dict[str, str]]:
    """The rows without their blank cells, in an order that depends on nothing but their content."""
    found = [{key: cell for key, cell in row.items() if cell} for row in rows]
    return sorted((row for row in found if row), key=lambda row: sorted(row.items()))


def _same(one: Sequence[Cells], other: Sequence[Cells]) -> bool:
    return _filled(one) == _filled(other)


def _differences(stored: Sheets, typed: Sheets, labels: Mapping[str, str]) -> list[Difference]:
    """Field by field where a sheet is one row, else the rows as they read."""
    found = []
    for name, rows in typed.items():
        present = stored.get(name, ())
        if labels and len(rows) == 1 and len(present) <= 1:
            found += differences_between(present[0] if present else {}, rows[0], labels)
        elif not _same(present, rows):
            found.append(Difference(name, _read(present), _read(rows)))
    return found


def _read(rows: Sequence[Cells]) -> str:
    return "; ".join(", ".join(row.values()) for row in _filled(rows))


@transaction.atomic
def discard_copy(*, by: Member, copy_id: UUID, now: datetime, seen: str = "") -> None:
    """Throw away what was typed; a stored competition stays as it is. ``seen`` is the mark of all that was
    shown.

    Raises ``NotAllowed`` and ``Refused``, also where somebody typed more since.
    """
    copy = locked_copy(by, copy_id)
    if seen and seen != mark_of_rows(copy.sheets, copy.sheets):
        raise Refused(
            "More was typed since your page was made, in another tab or by a colleague, so nothing was discarded. "
            "Look at it again."
        )
    _record(copy, by, "competition begun discarded", now)
    copy.delete()


def locked_copy(by: Member, copy_id: UUID) -> WorkingCopy:
    """The organisation's working copy, locked until the transaction ends. Raises ``NotAllowed`` and
    ``Refused``."""
    rules.check_may_procure(by)
    copy = (
        WorkingCopy.objects.select_for_update(of=("self",))
        .filter(pk=copy_id, operator=by.organisation_id)
        .first()
    )
    if copy is None:
        raise Refused("This was saved or discarded meanwhile.")
    return copy


def _plain(sheets: Sheets) -> dict[str, list[dict[str, str]]]:
    if any(len(rows) > MOST_ROWS for rows in sheets.values()):
        raise Refused(f"A page takes up to {MOST_ROWS} rows; use the competition file for more.")
    return {
        name: [
            {key: str(cell).replace("\x00", "").replace("\r\n", "\n") for key, cell in row.items()}
            for row in rows
        ]
        for name, rows in sheets.items()
    }


def _record(copy: WorkingCopy, by: Member, action: str, now: datetime) -> None:
    changes = {"ref": ("", copy.header.get("ref", ""))}
    record(organisation_id=copy.operator_id, by=by, action=action, subject=copy, changes=changes, now=now)
