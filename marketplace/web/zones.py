"""In whose time a page is written."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest


def zone_of(request: HttpRequest) -> ZoneInfo:
    """The time zone of the member's organisation; the platform's for visitors."""
    member = getattr(request, "member", None)
    zone: ZoneInfo = member.organisation.zone if member is not None else ZoneInfo(settings.TIME_ZONE)
    return zone
