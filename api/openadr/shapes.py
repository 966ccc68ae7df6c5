"""What OpenADR requests are made of. Fields that are not known are left aside, as clients of several versions send them."""

import re
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api.shapes import Instant, Line
from marketplace.text import text_fault

MOST_VALUES = 10_000
DURATION = re.compile(
    r"P(?=\d|T\d)(?:(\d{1,4})Y)?(?:(\d{1,5})M)?(?:(\d{1,6})([DW]))?"
    r"(?:T(?:(\d{1,6})H)?(?:(\d{1,8})M)?(?:(\d{1,9})(?:\.0+)?S)?)?"
)
MOST_DAYS = 3660
MOST_NUMBER = 10**15
LONGEST_TEXT = 1000
SIX_PLACES = Decimal("0.000001")


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    found = DURATION.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[1] or found[2]:
        raise ValueError('Write a length of time after ISO 8601 in weeks, days or less, for example "PT30M".')
    days = int(found[3] or 0) * (7 if found[4] == "W" else 1)
    if days > MOST_DAYS:
        raise ValueError("The length of time is too long.")
    hours, minutes, seconds = (int(found[place] or 0) for place in (5, 6, 7))
    return timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


def _value(value: Any) -> Any:
    if isinstance(value, str):
        fault = text_fault(value, multiline=True)
        if fault is not None or len(value) > LONGEST_TEXT:
            raise ValueError(fault or f"A text has at most {LONGEST_TEXT} characters.")
    elif isinstance(value, dict):
        if set(value) != {"x", "y"} or any(isinstance(each, (dict, str)) for each in value.values()):
            raise ValueError("A point is two numbers, x and y.")
        return {name: _value(each) for name, each in value.items()}
    elif not isinstance(value, (int, float)) or not abs(value) < MOST_NUMBER:
        raise ValueError("A value is a number, a text, true or false, or a point.")
    return value


def duration_text(length: timedelta) -> str:
    """ISO 8601: days where they are whole, else hours, minutes and seconds."""
    seconds = int(length.total_seconds())
    if seconds and seconds % 86_400 == 0:
        return f"P{seconds // 86_400}D"
    parts = ((seconds // 3600, "H"), (seconds // 60 % 60, "M"), (seconds % 60, "S"))
    return "PT" + ("".join(f"{number}{letter}" for number, letter in parts if number) or "0S")


def exact(value: Any) -> Decimal | None:
    """A value of a payload as an exact number of six decimals; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = Decimal(str(value))
        return number.quantize(SIX_PLACES) if number.is_finite() and abs(number) < 10**12 else None
    except InvalidOperation:
        return None


def plain(number: Decimal) -> int | float:
    """A number as JSON has it."""
    return int(number) if number == int(number) else float(number)


def _named(field: str) -> str:
    return to_camel(field).replace("Id", "ID") if field.endswith("_id") else to_camel(field)


class Sent(BaseModel):
    """A part of a request."""

    model_config = ConfigDict(alias_generator=_named, populate_by_name=True)


Name = Annotated[Line, Field(min_length=1, max_length=128)]
ObjectId = Annotated[str, Field(pattern="^[a-zA-Z0-9_-]{1,128}$")]
Duration = Annotated[timedelta, BeforeValidator(_duration)]


class Period(Sent):
    """A start and a length of time, which the intervals below it have where they name none."""

    start: Instant | None = None
    duration: Duration | None = None


class Values(Sent):
    """Values of one type."""

    type: Name
    values: list[Annotated[Any, BeforeValidator(_value)]] = Field(max_length=MOST_VALUES)


class Interval(Sent):
    """A stretch of time with what holds in it."""

    id: int
    interval_period: Period | None = None
    payloads: list[Values] = Field(max_length=20)


class PayloadDescriptor(Sent):
    """How the values of a type are meant."""

    object_type: Name = "REPORT_PAYLOAD_DESCRIPTOR"
    payload_type: Name
    reading_type: Annotated[Line, Field(max_length=128)] | None = None
    units: Annotated[Line, Field(max_length=128)] | None = None
    accuracy: float | None = Field(None, ge=0, le=10**9)
    confidence: int | None = Field(None, ge=0, le=100)


class EventTold(Sent):
    """A dispatch, as an event."""

    program_id: ObjectId
    event_name: Line | None = None
    duration: Duration | None = None
    interval_period: Period | None = None
    intervals: list[Interval] | None = Field(None, max_length=200)
    payload_descriptors: list[PayloadDescriptor] | None = None


class ResourceTold(Sent):
    """What is told of one resource."""

    resource_name: Name
    interval_period: Period | None = None
    intervals: list[Interval] = Field(max_length=MOST_VALUES)


class ReportTold(Sent):
    """A report of a provider."""

    event_id: ObjectId
    client_name: Name
    report_name: Line | None = Field(None, max_length=128)
    payload_descriptors: list[PayloadDescriptor] | None = None
    resources: list[ResourceTold] = Field(max_length=1_000)


class Wanted(Sent):
    """Which changes of what a subscription is told of, and where."""

    objects: list[str] = Field(min_length=1, max_length=6)
    operations: list[str] = Field(min_length=1, max_length=4)
    callback_url: Annotated[Line, Field(min_length=2, max_length=500)]
    bearer_token: Annotated[Line, Field(max_length=4096)] | None = None


class SubscriptionTold(Sent):
    """A subscription to changes."""

    client_name: Name
    program_id: ObjectId | None = None
    object_operations: list[Wanted] = Field(min_length=1, max_length=10)
    targets: list[Name] | None = Field(None, max_length=100)
