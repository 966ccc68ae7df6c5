"""The kinds of values that requests and answers are made of: exact numbers as texts, instants in UTC, checked text."""

import re
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    WithJsonSchema,
)

from marketplace.dates import instant_text, named_day
from marketplace.number_text import number_text
from marketplace.numbers import exact_text
from marketplace.text import text_fault

NUMBER = r"^-?[0-9]+(\.[0-9]+)?$"
LONGEST_NUMBER = 40
TIMES = ("1900-01-01T00:00:00Z", "2200-01-01T00:00:00Z")
_EARLIEST, _LATEST = (datetime.fromisoformat(each) for each in TIMES)


class Told(BaseModel):
    """What a program sends: nothing but the fields that there are."""

    model_config = ConfigDict(extra="forbid")


class Shown(BaseModel):
    """What a program is answered."""


class FaultShape(Shown):
    """One thing that is wrong with a request."""

    pointer: str = Field(
        description="Where it stands: a JSON pointer into the body, or the parameter's name."
    )
    code: str
    detail: str
    value: str | None = None


class ProblemShape(Shown):
    """What was refused and why (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FaultShape] | None = None


def _line(text: str) -> str:
    fault = text_fault(text)
    if fault is not None:
        raise ValueError(fault)
    return text


def _lines(text: str) -> str:
    fault = text_fault(text, multiline=True)
    if fault is not None:
        raise ValueError(fault)
    return text


def _number(value: Any) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise ValueError('Write the number as a text, for example "12.5".')
    text = number_text(str(value))
    try:
        number = Decimal(text)
    except ArithmeticError:
        raise ValueError(f"“{text[:30]}” is not a number.") from None
    if not number.is_finite() or len(text) > LONGEST_NUMBER or abs(number.adjusted()) > LONGEST_NUMBER:
        raise ValueError("The number is too large or too fine.")
    return number


def _instant(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or "T" not in str(value).upper():
        raise ValueError('Write the time with its zone, for example "2026-06-01T16:00:00Z".')
    if not _EARLIEST <= found <= _LATEST:
        raise ValueError("The time is too far away.")
    return found.astimezone(UTC)


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    try:
        return named_day(value if isinstance(value, str) else "")
    except ValueError:
        raise ValueError('Write a day of this time, for example "2026-06-01".') from None


def _length(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = (
        re.fullmatch(r"([0-9]{1,4}):([0-5][0-9])(?::([0-5][0-9]))?", value)
        if isinstance(value, str)
        else None
    )
    if found is None:
        raise ValueError('Write a length of time as HH:MM:SS, for example "02:00:00".')
    hours, minutes, seconds = (int(each or 0) for each in found.groups())
    return timedelta(hours=hours, minutes=minutes, seconds=seconds)


def _clock(value: Any) -> time:
    if isinstance(value, time):
        return value
    found = (
        re.fullmatch(r"([01][0-9]|2[0-4]):([0-5][0-9])(?::00)?", value) if isinstance(value, str) else None
    )
    hours, minutes = (int(found[1]), int(found[2])) if found is not None else (25, 0)
    if hours > 24 or (hours == 24 and minutes):
        raise ValueError('Write a local time of day as HH:MM, for example "16:00".')
    return time(hours % 24, minutes)


def duration_text(length: timedelta) -> str:
    """HH:MM:SS, hours beyond 24 where there are more, as the workbooks have it."""
    seconds = int(length.total_seconds())
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


Line = Annotated[str, AfterValidator(_line)]
"""Text of one line, checked as in every form."""
Lines = Annotated[str, AfterValidator(_lines)]
"""Text of several lines, checked as in every form."""
Number = Annotated[
    Decimal,
    BeforeValidator(_number),
    PlainSerializer(lambda number: exact_text(number) or "0", return_type=str),
    WithJsonSchema({"type": "string", "pattern": NUMBER, "examples": ["12.5"]}),
]
"""An exact number, as text in JSON."""
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    PlainSerializer(instant_text, return_type=str),
    WithJsonSchema({"type": "string", "format": "date-time", "examples": ["2026-06-01T16:00:00Z"]}),
]
"""A time in UTC."""
Day = Annotated[date, WithJsonSchema({"type": "string", "format": "date"})]
"""A day, in answers."""
DayTold = Annotated[
    date,
    BeforeValidator(_day),
    WithJsonSchema({"type": "string", "format": "date", "examples": ["2026-06-01"]}),
]
"""A day on which a service can be, in requests."""
Length = Annotated[
    timedelta,
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema({"type": "string", "examples": ["02:00:00"]}),
]
"""A length of time as HH:MM:SS, in answers."""
LengthTold = Annotated[
    timedelta,
    BeforeValidator(_length),
    PlainSerializer(duration_text, return_type=str),
    WithJsonSchema(
        {"type": "string", "pattern": r"^[0-9]{1,4}:[0-5][0-9](:[0-5][0-9])?$", "examples": ["02:00:00"]}
    ),
]
"""A length of time as HH:MM:SS, in requests."""
ClockTold = Annotated[
    time,
    BeforeValidator(_clock),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": r"^([01][0-9]|2[0-4]):[0-5][0-9](:00)?$",
            "examples": ["16:00"],
        }
    ),
]
"""A local time of day in whole minutes, in requests; 24:00 is the midnight at the end."""
