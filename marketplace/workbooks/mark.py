"""A copy of a user's workbook in which the cells with errors are coloured and commented, and all errors
listed.

The copy keeps the user's own look where the file is small and sound enough to be edited in place; otherwise
it is built again from the cells' values. Either happens in a process of its own
(:mod:`marketplace.workbooks.copies`).
"""

from collections.abc import Iterable

from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited
from marketplace.workbooks.copies import edited_copy, list_alone, rebuilt_copy
from marketplace.workbooks.declare import Problem

EDIT_MEMORY_MB = 500
EDIT_SECONDS = 60
COPY_MEMORY_MB = 500
COPY_SECONDS = 60


def mark_errors(data: bytes, problems: Iterable[Problem]) -> bytes:
    """The marked copy, with a first sheet "Errors" that lists every problem and its place.

    Where the original can't be opened at all, the copy holds that list alone.
    """
    listed = list(problems)
    for method, memory_mb, seconds in (
        (edited_copy, EDIT_MEMORY_MB, EDIT_SECONDS),
        (rebuilt_copy, COPY_MEMORY_MB, COPY_SECONDS),
    ):
        try:
            copy: bytes | None = run_limited(
                method, data, listed, memory_mb=memory_mb, seconds=seconds, scratch=True
            )
        except (LimitExceeded, ChildFailed):
            continue
        if copy is not None:
            return copy
    return list_alone(listed)
