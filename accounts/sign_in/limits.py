"""Limits on tries, and the page that says so and for how long. How many are allowed is in the settings."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

Params = ParamSpec("Params")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}

# Which limit a page that allauth brings can reach, by the name of its address.
ACTIONS = {
    "account_login": "login",
    "account_signup": "signup",
    "account_reset_password": "reset_password",
    "account_reset_password_from_key": "reset_password_from_key",
    "account_change_password": "change_password",
    "account_set_password": "change_password",
    "account_reauthenticate": "reauthenticate",
    "account_email": "manage_email",
}


def limited(action: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """Rate-limit POSTs of a view, by the action's entry in ``ACCOUNT_RATE_LIMITS``."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not ratelimit.consume(request, action=action):
                return too_many_requests(request, action=action)
            return view(request, *args, **kwargs)

        return guarded

    return decorate


def too_many_requests(request: HttpRequest, action: str = "") -> HttpResponse:
    """429: in words when to try again, and in ``Retry-After`` (seconds); at the latest then a try is free
    again."""
    match = request.resolver_match
    seconds = _longest(action or ACTIONS.get(match.view_name if match else "", "login"))
    response = render(request, "429.html", {"wait": _in_words(seconds)}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def _longest(action: str) -> int:
    """The seconds of the longest limit on the action, as ``ACCOUNT_RATE_LIMITS`` writes them: 5/m/key,
    5/5m/key."""
    told = re.findall(r"/(\d*)([smhd])", (settings.ACCOUNT_RATE_LIMITS or {}).get(action, ""))
    return max((int(number or 1) * SECONDS[unit] for number, unit in told), default=60)


def _in_words(seconds: int) -> str:
    if seconds >= 3600:
        return "one hour" if seconds < 7200 else f"{seconds // 3600} hours"
    return "one minute" if seconds <= 60 else f"{-(-seconds // 60)} minutes"
