"""Date-times of a column are written as cells, or all as text; either way they read back as they were."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

import openpyxl
import pytest

from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Text
from marketplace.workbooks.moments import DateTime
from marketplace.workbooks.reading import read
from marketplace.workbooks.write import write_template

LONDON = ZoneInfo("Europe/London")
COLUMNS = (
    Column("Ref", "ref", Text(20), required=True),
    Column("Opens", "opens", DateTime()),
    Column("Changed", "changed", DateTime(), information=True),
)
SPEC = WorkbookSpec("t", "T", "p", "h", (Sheet("S", COLUMNS),))
PLAIN = datetime(2026, 6, 1, 12, tzinfo=UTC)
FINE = PLAIN + timedelta(microseconds=123_457)
FIRST_OF_TWO = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
SECOND_OF_TWO = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "odd", [PLAIN, FINE, FIRST_OF_TWO, SECOND_OF_TWO], ids=["plain", "fine", "first", "second"]
)
def test_a_column_of_date_times_holds_one_type_and_reads_back_exactly(odd):
    moments = [PLAIN, odd, PLAIN + timedelta(days=1)]
    rows = [{"ref": str(number), "opens": each, "changed": each} for number, each in enumerate(moments)]
    data = write_template(SPEC, {"S": rows}, zone=LONDON)
    page = openpyxl.load_workbook(BytesIO(data))["S"]
    opens, changed = ({type(cell.value) for cell in page[letter][1:]} for letter in "BC")
    assert opens == ({str} if odd in (FINE, SECOND_OF_TWO) else {datetime})
    assert changed == {datetime}  # nobody uploads it
    assert [row["opens"] for row in read(data, SPEC, zone=LONDON).sheets["S"].rows] == moments
