"""Many rows into a table at once by PostgreSQL's COPY, some twenty times faster than an insert for each."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from itertools import islice
from typing import Any

from django.db import connection

BATCH = 2_000
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Add rows of values, in the order of ``columns``, to a table within the caller's transaction.

    Texts hold no NUL. Rows are taken as they come, so any number fits in memory. The names are the caller's
    own, never a user's. Raises what an insert would raise.
    """
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    left = iter(rows)
    with connection.cursor() as cursor, connection.wrap_database_errors:
        while lines := "".join(["\t".join(map(_text, row)) + "\n" for row in islice(left, BATCH)]):
            cursor.copy_expert(statement, BytesIO(lines.encode()))


def _text(value: Any) -> str:
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return str(value).translate(ESCAPES)
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, timedelta):
        return f"{value // timedelta(microseconds=1)} microseconds"
    return value.isoformat() if isinstance(value, date) else str(value)
