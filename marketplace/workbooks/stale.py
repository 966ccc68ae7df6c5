"""Files that were uploaded after somebody changed what they hold: what the upload would undo is told row by
row.

A download that can be uploaded again carries the time at which it was made:

    write_bulk(SPEC, rows, target, zone=zone, downloaded_at=context.now)

At upload, the check of the kind asks for each row that changes something whether the thing was set since:

    reading = read(data, SPEC, zone=zone)
    if before != after and is_newer(reading, override.decided_at):
        plan.problems.append(stale_warning(reading, row, "override", set_at=…, set_by=…, zone=zone))
        stale += 1
    plan.confirm.extend(stale_question(stale, "override"))

A file without the property (another program wrote it) warns of nothing: when it was made is not known.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from marketplace.dates import moment_text
from marketplace.numbers import count_text
from marketplace.workbooks.declare import Problem, Reading, Row

DOWNLOADED_AT = "downloaded_at"
"""The custom document property that holds when a file was downloaded, as ISO 8601 in UTC."""
YEARS = range(2000, 2200)


def instant_told(text: str | None) -> datetime | None:
    """The instant that the property of a file holds; None where there is none or it makes no sense."""
    try:
        told = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo is not None and told.year in YEARS else None


def is_newer(reading: Reading, set_at: datetime | None) -> bool:
    """Whether something was set after the file was downloaded."""
    return reading.downloaded_at is not None and set_at is not None and set_at > reading.downloaded_at


def stale_warning(
    reading: Reading, row: Row, key: str, *, set_at: datetime, set_by: str = "", zone: ZoneInfo
) -> Problem:
    """The warning at the row's cell ``key``: what it would change is newer than the file."""
    downloaded = reading.downloaded_at
    since = f" ({moment_text(downloaded, zone)})" if downloaded is not None else ""
    by = f" by {set_by}" if set_by else ""
    message = f"Set{by} on {moment_text(set_at, zone)}, after this file was downloaded{since}: this row would undo that."
    return row.problem(key, message, "warning")


def stale_question(count: int, thing: str) -> list[str]:
    """What is asked before such a file is applied, for ``Plan.confirm``; nothing where nothing newer would
    change.

    ``thing`` names one of what the file sets: ``override``, ``decision``.
    """
    if not count:
        return []
    things, are = (thing, "is") if count == 1 else (f"{thing}s", "are")
    return [
        f"{count_text(count)} {things} that this file would change {are} newer than the file. "
        "The warnings name each: download a new file to start from what counts now."
    ]
