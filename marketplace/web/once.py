"""A form that is sent twice, by a double click or because the answer was slow, is worked once.

Every form carries a token (``csrf_token``) that differs each time a page is made. The same person sending the
same content with the same token to the same address sends the same form again: while the first is worked, and
:data:`SECONDS` after, it is led to where the first one led. The cache remembers; while it is away every form
counts as sent once.
"""

import hashlib
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from marketplace import memo
from marketplace.web.busy import busy_page
from marketplace.web.cookies import MessageCookie

SECONDS = 20
WORKED_SECONDS = 120
"""After this the first one counts as lost on the way."""
WAIT_SECONDS = 2.0
PAUSE_SECONDS = 0.05
FIELD = "csrfmiddlewaretoken"
STILL_WORKED = "What you sent a moment ago is still being worked on, so it was not taken a second time."
LOOK = "Open the page again in a few seconds to see what became of it."


class FormsOnce:
    """Works a form that leads somewhere else (a redirect) once, however often it is sent."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        key = key_of(request)
        if not key:
            return self.answer(request)
        deadline = time.monotonic() + WAIT_SECONDS
        while not memo.cache_add(key, WORKED_SECONDS):
            led = memo.cache_get(key)
            if isinstance(led, dict):
                return _led_again(led)
            if time.monotonic() > deadline:
                return busy_page(request, STILL_WORKED, LOOK)
            time.sleep(PAUSE_SECONDS)
        return self._worked(request, key)

    def _worked(self, request: HttpRequest, key: str) -> HttpResponse:
        led: dict[str, Any] | None = None
        try:
            response = self.answer(request)
            led = _where_it_led(response)
        finally:
            if led is None:
                memo.cache_delete(key)
        if led is not None:
            memo.cache_set(key, led, SECONDS)
        return response


def key_of(request: HttpRequest) -> str:
    """The same for the same form sent again by the same person; empty for anything but a form of a signed-in
    person."""
    user = getattr(request, "user", None)
    if (
        request.method != "POST"
        or user is None
        or not user.is_authenticated
        or "HX-Request" in request.headers
    ):
        return ""
    if not request.POST.get(FIELD):
        return ""
    digest = hashlib.sha256(f"{user.pk}\n{request.get_full_path()}\n".encode())
    for name, values in sorted(request.POST.lists()):
        digest.update(repr((name, values)).encode())
    for name, files in sorted(request.FILES.lists()):
        for file in files:
            digest.update(repr((name, file.name, file.size)).encode())
            for chunk in file.chunks():
                digest.update(chunk)
            file.seek(0)
    return f"form-once:{digest.hexdigest()}"


def _where_it_led(response: HttpResponse) -> dict[str, Any] | None:
    if response.status_code not in (HTTPStatus.FOUND, HTTPStatus.SEE_OTHER):
        return None
    told = response.cookies.get(MessageCookie.cookie_name)
    return {"to": response["Location"], "messages": told.value if told is not None else ""}


def _led_again(led: dict[str, Any]) -> HttpResponse:
    """Where the first one led, with its messages, since the browser has dropped the first answer."""
    response = HttpResponseRedirect(led["to"])
    if led["messages"]:
        response.set_cookie(
            MessageCookie.cookie_name,
            led["messages"],
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite=settings.SESSION_COOKIE_SAMESITE,
        )
    return response
