"""How an operation is declared: what it needs, what it reads, what it answers.

A reading operation answers a shape; a writing one does so too, in one transaction, at most once for a key, only if
what is stored is what ``If-Match`` names, and with ``dry_run`` to no effect.
"""

import hashlib
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Literal, cast

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from ninja import Router
from pydantic import BaseModel

from api.auth import Declared
from api.idempotency import FORM, done_once
from api.problems import Problem, of_refusal, of_request
from api.requests import ProgramRequest
from api.shapes import ProblemShape
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.rate_limits import heavy_public

BINARY = bytes
"""What an operation returns whose answer is a file."""
FRESH_SECONDS = 60
JSON = "application/json; charset=utf-8"
Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
View = Callable[..., Any]
Locks = Callable[..., object]
"""Takes the locks of an action, asked with what the address of its state names."""
READ_REFUSALS = (400, 401, 403, 404, 422, 429, 503)
WRITE_REFUSALS = (400, 401, 403, 404, 409, 412, 413, 415, 422, 429, 503)
DRY_RUN = "dry_run"

operations: dict[str, "Operation"] = {}
"""Every operation by its id."""
_readers: dict[str, View] = {}


@dataclass(frozen=True)
class Operation:
    """An operation as the documentation and the tests know it.

    ``state`` is the address of what it changes, blank where there is nothing that ``If-Match`` could name.
    """

    id: str
    method: Method
    path: str
    declared: Declared
    is_file: bool = False
    takes_file: bool = False
    state: str = ""

    @property
    def writes(self) -> bool:
        return self.method != "GET"


@dataclass(frozen=True)
class Answer:
    """A shape with another status than 200; ``read_as`` is what reading the address will answer, where that differs."""

    shape: BaseModel
    status: int = 200
    read_as: BaseModel | None = None


