"""Health, readiness and metrics for machines. None redirects to HTTPS: a token sent in the clear is refused."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST

from marketplace.health.figures import exported
from marketplace.health.readiness import lacks

PLAIN = "text/plain; charset=utf-8"


def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the web process lives and reaches its database, else 503."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return HttpResponse("no database", content_type=PLAIN, status=503)
    return HttpResponse("ok", content_type=PLAIN)


def readyz(request: HttpRequest) -> JsonResponse:
    """200 when all parts are at work, else 503; either way with the list of what is not ready.

    ``?only=web`` asks for what this process needs to answer, for whoever hands requests to web processes: a dead
    worker must not take the pages away.
    """
    lacking = lacks(only_web=request.GET.get("only") == "web")
    told = [{"part": each.part, "why": each.why} for each in lacking]
    answer = JsonResponse({"ready": not told, "not_ready": told}, status=503 if told else 200)
    answer["Cache-Control"] = "no-store"
    return answer


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics for holders of METRICS_TOKEN; 403 to everyone else, without HTTPS, and while none is
    set."""
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        raise PermissionDenied
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(token, settings.METRICS_TOKEN):
        raise PermissionDenied
    return HttpResponse(exported(), content_type=CONTENT_TYPE_LATEST)
