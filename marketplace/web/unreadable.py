"""Requests that no page can mean anything by: refused once, before any view, with a page that says so."""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse

NUL = "\0"
REASON = "The request holds a character that no text has."


class UnreadableRequests:
    """400 for a NUL or half a character pair in an address, a form or a cookie: the database stores
    neither."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if any(map(is_unreadable, _told_in_head(request))):
            raise BadRequest(REASON)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, arguments: list[Any], named: dict[str, Any]
    ) -> HttpResponse | None:
        """None to go on. The form is read here, after the check of its token has read it anyway."""
        if request.method == "POST" and any(map(is_unreadable, _told_in_form(request))):
            raise BadRequest(REASON)
        return None


def _told_in_head(request: HttpRequest) -> Iterable[str]:
    yield request.path_info
    yield from _texts(request.GET.lists())
    for name, value in request.COOKIES.items():
        yield name
        yield value


def _told_in_form(request: HttpRequest) -> Iterable[str]:
    yield from _texts(request.POST.lists())
    yield from request.FILES
    for file in request.FILES.values():
        yield getattr(file, "name", None) or ""


def _texts(lists: Iterable[tuple[str, list[str]]]) -> Iterable[str]:
    for name, values in lists:
        yield name
        yield from values


def is_unreadable(text: str) -> bool:
    """Whether it holds a NUL or half a character pair, which no text has."""
    return NUL in text or (not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text))
