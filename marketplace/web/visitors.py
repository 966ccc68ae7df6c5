"""Pages that visitors share for some seconds: one is made, and the others get the same."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from marketplace import clock
from marketplace.web.kept import KEPT, key_of, stretch

LONGEST_QUERY = 200
"""An address with more behind the question mark is answered anew: nobody fills the memory with made-up ones."""

Found = TypeVar("Found")
Params = ParamSpec("Params")
View = Callable[Concatenate[Any, Params], HttpResponseBase]
_public_marks: list[Callable[[], object]] = []


def register_public_mark(mark: Callable[[], object]) -> None:
    """Register ``mark()``, which is another one after anything that changes what visitors are shown."""
    if mark not in _public_marks:
        _public_marks.append(mark)


def kept_for_all(what: str, make: Callable[[], Found], now: datetime) -> Found:
    """What ``make()`` found lately under the name ``what``: the same whoever asks, as long as no operator did
    anything."""
    key = key_of("all", what, *(mark() for mark in _public_marks), stretch(now))
    found: Found | None = caches["process"].get(key)
    if found is None:
        found = make()
        caches["process"].set(key, found, KEPT.total_seconds())
    return found


def kept_for_visitors(view: View[Params]) -> View[Params]:
    """Answer visitors who brought no cookie with what the address was answered lately, as long as no operator did
    anything.

    Kept is only what was found well and tells a browser to keep nothing, such as a token of a form.
    """

    @wraps(view)
    def answered(request: Any, *args: Params.args, **kwargs: Params.kwargs) -> HttpResponseBase:
        if not _is_of_a_visitor(request):
            return view(request, *args, **kwargs)
        key = key_of(
            "visitors",
            request.build_absolute_uri(),
            *(mark() for mark in _public_marks),
            stretch(clock.now()),
        )
        kept: HttpResponse | None = caches["process"].get(key)
        if kept is not None:
            return kept
        response = view(request, *args, **kwargs)
        if _may_be_kept(request, response):
            caches["process"].set(key, response, KEPT.total_seconds())
        return response

    return cast(View[Params], answered)


def _is_of_a_visitor(request: HttpRequest) -> bool:
    """Whether nothing but the address can matter to the answer."""
    return (
        request.method == "GET"
        and request.COOKIES.keys() <= {settings.CSRF_COOKIE_NAME}  # no session, and nothing to be told
        and request.user.is_anonymous
        and "HX-Request" not in request.headers
        and len(request.META.get("QUERY_STRING", "")) <= LONGEST_QUERY
    )


def _may_be_kept(request: HttpRequest, response: HttpResponseBase) -> bool:
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and not response.has_header("Vary")
        and not request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        and not request.session.modified
    )
