"""The log of requests, for the organisation whose program asked."""

from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, transaction
from django.db.models import QuerySet
from django.http import HttpResponse

from accounts.domain.tokens import forget_ended_tokens
from accounts.enums import Role
from accounts.models import Member
from api.models import KeptAnswer, LoggedRequest
from api.requests import ProgramRequest, address_of
from marketplace import clock

ANSWERS_KEPT = timedelta(hours=48)
LONGEST_PATH = 300

log = structlog.get_logger(__name__)


def requests_of(member: Member) -> QuerySet[LoggedRequest]:
    """What the programs of the member's organisation asked for, the last first; for holders of Account."""
    if not member.holds(Role.ACCOUNT) or member.is_seen_by_admin:
        return LoggedRequest.objects.none()
    return LoggedRequest.objects.filter(organisation=member.organisation_id).select_related("client")


def log_request(request: ProgramRequest, response: HttpResponse, *, milliseconds: int) -> None:
    """Note a request whose program is known. A log that can't be written fails nobody's request."""
    if request.acting is None:
        return
    try:
        with transaction.atomic():
            LoggedRequest.objects.create(
                id=request.request_id,
                organisation_id=request.member.organisation_id,
                client=request.client,
                at=clock.now(),
                method=(request.method or "")[:10],
                path=request.get_full_path()[:LONGEST_PATH],
                status=response.status_code,
                code=getattr(response, "problem_code", "")[:80],
                milliseconds=milliseconds,
                address=address_of(request)[:45],
            )
    except DatabaseError as error:
        log.warning("request_not_logged", error=repr(error))


def forget_old(now: datetime) -> None:
    """Remove answers to be repeated and tokens that are over."""
    KeptAnswer.objects.filter(made_at__lt=now - ANSWERS_KEPT).delete()
    forget_ended_tokens(now)
