"""What the operations of this door share: bare answers, problems for errors, every path with a slash at its end."""

from decimal import Decimal
from typing import cast

from django.http import HttpRequest

from api.doors import Door, Told
from api.problems import of_request
from api.v1.api import StrictJson
from marketplace.numbers import exact_text
from marketplace.text import text_fault

PREFIX = "/picloflex"
LONGEST_TEXT = 500
HUNDREDTHS = 2
DOOR = Door()


def body_of(request: HttpRequest) -> Told:
    """The body as an object of JSON. Raises :class:`Problem`."""
    try:
        told = StrictJson().parse_body(request)
    except (ValueError, RecursionError):
        raise of_request("body_not_json") from None
    if not isinstance(told, dict):
        raise of_request("body_invalid", "The body is an object.")
    return told


def text_in(told: Told, name: str) -> str:
    """A field as one line of text; numbers as they are written. Raises :class:`Problem`."""
    value = told.get(name)
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise of_request("body_invalid", f"{name} is a text.")
    text = str(value) if not isinstance(value, float) else f"{Decimal(repr(value)):f}"
    fault = text_fault(text, field=name)
    if fault is not None or len(text) > LONGEST_TEXT:
        raise of_request("body_invalid", fault or f"{name} is too long.")
    return text.strip()


def amount(value: Decimal | None) -> str | None:
    """A number as these shapes have it: a text with at least two decimals."""
    if value is None:
        return None
    places = -int(cast(int, value.normalize().as_tuple().exponent))
    return f"{value:.2f}" if places <= HUNDREDTHS else exact_text(value)
