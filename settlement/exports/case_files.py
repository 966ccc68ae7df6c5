"""A case that somebody sent as a ZIP, settled in a process that can do nothing else."""

import io
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from marketplace.errors import Refused
from marketplace.jobs.models import StoredFile
from marketplace.memo import cache_get, cache_set
from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited
from marketplace.workbooks.write import write_bulk
from settlement.exports.case_reading import WORKBOOKS, report_in_child, rows_in_child

MEMORY_MB = 700
SECONDS = 25
REMEMBERED = 3600


def report_apart(data: bytes) -> dict[str, Any]:
    """The report of a case, as section by section in ``report.json``. Raises ``Refused`` for what is no case."""
    report: dict[str, Any] = _apart(report_in_child, data)
    return report


def report_of_kept(file: StoredFile) -> dict[str, Any]:
    """The report of a kept case, remembered for an hour. Raises ``Refused``."""
    key = f"settlement-case-{file.pk}"
    known: dict[str, Any] | None = cache_get(key)
    if known is None:
        known = report_apart(file.read())
        cache_set(key, known, REMEMBERED)
    return known


def workbook_apart(data: bytes, name: str) -> bytes:
    """A workbook of a settled case, by its name in ``WORKBOOKS``. Raises ``Refused`` for what is no case."""
    zone, rows = _apart(rows_in_child, data, name)
    target = io.BytesIO()
    write_bulk(WORKBOOKS[name].spec, rows, target, zone=ZoneInfo(zone))
    return target.getvalue()


def _apart(work: Callable[..., tuple[str, Any]], *args: Any) -> Any:
    try:
        refusal, answer = run_limited(work, *args, memory_mb=MEMORY_MB, seconds=SECONDS)
    except LimitExceeded:
        raise Refused(
            "The case takes too long or too much memory to settle here: send fewer contracts or fewer days of readings."
        ) from None
    except ChildFailed:
        raise Refused(
            "The case can't be read: pack case.json and the meter-*.csv files into a ZIP again."
        ) from None
    if refusal:
        raise Refused(refusal)
    return answer
