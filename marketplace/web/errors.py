"""The pages that say no: what is missing, in words, and where to go."""

import sys
from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import loader
from django.utils.http import url_has_allowed_host_and_scheme

from marketplace.web.access import LacksRole
from marketplace.web.busy import advice_after, busy_page, reason_of
from marketplace.web.redirects import way_back
from marketplace.web.typed import long_texts


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: names the role that the page needs, when that is the reason."""
    role = exception.role.capitalize() if isinstance(exception, LacksRole) else ""
    return render(request, "403.html", {"role": role}, status=403)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that did not come from a page of this site, or whose page had grown old.

    What was typed is given back only to a page of this site: another one must not put words into people's
    mouths.
    """
    user = getattr(request, "user", None)
    is_own = url_has_allowed_host_and_scheme(request.headers.get("Referer", ""), {request.get_host()})
    shown = {
        "is_signed_in": user is not None and user.is_authenticated,
        "way_back": way_back(request),
        "typed": long_texts(request.POST) if is_own else [],
    }
    return render(request, "403_csrf.html", shown, status=403)


class OnlyPosted:
    """The page for an address that only takes forms and was opened like a page."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        if (
            response.status_code != HTTPStatus.METHOD_NOT_ALLOWED
            or request.method != "GET"
            or response.content
        ):
            return response
        page = render(request, "405.html", status=HTTPStatus.METHOD_NOT_ALLOWED)
        page["Allow"] = response["Allow"]
        return page


def server_error(request: HttpRequest) -> HttpResponse:
    """500: needs no session, no database, and no context processor. 503 where the database made us give
    up."""
    reason = reason_of(sys.exc_info()[1])
    if reason:
        return busy_page(request, reason, advice_after(reason, request))
    return HttpResponse(loader.get_template("500.html").render(), status=500)
