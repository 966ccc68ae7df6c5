"""Problems as programs read them (RFC 9457): a stable code and the sentence that a person would read.

``errors`` names everything that is wrong, each with where it stands (RFC 6901, a pointer into the body), so that one
answer is enough to mend a request.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from api.codes import code_of
from marketplace.errors import NotAllowed, Refused

CONTENT_TYPE = "application/problem+json"
MOST_ERRORS = 1_000
LONGEST_VALUE = 200


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: where, which rule, in words, and what stood there."""

    pointer: str
    code: str
    detail: str
    value: str = ""


class Problem(Exception):
    """Ends an operation with this answer; what it began is undone."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.more = dict(more or {})


TITLES = {
    400: "The request can't be read",
    401: "No program is known",
    403: "Not allowed",
    404: "Not found",
    405: "Not a method of this address",
    409: "Still being worked on",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not a content type of this address",
    422: "Refused",
    429: "Too many requests",
    500: "Something broke",
    503: "Busy",
}

OF_REQUESTS: Mapping[str, tuple[int, str]] = {
    "body_not_json": (400, "The body is not JSON."),
    "request_unreadable": (400, "The request holds a character that no text has."),
    "token_missing": (401, "Send a token: Authorization: Bearer …"),
    "token_unknown": (401, "This token is unknown or over: get a new one."),
    "scope_missing": (403, "The token lacks the scope that this needs; the detail names it."),
    "role_missing": (403, "The program lacks the role that this needs; the detail names it."),
    "not_found": (404, "There is nothing at this address, or nothing that you may see."),
    "method_not_allowed": (405, "The address takes other methods; they are in the header Allow."),
    "still_running": (409, "The first request with this idempotency key is still being worked on."),
    "changed_meanwhile": (
        412,
        "What is stored is no longer what If-Match names; `present` is what is stored now.",
    ),
    "body_too_large": (413, "The body is larger than anything that is taken here."),
    "content_type_unknown": (415, "Send JSON: Content-Type: application/json."),
    "body_invalid": (422, "The body or a parameter does not fit the schema; errors name each place."),
    "confirmation_missing": (
        422,
        "Read in the detail what this does, then send it again and say that it is meant.",
    ),
    "cursor_unknown": (422, "The cursor is not one that this list gave."),
    "if_match_unusable": (422, "Nothing is read at this address, or above it, that If-Match could name."),
    "key_unusable": (422, "An idempotency key has 1 to 255 visible ASCII characters."),
    "key_reused": (422, "This idempotency key was used for another request."),
    "too_many_requests": (429, "Wait as long as Retry-After says."),
    "broken": (500, "Something broke on our side; nothing was saved. Tell support the X-Request-ID."),
    "busy": (503, "Others are being answered; send it again after Retry-After."),
}
"""The codes that speak of the request itself, with the status and what they mean. Rules have codes of their own."""

_BY_STATUS = {
    400: "request_unreadable",
    401: "token_missing",
    403: "role_missing",
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    429: "too_many_requests",
    500: "broken",
    503: "busy",
}


def of_request(code: str, detail: str = "", **more: Any) -> Problem:
    """A problem with one of :data:`OF_REQUESTS`; ``detail`` is its usual sentence unless told otherwise."""
    status, usual = OF_REQUESTS[code]
    return Problem(status, code, detail or usual, **more)


def of_refusal(refusal: Refused) -> Problem:
    """What a rule refused, as a problem: 403 for who lacks a role, 422 for anything else."""
    status = HTTPStatus.FORBIDDEN if isinstance(refusal, NotAllowed) else HTTPStatus.UNPROCESSABLE_ENTITY
    return Problem(int(status), code_of(refusal), refusal.sentence)


def of_status(status: int) -> Problem:
    """The problem that stands for a status which nothing more is known of."""
    code = _BY_STATUS.get(status, "request_unreadable" if status < 500 else "broken")
    return Problem(status, code, OF_REQUESTS[code][1])


def body_of(problem: Problem) -> dict[str, Any]:
    """The members of the answer."""
    told: dict[str, Any] = {
        "type": type_of(problem.code),
        "title": TITLES.get(problem.status, "Refused"),
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
    }
    if problem.errors:
        told["errors"] = [
            {"pointer": each.pointer, "code": each.code, "detail": each.detail}
            | ({"value": each.value[:LONGEST_VALUE]} if each.value else {})
            for each in problem.errors[:MOST_ERRORS]
        ]
        if len(problem.errors) > MOST_ERRORS:
            told["errors_left_out"] = len(problem.errors) - MOST_ERRORS
    return told | problem.more


def type_of(code: str) -> str:
    """The address of the documentation page that explains the code."""
    return f"{settings.SITE_URL}/api/problems/#{code}"


def response_of(problem: Problem) -> HttpResponse:
    """The answer that tells the problem."""
    text = json.dumps(body_of(problem), ensure_ascii=False)
    response = HttpResponse(text, status=problem.status, content_type=CONTENT_TYPE)
    for name, value in problem.headers.items():
        response[name] = value
    response.problem_code = problem.code  # type: ignore[attr-defined]
    response.problem = problem  # type: ignore[attr-defined]
    return response
