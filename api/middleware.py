"""Around every request of a program: who it acts for, its log, and that each refusal is a problem."""

import time
from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts.domain.tokens import acting_client
from api.auth import too_many
from api.log import log_request
from api.picloflex.tokens import unwrapped
from api.problems import CONTENT_TYPE, of_request, of_status, response_of
from api.requests import ProgramRequest, address_of
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web import rate_limits

JSON_TYPES = (CONTENT_TYPE, "application/json", "application/geo+json")
DESCRIPTION = "/api/v1/openapi.json"
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


def is_of_programs(request: HttpRequest) -> bool:
    """Whether the address is one that programs talk to; the description is a page for everybody."""
    return request.path.startswith(tuple(settings.PROGRAM_PATHS)) and request.path != DESCRIPTION


class ApiAnswers:
    """Outermost: no cookie counts, and every refusal is a problem."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_of_programs(request):
            return self.get_response(request)
        asked, began = cast(ProgramRequest, request), time.monotonic()
        request.COOKIES = {}
        asked.acting, asked.denied, asked.has_token = None, None, False
        response = _as_problem(self.get_response(request))
        log_request(asked, response, milliseconds=round((time.monotonic() - began) * 1000))
        return response


class ApiClients:
    """Puts the member behind a token on the request, so that all that follows counts it as that member's."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not is_of_programs(request):
            return self.get_response(request)
        asked = cast(ProgramRequest, request)
        told, _, token = request.headers.get("Authorization", "").partition(" ")
        asked.has_token = told.lower() == "bearer" and bool(token)
        if not asked.has_token:
            return self.get_response(request)
        try:
            asked.acting = acting_client(
                unwrapped(token.strip()), address=address_of(request), now=clock.now()
            )
        except Refused as refusal:
            asked.denied = refusal
        if asked.acting is not None:
            asked.client, asked.member = asked.acting.client, asked.acting.client.member
            rate = rate_limits.rate_named("program")
            if not rate_limits.allowed("program", asked.client.pk, rate):
                return response_of(too_many(rate))
        return self.get_response(request)


def _as_problem(response: HttpResponse) -> HttpResponse:
    if response.status_code < 400 or response.headers.get("Content-Type", "").startswith(JSON_TYPES):
        return response
    told = of_request("not_found") if response.status_code == 404 else of_status(response.status_code)
    told.headers = {name: response[name] for name in KEPT_HEADERS if name in response}
    return response_of(told)
