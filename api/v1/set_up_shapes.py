"""What programs say of a competition that is set up: shapes that follow from the columns of the competition file."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import Field, create_model

from api.codes import code_of_sentence
from api.problems import Fault
from api.shapes import ClockTold, DayTold, Instant, LengthTold, Line, Lines, Number, Told
from competitions.columns import BOUNDARY, HEADER, WINDOW
from competitions.columns.field import Field as FileField
from competitions.domain.setting_up.terms import Terms
from competitions.enums import Phase
from competitions.workbooks.specs import BOUNDARIES, COMPETITIONS, WINDOWS
from competitions.workbooks.typed import FIRST_ROW, cell_text
from marketplace.keys import key_form
from marketplace.workbooks import kinds
from marketplace.workbooks.choices import Choice, ChoiceList, Days, TextList, YesNo
from marketplace.workbooks.declare import Column, Problem, Sheet
from marketplace.workbooks.moments import Date, DateTime, Duration, Time

MOST_ROWS = 5_000
Weekday = Annotated[int, Field(ge=0, le=6)]
PARTS = {BOUNDARIES.name: "boundary", WINDOWS.name: "windows"}
BLANK: tuple[Any, ...] = (None, (), [], "", frozenset())
_PLAIN: Mapping[type, Any] = {
    kinds.Number: Number,
    kinds.Whole: int,
    kinds.Email: Line,
    kinds.Url: Line,
    YesNo: bool,
    DateTime: Instant,
    Date: DayTold,
    Time: ClockTold,
    Duration: LengthTold,
    Days: list[Weekday],
    TextList: list[Line],
}


def _type_of(column: Column) -> Any:
    kind = column.kind
    if isinstance(kind, Choice):
        return Line if kind.others_up_to else Literal[tuple(kind.labels.values())]
    if isinstance(kind, ChoiceList):
        codes: Any = Literal[tuple(kind.labels.values())]
        return list[codes]
    if isinstance(kind, kinds.Text):
        return Lines if kind.multiline else Line
    return _PLAIN[type(kind)]


def _fields(columns: Sequence[FileField]) -> dict[str, Any]:
    """A field for each column: what is required there is required here, and what is left out is blank."""
    return {
        column.key: (
            _type_of(column) if column.required else _type_of(column) | None,
            Field(... if column.required else None, description=column.meaning or column.explanation),
        )
        for column in columns[1:]
    }


if TYPE_CHECKING:
    PartTold: TypeAlias = Any
    SetUpWindow: TypeAlias = Any
    SetUpTold: TypeAlias = Any
    SetUpShape: TypeAlias = Any
else:
    PartTold = create_model(
        "BoundaryPart", __base__=Told, __doc__="A part of a boundary.", **_fields(BOUNDARY)
    )
    SetUpWindow = create_model(
        "SetUpWindow", __base__=Told, __doc__="A service window with its period.", **_fields(WINDOW)
    )
    _HEADER = create_model("SetUpHeader", __base__=Told, **_fields(HEADER))

    class SetUpTold(_HEADER):
        """A whole competition: what is left out is blank, or its default."""

        boundary: list[PartTold] = Field(max_length=MOST_ROWS)
        windows: list[SetUpWindow] = Field(max_length=MOST_ROWS)
        is_confirmed: bool = Field(
            False, description="What this makes visible to providers, or hides from them, is meant."
        )

    class SetUpShape(_HEADER):
        """A competition as it is set up; without ref, phase, changed_at and warnings it can be put again."""

        ref: str
        phase: Phase
        changed_at: Instant
        boundary: list[PartTold]
        windows: list[SetUpWindow]
        warnings: list[str] = Field(
            description="What is worth a look in what was put; empty when it is read."
        )


class DatesTold(Told):
    """By how many days the dates that lie ahead move, each keeping its local time of day."""

    days: int = Field(ge=-3660, le=3660)
    periods: bool = Field(True, description="Whether the service periods that have not begun move, too.")
    is_confirmed: bool = False


class ReasonTold(Told):
    """Why it is cancelled; everybody who sees the competition reads it."""

    reason: Annotated[Lines, Field(max_length=5000)]


def sheets_told(body: Any, ref: str, zone: ZoneInfo) -> dict[str, list[dict[str, str]]]:
    """What was sent as the cells of the pages, read by what reads those."""
    return {
        COMPETITIONS.name: [{"ref": ref, **_cells(COMPETITIONS, body, zone)}],
        BOUNDARIES.name: [_cells(BOUNDARIES, each, zone) for each in body.boundary],
        WINDOWS.name: [_cells(WINDOWS, each, zone) for each in body.windows],
    }


def _cells(sheet: Sheet, told: Any, zone: ZoneInfo) -> dict[str, str]:
    return {column.key: _cell(column, getattr(told, column.key), zone) for column in sheet.columns[1:]}


def _cell(column: Column, value: Any, zone: ZoneInfo) -> str:
    if value in BLANK:
        return ""
    if isinstance(column.kind, DateTime):
        return str(column.kind.write(value))  # in UTC, which is exact where clocks go back
    return cell_text(column, value, zone)


def faults_of(problems: Sequence[Problem]) -> list[Fault]:
    """The errors among the problems, each with its place in what was sent."""
    return [
        Fault(_pointer(problem, key), code, problem.message, problem.value)
        for problem in problems
        if problem.level == "error"
        for key in [_key(problem)]
        for code in [code_of_sentence(problem.message) or f"competition_{key or 'refused'}"]
    ]


def _key(problem: Problem) -> str:
    for sheet in (COMPETITIONS, BOUNDARIES, WINDOWS):
        if sheet.name == problem.sheet and problem.column:
            found = sheet.by_header.get(key_form(problem.column))
            return found.key if found is not None else ""
    return ""


def _pointer(problem: Problem, key: str) -> str:
    part = PARTS.get(problem.sheet)
    place = f"/{part}" if part else ""
    if part and problem.row is not None:
        place = f"{place}/{problem.row - FIRST_ROW}"
    return f"{place}/{key}" if key else place


def set_up_shape(terms: Terms, phase: Phase, changed_at: Any, warnings: Sequence[str] = ()) -> Any:
    """Stored terms as programs read them, and can put them again."""
    return SetUpShape(
        **dict(_values(HEADER, terms.header)),
        ref=terms.ref,
        phase=phase,
        changed_at=changed_at,
        boundary=[PartTold(**dict(_values(BOUNDARY, vars(each)))) for each in terms.boundary],
        windows=[SetUpWindow(**dict(_values(WINDOW, vars(each)))) for each in terms.windows],
        warnings=list(warnings),
    )


def _values(columns: Sequence[FileField], stored: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for column in columns[1:]:
        value = stored[column.key]
        if isinstance(value, (frozenset, tuple)):
            value = sorted(value) if isinstance(value, frozenset) else list(value)
        yield column.key, None if value in BLANK and not column.required else value
