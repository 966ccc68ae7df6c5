"""What every answer tells browsers and caches, unless the view says otherwise, and which methods are answered
at all."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render

METHODS = ("GET", "HEAD", "OPTIONS", "POST")
OF_PROGRAMS = (*METHODS, "PUT", "PATCH", "DELETE")
FEATURES = "accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), payment=(), usb=()"
SIGNED_OUT = '"storage"'
"""What a browser forgets with a sign-out: what was typed and not recorded."""


class SafeAnswers:
    """Nothing is kept by a browser or a cache, no device is asked for, no other site embeds an answer.

    A view that may be kept says so with a ``Cache-Control`` of its own.
    """

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = _refused(request) or self.answer(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers.setdefault("Permissions-Policy", FEATURES)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        match = request.resolver_match
        if request.method == "POST" and match is not None and match.view_name == "account_logout":
            response.headers.setdefault("Clear-Site-Data", SIGNED_OUT)
        return response


def _refused(request: HttpRequest) -> HttpResponse | None:
    """The answer to a method that nothing uses, or to more than anything takes; nothing of it is read."""
    methods = OF_PROGRAMS if request.path.startswith(tuple(settings.PROGRAM_PATHS)) else METHODS
    if request.method not in methods:
        return HttpResponseNotAllowed(methods)
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or len(length) > 15 or int(length) > settings.LARGEST_REQUEST:
        return render(request, "413.html", status=413)
    return None
