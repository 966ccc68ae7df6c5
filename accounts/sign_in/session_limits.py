"""How long a session lasts: so long at most, and so long without use. Then its person signs in again."""

import time
from collections.abc import Callable
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse

BEGAN = "began"
USED = "used"
ASKED_AGAIN = frozenset({"account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"})
"""Where somebody who is signed in shows again that it is them."""

SHOWN = "account_authentication_methods"
"""Where the sign-in package keeps by what, and when, somebody showed that it is them."""

NOTED_EVERY = 60.0
"""Seconds between two notes of use, so that not every request writes."""

ENDED = (
    "You were signed out, since sessions end after {hours} hours, and after {minutes} minutes without use."
)


class SessionLimits:
    """Ends a session that is too old or was not used for too long, whatever its cookie says.

    What a page fetches by itself while nobody is there (the bell, progress) does not count as use.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if SESSION_KEY not in request.session:
            return self.get_response(request)
        now = time.time()
        if is_over(request.session, now):
            logout(request)
            messages.warning(request, ended())
        elif _is_used(request) and now - request.session[USED] >= NOTED_EVERY:
            request.session[USED] = now
        shown = request.session.get(SHOWN)
        response = self.get_response(request)
        match = request.resolver_match
        if match is not None and match.view_name in ASKED_AGAIN and request.session.get(SHOWN) != shown:
            _change_key(request)
        return response


def is_over(session: Any, now: float) -> bool:
    """Whether the session has reached a limit. One from before limits were kept begins now."""
    session.setdefault(BEGAN, now)
    session.setdefault(USED, now)
    is_old = now - session[BEGAN] >= settings.SESSION_HOURS * 3600
    return bool(is_old or now - session[USED] >= settings.SESSION_IDLE_MINUTES * 60)


def ended() -> str:
    """What is told to somebody whose session has ended by itself."""
    return ENDED.format(hours=settings.SESSION_HOURS, minutes=settings.SESSION_IDLE_MINUTES)


def begin(request: HttpRequest) -> None:
    """Note when the session begins."""
    request.session[BEGAN] = request.session[USED] = time.time()


def _is_used(request: HttpRequest) -> bool:
    return request.method == "POST" or not request.headers.get("HX-Request")


def _change_key(request: HttpRequest) -> None:
    """Give the session another key once its person has shown again that it is them; the old one opens
    nothing."""
    if SESSION_KEY not in request.session:
        return
    before = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=before).update(session_key=request.session.session_key)
