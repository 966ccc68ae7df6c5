"""The interface of OpenADR 3.1: its resources, where tokens are had, and how errors are told."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import NinjaAPI, Router

from accounts.enums import Role, Scope
from api.auth import Declared
from api.doors import Told
from api.openadr import events, programs, reports, subscriptions, vens
from api.openadr.door import DOOR
from api.problems import Problem, response_of
from api.requests import ProgramRequest
from api.v1.api import HANDLERS, StrictJson

router = Router(tags=["auth", "notifiers"])


@DOOR.reads(router, "/auth/server", Declared("", is_public=True))
def adr_auth_server(request: ProgramRequest) -> Told:
    """Where tokens are had."""
    return {"tokenURL": request.build_absolute_uri(reverse("api:token"))}


@DOOR.reads(router, "/notifiers", Declared(Scope.DISPATCH_READ, role=Role.OPERATIONS))
def adr_notifiers(request: ProgramRequest) -> Told:
    """How subscribers are told: by a post to their address."""
    return {"WEBHOOK": True}


api = NinjaAPI(
    title="OpenADR",
    version="3.1.0",
    urls_namespace="openadr",
    parser=StrictJson(),
    docs_url=None,
    openapi_url=None,
)
for resource in (programs, events, reports, subscriptions, vens):
    api.add_router("", resource.router)
api.add_router("", router)


def _as_documented(handler: Callable[[HttpRequest, Any], HttpResponse]) -> Any:
    """OpenADR names 400 for what can't be done as it was asked, where version 1 says 422."""

    def answer(request: HttpRequest, error: Any) -> HttpResponse:
        response = handler(request, error)
        if response.status_code != HTTPStatus.UNPROCESSABLE_ENTITY:
            return response
        told: Problem = response.problem  # type: ignore[attr-defined]
        more = {"title": "Refused", **told.more}
        return response_of(
            Problem(HTTPStatus.BAD_REQUEST, told.code, told.detail, errors=told.errors, more=more)
        )

    return answer


for of, handler in HANDLERS.items():
    api.add_exception_handler(of, _as_documented(handler))
