"""The file of a list: the rows that its filter found, in the order shown, as CSV."""

import csv
import io
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from itertools import islice
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet

from marketplace.numbers import exact_text
from marketplace.web.list_values import NoAttribute, reader_of
from marketplace.workbooks.write import EVALUATED

FILE_PART = 500  # rows read at a time


def rows_as_csv(table: tables.Table, presented: Callable[[list[Any]], list[Any]], rows: Any) -> str:
    """All ``rows`` of a list as the text of a CSV file: the columns shown that hold something of a record.

    ``presented`` makes of a part of the records what the columns read.
    """
    text = io.StringIO()
    writer = csv.writer(text)
    columns = [each for each in table.columns if each.column.is_in_file]
    writer.writerow([each.column.file_title for each in columns])
    read = [_reader(table, each) for each in columns]
    for part in _parts(rows):
        writer.writerows([_in_file(value(record)) for value in read] for record in presented(part))
    return text.getvalue()


def _parts(rows: Any) -> Iterator[list[Any]]:
    """The rows in parts; those of a query are asked for once, however many they are."""
    left = rows.iterator(chunk_size=FILE_PART) if isinstance(rows, QuerySet) else iter(rows)
    while part := list(islice(left, FILE_PART)):
        yield part


def _reader(table: tables.Table, bound: Any) -> Callable[[Any], Any]:
    """What reads the file's value of a column from a record; what is more than attributes is left to
    django-tables2."""
    own = bound.column
    if own.text is not None:
        told: Callable[[Any], Any] = own.text
        return told
    value_in = reader_of(bound)

    def read(record: Any) -> Any:
        try:
            value = value_in(record)
        except NoAttribute:
            return table.bound_row(record).get_cell_value(bound.name)
        return None if value in own.empty_values else own.value(value, table)

    return read


def _in_file(value: Any) -> str:
    if type(value) is str:
        return f"'{value}" if value.startswith(EVALUATED) else value
    if value is None:
        return ""
    if type(value) is Decimal:
        return exact_text(value)
    if isinstance(value, int | Decimal):
        return exact_text(Decimal(value))
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    text = str(value)
    return f"'{text}" if text.startswith(EVALUATED) else text
