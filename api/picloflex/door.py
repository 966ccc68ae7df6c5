"""How an operation of this door is declared: bare answers, problems for errors, every path with a slash at its end."""

import json
from collections.abc import Callable
from decimal import Decimal
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from ninja import Router

from api.auth import Declared
from api.idempotency import done_once
from api.operations import JSON, Method, Operation, View, etag_of, raw_json
from api.problems import of_refusal, of_request
from api.requests import ProgramRequest
from marketplace import clock
from marketplace.errors import Refused
from marketplace.numbers import exact_text
from marketplace.text import text_fault

PREFIX = "/picloflex"
LONGEST_TEXT = 500
HUNDREDTHS = 2
Told = dict[str, Any]

operations: dict[str, Operation] = {}
"""Every operation of this door by its id."""


def reads(router: Router, path: str, declared: Declared) -> Callable[[View], View]:
    """Declare an operation that only reads."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            return raw_json(request, view(cast(ProgramRequest, request), *args, **kwargs))

        _register(router, "GET", path, declared, answered)
        return answered

    return decorate


def writes(router: Router, method: Method, path: str, declared: Declared) -> Callable[[View], View]:
    """Declare an operation that changes something, in one transaction; a POST answers 201."""
    status = 201 if method == "POST" else 200

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            asked = cast(ProgramRequest, request)

            def effect() -> HttpResponse:
                told = view(asked, *args, **kwargs)
                body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
                response = HttpResponse(body, status=status, content_type=JSON)
                response["ETag"] = etag_of(body)
                return response

            try:
                return done_once(asked, effect, clock.now())
            except Refused as refusal:
                raise of_refusal(refusal) from refusal

        _register(router, method, path, declared, answered)
        return answered

    return decorate


def _register(router: Router, method: Method, path: str, declared: Declared, view: View) -> None:
    name = view.__name__
    assert name not in operations, name
    operations[name] = Operation(name, method, path, declared)
    router.api_operation([method], path, auth=declared, operation_id=name, url_name=name)(view)


def body_of(request: HttpRequest) -> Told:
    """The body as an object of JSON. Raises :class:`Problem`."""
    from api.v1.api import StrictJson  # the parser of version 1

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
