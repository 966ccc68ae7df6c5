"""Working copies: what somebody types on the pages is kept as typed until it is saved as a competition or thrown away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from competitions import rules
from competitions.models import Competition, WorkingCopy
from marketplace import audit
from marketplace.errors import Refused

Cells = Mapping[str, str]
Sheets = Mapping[str, Sequence[Cells]]
MOST_ROWS = 2000
MOST_COPIES = 200


def working_copies_of(member: Member) -> QuerySet[WorkingCopy]:
    """What the member's organisation has begun and not finished."""
    return WorkingCopy.objects.filter(operator=member.organisation_id).select_related("competition", "operator")


@transaction.atomic
def start_copy(*, by: Member, sheets: Sheets, now: datetime, competition: Competition | None = None) -> WorkingCopy:
    """Begin a competition, or a change of one of the organisation's own.

    Raises ``NotAllowed``, and ``Refused`` when too much was begun.
    """
    rules.check_may_procure(by)
    if competition is not None and competition.operator_id != by.organisation_id:
        raise Refused("Only its operator changes a competition.")
    if working_copies_of(by).count() >= MOST_COPIES:
        raise Refused(f"{MOST_COPIES} competitions are begun and not saved. Save or discard some first.")
    copy = WorkingCopy.objects.create(
        operator=by.organisation, competition=competition, sheets=_plain(sheets), created_at=now, changed_at=now
    )
    _record(copy, by, "competition begun", now)
    return copy


@transaction.atomic
def keep_rows(*, by: Member, copy_id: UUID, rows: Mapping[str, Sequence[Cells]], now: datetime) -> WorkingCopy:
    """Keep the rows of some sheets as typed; other sheets stay. Raises ``NotAllowed`` and ``Refused``."""
    copy = locked_copy(by, copy_id)
    copy.sheets = {**copy.sheets, **_plain(rows)}
    copy.changed_at = now
    copy.save(update_fields=["sheets", "changed_at"])
    return copy


@transaction.atomic
def keep_row(*, by: Member, copy_id: UUID, sheet: str, place: int | None, row: Cells | None, now: datetime) -> None:
    """Put one row of a sheet: at its ``place``, at the end where there is none; no ``row`` takes it out.

    Raises ``NotAllowed``, and ``Refused`` where there is no such row any more.
    """
    copy = locked_copy(by, copy_id)
    rows = list(copy.sheets.get(sheet, []))
    if place is not None and place >= len(rows):
        raise Refused("This row was removed meanwhile.")
    if row is None and place is not None:
        del rows[place]
    elif row is not None and place is not None:
        rows[place] = dict(row)
    elif row is not None:
        rows.append(dict(row))
    copy.sheets = {**copy.sheets, **_plain({sheet: rows})}
    copy.changed_at = now
    copy.save(update_fields=["sheets", "changed_at"])


@transaction.atomic
def discard_copy(*, by: Member, copy_id: UUID, now: datetime) -> None:
    """Throw away what was typed; a stored competition stays as it is. Raises ``NotAllowed`` and ``Refused``."""
    copy = locked_copy(by, copy_id)
    _record(copy, by, "competition begun discarded", now)
    copy.delete()


def locked_copy(by: Member, copy_id: UUID) -> WorkingCopy:
    """The organisation's working copy, locked until the transaction ends. Raises ``NotAllowed`` and ``Refused``."""
    rules.check_may_procure(by)
    copy = WorkingCopy.objects.select_for_update(of=("self",)).filter(pk=copy_id, operator=by.organisation_id).first()
    if copy is None:
        raise Refused("This was saved or discarded meanwhile.")
    return copy


def _plain(sheets: Sheets) -> dict[str, list[dict[str, str]]]:
    if any(len(rows) > MOST_ROWS for rows in sheets.values()):
        raise Refused(f"A page takes up to {MOST_ROWS} rows; use the competition file for more.")
    return {
        name: [{key: str(cell).replace("\x00", "") for key, cell in row.items()} for row in rows]
        for name, rows in sheets.items()
    }


def _record(copy: WorkingCopy, by: Member, action: str, now: datetime) -> None:
    changes = {"ref": ("", copy.header.get("ref", ""))}
    audit.record(organisation_id=copy.operator_id, by=by, action=action, subject=copy, changes=changes, now=now)
