"""How often one visitor may ask for something, and how much heavy work for visitors one process does at a
time.

Rates are counted in the cache, for a visitor's address or a signed-in user; how many are allowed is in the
settings (``RATE_LIMITS``). While the cache is away nothing is counted: the bound on heavy work holds all the
same.
"""

import ipaddress
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from typing import Any, TypeVar, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from marketplace import memo
from marketplace.web.busy import TOO_MANY_VISITORS, busy_page

View = TypeVar("View", bound=Callable[..., Any])
_heavy = threading.BoundedSemaphore(settings.HEAVY_PUBLIC_AT_ONCE)
_waiting = threading.BoundedSemaphore(settings.HEAVY_PUBLIC_AT_ONCE)
PATIENCE = 1.0
"""Seconds for which a visitor waits for room."""


@dataclass(frozen=True)
class Rate:
    """So many times in so many seconds."""

    times: int
    seconds: int


def rate_named(name: str) -> Rate:
    """The rate that the settings give under this name, as “times/seconds”."""
    times, _, seconds = settings.RATE_LIMITS[name].partition("/")
    return Rate(int(times), int(seconds))


def allowed(name: str, key: str, rate: Rate) -> bool:
    """Count one try under name and key; whether it is within the rate. A window of time starts with its first
    try."""
    counted = f"rate.{name}.{sha256(key.encode()).hexdigest()}"
    return memo.cache_increment(counted, rate.seconds) <= rate.times


def limited_by_address(name: str, methods: frozenset[str] | None = None) -> Callable[[View], View]:
    """Rate-limit a view by the settings: for each address, or for each user once signed in.

    Beyond it the answer is 429 with a page that says when to try again. ``methods`` narrows what is counted.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            rate = rate_named(name)
            if (methods is None or request.method in methods) and not allowed(name, visitor(request), rate):
                return too_many_requests(request, rate.seconds)
            return view(request, *args, **kwargs)

        return cast(View, guarded)

    return decorate


def heavy_public(view: View) -> View:
    """Work for visitors that costs more than a page: only so much of it at once, so that threads stay for
    members.

    As many visitors as are worked for wait for room, for a second; whoever finds none is answered with 503, “try
    again”. Members who open the same address are not held up.
    """
    return _bounded(view, lambda request: getattr(request, "member", None) is None, _acquired_soon)


def heavy_for_everybody(view: View) -> View:
    """As :func:`heavy_public`, for work that members too may ask for only while there is room, and nobody waits for."""
    return _bounded(view, lambda request: True, lambda: _heavy.acquire(blocking=False))


def _acquired_soon() -> bool:
    if _heavy.acquire(blocking=False):
        return True
    if not _waiting.acquire(blocking=False):
        return False
    try:
        return _heavy.acquire(timeout=PATIENCE)
    finally:
        _waiting.release()


def _bounded(view: View, is_bound: Callable[[HttpRequest], bool], acquired: Callable[[], bool]) -> View:
    @wraps(view)
    def bounded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if not is_bound(request):
            return view(request, *args, **kwargs)
        if not acquired():
            return busy(request)
        try:
            return view(request, *args, **kwargs)
        finally:
            _heavy.release()

    return cast(View, bounded)


def too_many_requests(request: HttpRequest, seconds: int) -> HttpResponse:
    """429: in words when to try again, and in ``Retry-After`` (seconds); at the latest then a try is free
    again."""
    response = render(request, "429.html", {"wait": in_words(seconds)}, status=429)
    response["Retry-After"] = str(seconds)
    return response


def busy(request: HttpRequest) -> HttpResponse:
    """503: others are being answered; try again in a moment."""
    return busy_page(request, TOO_MANY_VISITORS)


def visitor(request: HttpRequest) -> str:
    """Whom a rate is counted for: the user once signed in, else the address."""
    user = getattr(request, "user", None)
    if user is not None and user.is_authenticated:
        return f"user {user.pk}"
    return f"address {client_address(request)}"


def client_address(request: HttpRequest) -> str:
    """The visitor's address as the outermost trusted proxy saw it; an IPv6 address as its network of 64 bits.

    ``X-Forwarded-For`` is believed only as far as ``ALLAUTH_TRUSTED_PROXY_COUNT`` proxies of one's own wrote
    it.
    """
    found: str = request.META.get("REMOTE_ADDR", "")
    proxies = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if proxies:
        forwarded = [
            each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if each.strip()
        ]
        found = forwarded[-proxies] if len(forwarded) >= proxies else found
    try:
        address = ipaddress.ip_address(found)
    except ValueError:
        return found
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


def in_words(seconds: int) -> str:
    """The seconds as a person says them: one minute, 5 minutes, one hour."""
    if seconds >= 3600:
        return "one hour" if seconds < 7200 else f"{seconds // 3600} hours"
    return "one minute" if seconds <= 60 else f"{-(-seconds // 60)} minutes"
