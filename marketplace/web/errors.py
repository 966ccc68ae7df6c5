"""The pages that say no: what is missing, in words, and where to go."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader

from marketplace.web.access import LacksRole


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: names the role that the page needs, when that is the reason."""
    role = exception.role.capitalize() if isinstance(exception, LacksRole) else ""
    return render(request, "403.html", {"role": role}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that did not come from a page of this site, or whose page had grown old."""
    return render(request, "403_csrf.html", status=403)


class OnlyPosted:
    """A page with words for whoever opens an address that only takes what a form sends."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED or request.method != "GET" or response.content:
            return response
        page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
        page["Allow"] = response["Allow"]
        return page


def server_error(request: HttpRequest) -> HttpResponse:
    """500: needs no session, no database, and no context processor."""
    page = loader.get_template("500.html").render({"support_email": settings.SUPPORT_EMAIL})
    return HttpResponse(page, status=500)
