"""The log as a file to keep."""

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any, BinaryIO

from marketplace.audit import queries
from marketplace.audit.filters import EntryFilter
from marketplace.audit.models import AuditEntry
from marketplace.audit.sentences import changes_in_words, names_for, sentence, who
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.members import Member
from marketplace.numbers import count_text
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Text, Whole
from marketplace.workbooks.moments import DateTime
from marketplace.workbooks.write import write_bulk
from marketplace.workbooks.write import write_csv as csv_of_sheet

CHUNK = 2_000
MOST_SHEET_ROWS = 200_000
LONGEST_CELL = 32_000

ENTRIES = Sheet(
    "Audit log",
    (
        Column("Place", "sequence", Whole(), rule="The entry's place in the organisation's chain, from 1."),
        Column("When", "at", DateTime()),
        Column("Who", "who", Text()),
        Column("What", "sentence", Text()),
        Column("Changed", "changes", Text(), rule="Each field with its value before and after."),
        Column("Object Type", "subject_type", Text()),
        Column("Object ID", "subject_id", Text()),
        Column("Digest", "digest", Text(), rule="SHA-256 over the entry and the digest before."),
        Column("Digest Before", "previous_digest", Text()),
    ),
)
LOG = WorkbookSpec(
    name="audit_log",
    title="Audit log",
    purpose="What was done in your organisation, entry by entry.",
    how_to=(
        "For reading: this file is not uploaded again.",
        "Each entry carries the digest of the one before it.",
    ),
    sheets=(ENTRIES,),
)


def write_xlsx(context: JobContext[Member], target: BinaryIO) -> str:
    """The entries that ``params`` select, as a workbook; refused beyond what a sheet holds."""
    total = _selected(context).count()
    if total > MOST_SHEET_ROWS:
        raise Refused(
            f"{count_text(total)} entries are too many for a workbook: choose fewer days, or take the CSV file."
        )
    write_bulk(LOG, {ENTRIES.name: _rows(context, total)}, target)
    return "audit_log.xlsx"


def write_csv(context: JobContext[Member], target: BinaryIO) -> str:
    """The same as CSV, however many there are."""
    csv_of_sheet(ENTRIES, _rows(context, _selected(context).count()), target, for_people=True)
    return "audit_log.csv"


def _selected(context: JobContext[Member]) -> Any:
    entries = queries.entries_visible_to(context.member)
    return EntryFilter(context.params, queryset=entries, zone=context.member.organisation.zone).qs


def _rows(context: JobContext[Member], total: int) -> Iterator[Mapping[str, Any]]:
    entries, done = _selected(context).iterator(CHUNK), 0
    while chunk := list(islice(entries, CHUNK)):
        names = names_for(chunk)
        for entry in chunk:
            yield _row(entry, names)
        done += len(chunk)
        context.progress(done, total)


def _row(entry: AuditEntry, names: Any) -> Mapping[str, Any]:
    return {
        "sequence": entry.sequence,
        "at": entry.at,
        "who": who(entry, names),
        "sentence": sentence(entry, names),
        "changes": changes_in_words(entry)[:LONGEST_CELL],
        "subject_type": entry.subject_type,
        "subject_id": entry.subject_id,
        "digest": entry.digest,
        "previous_digest": entry.previous_digest,
    }
