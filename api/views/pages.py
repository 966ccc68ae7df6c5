"""Pages about the API: where programs begin, what they asked for, what a problem means, what changed."""

from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.domain.queries import clients_of
from accounts.enums import Role, Scope
from accounts.requests import MemberRequest
from api.codes import GENERAL, rules
from api.log import requests_of
from api.pages.changelog import CHANGES
from api.pages.documentation import Section, sections_of
from api.pages.filters import RequestFilter
from api.pages.tables import RequestList
from api.problems import OF_REQUESTS
from api.v1.api import api
from api.v1.description import TOKEN_PATH
from marketplace.web.access import member, public
from marketplace.web.lists import list_page


@require_GET
@member(role=Role.ACCOUNT)
def programs(request: MemberRequest) -> HttpResponse:
    """Where a program begins: its address, a first call, and the organisation's programs."""
    shown = {
        "site": settings.SITE_URL,
        "token_url": f"{settings.SITE_URL}{TOKEN_PATH}",
        "clients": clients_of(request.member).filter(revoked_at=None),
        "scopes": list(Scope),
    }
    return render(request, "api/programs.html", shown)


@require_GET
@member(role=Role.ACCOUNT)
def requests(request: MemberRequest) -> HttpResponse:
    """What the organisation's programs asked for, as long as it is kept."""
    zone = request.member.organisation.zone
    own = requests_of(request.member)
    found = RequestFilter(request.GET, queryset=own)
    listing = RequestList(found.qs, request=request, zone=zone)
    return list_page(request, "api/requests.html", listing, {"filter": found, "any": own.exists()})


@require_GET
@public
def problems(request: HttpRequest) -> HttpResponse:
    """Every code that a problem may have, with its sentence."""
    of_requests = [(code, status, sentence) for code, (status, sentence) in OF_REQUESTS.items()]
    shown = {"of_requests": of_requests, "general": GENERAL.items(), "rules": rules()}
    return render(request, "api/problems.html", shown)


@require_GET
@public
def changelog(request: HttpRequest) -> HttpResponse:
    """What changed in the API, the newest first."""
    return render(request, "api/changelog.html", {"changes": CHANGES})


@require_GET
@public
def docs(request: HttpRequest) -> HttpResponse:
    """Every operation with what it needs, reads and answers; made from the description."""
    return render(
        request,
        "api/docs.html",
        {"sections": _sections(), "site": settings.SITE_URL},
    )


@lru_cache
def _sections() -> tuple[Section, ...]:
    """Made once in a process: what is declared does not change."""
    return sections_of(api.get_openapi_schema())


@require_GET
@public
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI description of version 1."""
    return HttpResponse(_description(settings.SITE_URL), content_type="application/json")


@lru_cache(maxsize=4)
def _description(site: str) -> bytes:
    """Made once in a process for an address of the site."""
    return JsonResponse(api.get_openapi_schema()).content
