"""What a workbook looks like, declared once: sheets, columns and the kind of each column's cells.

The template, the reader, the bulk writer and the marked copy all follow the same declaration.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from marketplace.keys import key_form
from marketplace.workbooks.cells import Cell, shown
from marketplace.workbooks.kinds import Kind

Level = Literal["error", "warning"]
UNIT = re.compile(r" ?\(([^()]+)\)$")


@dataclass(frozen=True)
class Column:
    """One column: the ``header`` users see, the ``key`` the code uses, and the ``kind`` of its cells.

    ``required`` columns must be there and filled in every row, unless ``may_be_blank``: then a row says
    something by leaving it blank. ``information`` columns are written for the reader's convenience and
    ignored on upload. ``rule`` and ``example`` appear in the README sheet and the header's note; without a
    ``rule`` the kind describes itself.

    What an app derives from a column is declared with it: the ``default`` that a blank cell stands for; the
    ``group`` of fields in which a form asks for it, and its ``place`` there (smaller comes first, equal ones
    as in the sheet). Where the data are published: whether it ``is_public``, its ``meaning`` for readers, and
    a ``published_example`` where the example of the template is none of published data.
    """

    header: str
    key: str
    kind: Kind
    required: bool = False
    rule: str = ""
    example: str = ""
    information: bool = False
    may_be_blank: bool = False
    default: Any = None
    group: str = ""
    place: int = 0
    is_public: bool = True
    meaning: str = ""
    published_example: str = ""

    @property
    def name(self) -> str:
        """The header without its unit in brackets."""
        return UNIT.sub("", self.header)

    @property
    def unit(self) -> str:
        """The unit that the header names in brackets, blank for none."""
        found = UNIT.search(self.header)
        return found.group(1) if found else ""

    @property
    def explanation(self) -> str:
        """The column's rule in words."""
        return self.rule or self.kind.hint


@dataclass(frozen=True)
class Sheet:
    """A data sheet. A file that lacks a ``required`` one is refused."""

    name: str
    columns: tuple[Column, ...]
    required: bool = True
    by_header: Mapping[str, Column] = field(init=False, repr=False, compare=False)
    by_key: Mapping[str, Column] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        columns = tuple(self.columns)
        object.__setattr__(self, "columns", columns)
        object.__setattr__(self, "by_header", {key_form(column.header): column for column in columns})
        object.__setattr__(self, "by_key", {column.key: column for column in columns})
        if len(self.by_header) != len(columns) or len(self.by_key) != len(columns):
            raise ValueError(f"The sheet {self.name} declares a header or a key twice.")


@dataclass(frozen=True)
class WorkbookSpec:
    """A workbook: what it is for, how to fill it, its sheets and the version of its layout
    (``major.minor``)."""

    name: str
    title: str
    purpose: str
    how_to: str | tuple[str, ...]
    sheets: tuple[Sheet, ...]
    version: str = "1.0"

    def __post_init__(self) -> None:
        object.__setattr__(self, "sheets", tuple(self.sheets))
        if len({key_form(sheet.name) for sheet in self.sheets}) != len(self.sheets):
            raise ValueError(f"The workbook {self.name} declares a sheet twice.")

    def sheet(self, name: str) -> Sheet:
        """The declared sheet of that name. Raises ``KeyError``."""
        for sheet in self.sheets:
            if key_form(sheet.name) == key_form(name):
                return sheet
        raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong (``error``) or worth a look (``warning``), its place, and the sentence the user
    reads."""

    sheet: str
    row: int | None
    column: str | None
    value: str
    message: str
    level: Level = "error"

    def to_json(self) -> dict[str, Any]:
        """A plain dict for a JSON field."""
        return {
            "sheet": self.sheet,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "message": self.message,
            "level": self.level,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Problem":
        """The problem that :meth:`to_json` described."""
        return cls(
            data["sheet"],
            data["row"],
            data["column"],
            data["value"],
            data["message"],
            data.get("level", "error"),
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: typed ``values`` (None: blank or bad), the cells as they were (``raw``), and the ``bad``
    keys.

    ``number`` is the row as the spreadsheet counts it. ``values`` holds the keys of the columns that the file
    has.
    """

    sheet: str
    number: int
    values: Mapping[str, Any]
    raw: Mapping[str, Cell]
    bad: frozenset[str] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def __getitem__(self, key: str) -> Any:
        """The value of a column; None where it is blank, bad, or the file has no such column."""
        return self.values.get(key)

    def shown(self, key: str) -> str:
        """The cell as text, for messages."""
        return shown(self.raw.get(key))

    def problem(self, key: str | None, message: str, level: Level = "error") -> Problem:
        """A problem located at this row and, with a ``key``, at that column's cell."""
        if key is None:
            return Problem(self.sheet, self.number, None, "", message, level)
        return Problem(self.sheet, self.number, self.headers.get(key, key), self.shown(key), message, level)


@dataclass
class SheetReading:
    """The rows of one sheet and the keys of the columns ``present``: an absent column keeps, a blank cell
    clears.

    ``given`` tells whether the file had the sheet at all.
    """

    rows: list[Row] = field(default_factory=list)
    present: frozenset[str] = frozenset()
    given: bool = False


@dataclass
class Reading:
    """Everything read from a workbook: a reading for every declared sheet, and all problems found in cells.

    ``downloaded_at`` is when the file was downloaded; None where it does not tell (see
    :mod:`marketplace.workbooks.stale`).
    """

    sheets: dict[str, SheetReading] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    downloaded_at: datetime | None = None

    @property
    def errors(self) -> list[Problem]:
        """The problems that are errors."""
        return [problem for problem in self.problems if problem.level == "error"]

    @property
    def warnings(self) -> list[Problem]:
        """The problems that are warnings."""
        return [problem for problem in self.problems if problem.level == "warning"]


class Unreadable(Exception):
    """The whole file is refused; ``sentence`` (also ``str()``) is what the user reads."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


class OldTemplate(Unreadable):
    """The file follows an older major version of the template; the page that shows this links to the new
    one."""
