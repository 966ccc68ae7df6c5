"""What is copied into a table reads back as it was."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection
from hypothesis import given
from hypothesis import strategies as st

from marketplace.copying import BATCH, copy_rows

pytestmark = pytest.mark.django_db
COLUMNS = ("word", "amount", "span", "at", "day", "key", "sure", "number")
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])) | st.sampled_from(
    ["\\N", "\\.", "\\", "a\tb", "a\nb", "a\r\nb", "\\t", "NULL", ""]
)
rows = st.lists(
    st.tuples(
        st.none() | texts,
        st.none() | st.decimals(-(10**12), 10**12, places=6),
        st.none() | st.timedeltas(timedelta(0), timedelta(days=9999)),
        st.none() | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
        st.none() | st.dates(date(1900, 1, 1)),
        st.none() | st.uuids(),
        st.none() | st.booleans(),
        st.none() | st.integers(-(2**62), 2**62),
    ),
    max_size=5,
)


@pytest.fixture(autouse=True)
def table() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE copied (place serial, word text, amount numeric, span interval, at timestamptz, day date,"
            " key uuid, sure boolean, number bigint) ON COMMIT DROP"
        )


def copied() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(COLUMNS)} FROM copied ORDER BY place")
        return [tuple(row) for row in cursor.fetchall()]


@given(rows=rows)
def test_rows_read_back_as_they_were_in_their_order(rows: list[tuple[object, ...]]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE copied")
    copy_rows("copied", COLUMNS, rows)
    assert copied() == rows


def test_any_number_of_rows_is_taken_as_it_comes() -> None:
    copy_rows("copied", ("number",), ((number,) for number in range(2 * BATCH + 1)))
    assert [row[-1] for row in copied()] == list(range(2 * BATCH + 1))


def test_what_the_table_refuses_is_an_error_of_the_database() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE copied ADD CHECK (amount > 0)")
    with pytest.raises(IntegrityError):
        copy_rows("copied", ("amount",), [(Decimal(1),), (Decimal(0),)])
