"""How an operation of this door is declared: as those of version 1, with the answers that OpenADR names."""

import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
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

PREFIX = "/openadr3/3.1.0"
MOST = 50
LONGEST_SKIP = 1_000_000
Told = dict[str, Any]

operations: dict[str, Operation] = {}
"""Every operation of this door by its id."""


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for."""

    skip: int
    limit: int

    @property
    def part(self) -> slice:
        return slice(self.skip, self.skip + self.limit)


def page_of(request: HttpRequest) -> Page:
    """``skip`` and ``limit`` of a request. Raises :class:`Problem` for what is no such number."""
    return Page(_whole(request, "skip", 0, LONGEST_SKIP), _whole(request, "limit", MOST, MOST))


def _whole(request: HttpRequest, name: str, usual: int, most: int) -> int:
    told = request.GET.get(name, str(usual))
    if not (told.isascii() and told.isdecimal() and len(told) <= 8 and int(told) <= most):
        raise of_request("body_invalid", f"{name} is a whole number from 0 to {most}.")
    return int(told)


def listed_in(request: HttpRequest, name: str) -> list[str]:
    """The values of a parameter that may be given several times, or once with commas between."""
    told = [part.strip() for each in request.GET.getlist(name) for part in each.split(",")]
    return [each for each in told if each][:100]


def flag_in(request: HttpRequest, name: str) -> bool:
    """Whether a parameter says true. Raises :class:`Problem` for what is neither true nor false."""
    told = request.GET.get(name, "false").lower()
    if told not in ("true", "false"):
        raise of_request("body_invalid", f"{name} is true or false.")
    return told == "true"


def id_of(text: str) -> uuid.UUID | None:
    """The ID that a text is; None for a text that is none of ours."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def missing(what: str) -> Exception:
    """The problem of a thing that is not there, or not the reader's."""
    return of_request("not_found", f"There is no such {what} among yours.")


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
    """Declare an operation that changes something, in one transaction; one that adds answers 201."""
    status = 201 if method == "POST" else 200

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            asked = cast(ProgramRequest, request)

            def effect() -> HttpResponse:
                body = json.dumps(view(asked, *args, **kwargs), ensure_ascii=False, separators=(",", ":"))
                response = HttpResponse(body.encode(), status=status, content_type=JSON)
                response["ETag"] = etag_of(body.encode())
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
    router.api_operation(
        [method],
        path,
        auth=declared,
        operation_id=name,
        url_name=name,
        summary=(view.__doc__ or name).strip().splitlines()[0],
    )(view)