def reads(router: Router, path: str, declared: Declared, returns: Any) -> Callable[[View], View]:
    """Declare an operation that only reads."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            asked = cast(ProgramRequest, request)
            found = view(asked, *args, **kwargs)
            response = (
                found if isinstance(found, HttpResponse) else unless_known(request, json_response(found))
            )
            if declared.is_public:
                _say_public(asked, response)
            return response

        _readers[path] = view
        opened = heavy_public(answered) if declared.is_public else answered
        _register(router, "GET", path, declared, opened, {200: returns}, READ_REFUSALS)
        return answered

    return decorate


def writes(
    router: Router,
    method: Method,
    path: str,
    declared: Declared,
    returns: Any,
    made: bool = False,
    takes_file: bool = False,
    of: str = "",
    locks: Locks | None = None,
) -> Callable[[View], View]:
    """Declare an operation that changes something; ``made``: it may answer 201; ``takes_file``: its body is a form.

    ``of`` is the address of what is changed, which ``If-Match`` names: by itself the operation's own, else the one above.
    Where there is one, ``locks`` takes the first locks of the action, in its order: they keep every other change away
    while what is stored is compared with what ``If-Match`` names, and until the transaction ends.
    """
    state = of or _address_of_state(path)
    if bool(state) != (locks is not None):
        raise ValueError(
            f"{method} {path} takes If-Match on “{state}”, so it says what it locks, or neither."
        )

    def decorate(view: View) -> View:
        @wraps(view)
        def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            asked = cast(ProgramRequest, request)
            is_dry = _is_dry(asked)
            if takes_file and request.content_type != FORM:
                raise of_request("content_type_unknown", "Send a form with a file: multipart/form-data.")

            def effect() -> HttpResponse:
                _check_unchanged(asked, state, locks, kwargs)
                found = view(asked, *args, **kwargs)
                answer = found if isinstance(found, Answer) else Answer(found)
                response = json_response(answer.shape, answer.status)
                if answer.read_as is not None:
                    response["ETag"] = json_response(answer.read_as)["ETag"]
                return response

            try:
                return _without_effect(effect) if is_dry else done_once(asked, effect, clock.now())
            except Refused as refusal:
                raise of_refusal(refusal) from refusal

        answers = {200: returns} | ({201: returns} if made else {})
        _register(router, method, path, declared, answered, answers, WRITE_REFUSALS, takes_file, state)
        return answered

    return decorate


def _say_public(request: ProgramRequest, response: HttpResponse) -> None:
    """What is told to everybody may be kept for a minute and read by the pages of other sites."""
    response["Vary"] = "Authorization"
    if not request.has_token:
        response.headers.setdefault("Cache-Control", f"public, max-age={FRESH_SECONDS}")
        response["Access-Control-Allow-Origin"] = "*"


def _register(
    router: Router,
    method: Method,
    path: str,
    declared: Declared,
    view: View,
    answers: dict[int, Any],
    refusals: tuple[int, ...],
    takes_file: bool = False,
    state: str = "",
) -> None:
    name = view.__name__
    assert name not in operations, name
    operations[name] = Operation(name, method, path, declared, answers[200] is BINARY, takes_file, state)
    router.api_operation(
        [method],
        path,
        auth=declared,
        response=answers | dict.fromkeys(refusals, ProblemShape),
        operation_id=name,
        url_name=name,
        summary=(view.__doc__ or name).strip().splitlines()[0],
    )(view)


def _is_dry(request: ProgramRequest) -> bool:
    told = request.GET.get(DRY_RUN, "false")
    if told not in ("true", "false"):
        raise of_request("body_invalid", "dry_run is true or false.")
    return told == "true"


def _without_effect(effect: Callable[[], HttpResponse]) -> HttpResponse:
    with transaction.atomic():
        response = effect()
        transaction.set_rollback(True)
    response["Dry-Run"] = "true"
    return response


def _address_of_state(path: str) -> str:
    """The address whose answer is what is changed at this one: itself, or the one above; blank where neither is of one
    thing."""
    for address in (path, path.rpartition("/")[0]):
        if address in _readers and _reads_one(address):
            return address
    return ""


def _reads_one(address: str) -> bool:
    named = inspect.signature(_readers[address]).parameters
    return "{" in address and all(f"{{{name}}}" in _untyped(address) for name in list(named)[1:])


def _untyped(address: str) -> str:
    return address.replace("{uuid:", "{")


def _check_unchanged(request: ProgramRequest, state: str, locks: Locks | None, named: dict[str, Any]) -> None:
    """Raise :class:`Problem` unless what is stored at the address ``state`` is what ``If-Match`` names.

    It is read under the locks of the action, so what a page or another program changed first is seen, and what comes
    later waits for the action.
    """
    wanted = request.headers.get("If-Match")
    if wanted is None:
        return
    if locks is None:
        raise of_request("if_match_unusable")
    of_address = {name: value for name, value in named.items() if f"{{{name}}}" in _untyped(state)}
    try:
        locks(request, **of_address)
        shown = _readers[state](request, **of_address)
    except Problem as problem:
        if problem.status != 404:
            raise
        raise of_request("changed_meanwhile", more={"present": None}) from problem
    answer = json_response(shown)
    if "*" in wanted.split(",") or answer["ETag"] in [each.strip() for each in wanted.split(",")]:
        return
    headers = {"ETag": answer["ETag"]}
    raise of_request("changed_meanwhile", headers=headers, more={"present": shown.model_dump(mode="json")})


def json_response(shape: BaseModel, status: int = 200) -> HttpResponse:
    """The shape as an answer, with the ETag of its text."""
    body = shape.model_dump_json().encode()
    response = HttpResponse(body, status=status, content_type=JSON)
    response["ETag"] = etag_of(body)
    return response


def raw_json(request: HttpRequest, told: Any, content_type: str = JSON) -> HttpResponse:
    """Plain data as an answer, with an ETag, 304 where it is known."""
    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
    response = HttpResponse(body, content_type=content_type)
    response["ETag"] = etag_of(body)
    return unless_known(request, response)


def etag_of(body: bytes) -> str:
    """The same for the same text, in the quotes of the header."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def unless_known(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """304 instead of the answer where ``If-None-Match`` names its ETag."""
    conditional = get_conditional_response(request, etag=response["ETag"], response=response)
    return conditional if isinstance(conditional, HttpResponse) else response
