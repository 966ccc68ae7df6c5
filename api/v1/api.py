"""The interface of version 1: its resources, what becomes of errors, and its description."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from api.problems import Fault, Problem, of_refusal, of_request, response_of
from api.v1 import (
    assets,
    availability,
    ballots,
    competitions,
    contracts,
    decisions,
    dispatches,
    files,
    groups,
    market,
    me,
    messages,
    nominations,
    readings,
    set_up,
    settlement,
    test_dispatches,
    webhooks,
)
from api.v1.description import described
from marketplace.errors import Refused
from marketplace.numbers import counted

RESOURCES = (
    me,
    competitions,
    set_up,
    assets,
    groups,
    ballots,
    decisions,
    contracts,
    availability,
    dispatches,
    test_dispatches,
    messages,
    readings,
    nominations,
    settlement,
    files,
    webhooks,
    market,
)
PREFIX = "/api/v1"
MOST_PARTS = 250_000
JSON_TYPES = ("application/json", "application/merge-patch+json")


class TooManyParts(ValueError):
    """The body holds more lists, objects and values than any request may."""


class NoText(ValueError):
    """The body holds half a character pair, which no text has."""


class StrictJson(Parser):
    """JSON as it is specified: nothing that is no number, no body of another type."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type not in JSON_TYPES:
            raise ValueError(request.content_type)
        body = request.body
        if sum(body.count(each) for each in (b",", b"[", b"{")) > MOST_PARTS:
            raise TooManyParts
        told = json.loads(body, parse_constant=_refuse_constant)
        try:
            json.dumps(told, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise NoText from None
        return told


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


class Version1(NinjaAPI):
    """Its description says what the operations declare."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        """Made once in a process for an address of the site: that takes a second, and what is declared does not change.

        Whoever wants to change it copies it.
        """
        return self._described(settings.SITE_URL)

    @lru_cache(maxsize=4)  # noqa: B019  (the one interface lives as long as its process)
    def _described(self, site: str) -> Any:
        return described(super().get_openapi_schema(path_prefix=PREFIX), site)


MOST_TOLD = 5
"""So many kinds of fault are told in a sentence; all stand in the list."""
SENTENCES = {
    "missing": "This must be given.",
    "extra_forbidden": "There is no such field.",
}
"""By the type of an error of the schema, where its own words are not for people."""
api = Version1(
    title="Flexibility marketplace",
    version="1",
    urls_namespace="api_v1",
    parser=StrictJson(),
    docs_url=None,
    openapi_url=None,
)
for resource in RESOURCES:
    api.add_router("", resource.router)


@api.exception_handler(Problem)
def _problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    return response_of(problem)


@api.exception_handler(Refused)
def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    return response_of(of_refusal(refusal))


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    faults = [_fault(each) for each in error.errors]
    return response_of(of_request("body_invalid", _told(faults), errors=faults))


@api.exception_handler(HttpError)
def _unreadable(request: HttpRequest, error: HttpError) -> HttpResponse:
    if isinstance(error.__cause__, TooManyParts):
        return response_of(of_request("body_too_large"))
    if isinstance(error.__cause__, NoText):
        return response_of(of_request("request_unreadable"))
    return response_of(
        of_request("body_not_json" if request.content_type in JSON_TYPES else "content_type_unknown")
    )


@api.exception_handler(RequestDataTooBig)
def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return response_of(of_request("body_too_large"))


@api.exception_handler(Http404)
def _missing(request: HttpRequest, error: Http404) -> HttpResponse:
    return response_of(of_request("not_found"))


def _fault(error: Any) -> Fault:
    """One error of the schema: a body's place as a pointer, a parameter by its name."""
    where, *rest = error["loc"]
    path = rest[1:] if rest else []
    pointer = "".join(f"/{str(each).replace('~', '~0').replace('/', '~1')}" for each in path)
    if where != "body":
        pointer = str(path[-1] if path else rest[-1] if rest else where)
    sentence = SENTENCES.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    return Fault(pointer, error["type"], sentence, _shown(error.get("input")))


def _told(faults: list[Fault]) -> str:
    """The first of each kind of fault with its place, and how many there are in all."""
    first: dict[str, Fault] = {}
    for each in faults:
        first.setdefault(each.detail, each)
    told = [f"{each.pointer}: {each.detail}" for each in list(first.values())[:MOST_TOLD]]
    return f"{counted(len(faults), 'error')}. {' '.join(told)}"


def _shown(value: Any) -> str:
    return (
        value
        if isinstance(value, str)
        else ""
        if value is None or isinstance(value, (dict, list))
        else str(value)
    )


HANDLERS: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
    Problem: _problem,
    Refused: _refused,
    ValidationError: _invalid,
    HttpError: _unreadable,
    RequestDataTooBig: _too_large,
    Http404: _missing,
}
"""What each error is answered with, for the other doors."""
