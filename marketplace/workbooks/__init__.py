"""Workbooks: declared sheets that become templates, are read exactly with every error located, and marked.

Pure: no database, no settings. Start at :mod:`marketplace.workbooks.declare`.
"""

from marketplace.workbooks.cells import Cell, CellError, Fault
from marketplace.workbooks.choices import Choice, ChoiceList, Days, TextList, YesNo
from marketplace.workbooks.declare import (
    Column,
    OldTemplate,
    Problem,
    Reading,
    Row,
    Sheet,
    SheetReading,
    Unreadable,
    WorkbookSpec,
)
from marketplace.workbooks.fold import Folded, fold_repeats
from marketplace.workbooks.kinds import Context, Email, Kind, Number, Text, Url, Whole
from marketplace.workbooks.moments import Date, DateTime, Duration, Time

__all__ = [
    "Cell",
    "CellError",
    "Choice",
    "ChoiceList",
    "Column",
    "Context",
    "Date",
    "DateTime",
    "Days",
    "Duration",
    "Email",
    "Fault",
    "Folded",
    "Kind",
    "Number",
    "OldTemplate",
    "Problem",
    "Reading",
    "Row",
    "Sheet",
    "SheetReading",
    "Text",
    "TextList",
    "Time",
    "Unreadable",
    "Url",
    "Whole",
    "WorkbookSpec",
    "YesNo",
    "fold_repeats",
]
