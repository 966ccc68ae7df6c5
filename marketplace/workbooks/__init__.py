"""Workbooks: declared sheets that become templates, are read exactly with every error located, and marked.

Pure: no database, no settings. Start at :mod:`marketplace.workbooks.declare`. The functions that need a spreadsheet
library load it when they are first used, so that the process that reads a hostile file starts small.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
from marketplace.workbooks.stale import is_newer, stale_question, stale_warning

if TYPE_CHECKING:
    from marketplace.workbooks.mark import mark_errors
    from marketplace.workbooks.reading import read, read_cells
    from marketplace.workbooks.write import write_bulk, write_csv, write_template

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
    "is_newer",
    "mark_errors",
    "read",
    "read_cells",
    "stale_question",
    "stale_warning",
    "write_bulk",
    "write_csv",
    "write_template",
]

_LOADED_WHEN_USED = {
    "mark_errors": "mark",
    "read": "reading",
    "read_cells": "reading",
    "write_bulk": "write",
    "write_csv": "write",
    "write_template": "write",
}


def __getattr__(name: str) -> Any:
    if name not in _LOADED_WHEN_USED:
        raise AttributeError(name)
    return getattr(import_module(f"{__name__}.{_LOADED_WHEN_USED[name]}"), name)
