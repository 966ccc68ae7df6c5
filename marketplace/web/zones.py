"""In whose time a page is written."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The time zone of the member's organisation; the platform's for visitors."""
    member = getattr(request, "member", None)
    zone: ZoneInfo = member.organisation.zone if member is not None else ZoneInfo(settings.TIME_ZONE)
    return zone


class ReadersZone:
    """While a page is made, the time zone of the reader's organisation is active: a time without a zone is in
    it."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(zone_of(request)):
            return self.answer(request)
