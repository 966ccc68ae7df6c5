"""Health and metrics endpoints. Neither redirects to HTTPS: a token sent in the clear is refused."""

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django_prometheus.exports import ExportToDjangoView


def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the web process reaches its database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok", content_type="text/plain; charset=utf-8")


def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus metrics for holders of METRICS_TOKEN; 403 to everyone else, without HTTPS, and while none is
    set."""
    if settings.SECURE_SSL_REDIRECT and not request.is_secure():
        raise PermissionDenied
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not settings.METRICS_TOKEN or not constant_time_compare(token, settings.METRICS_TOKEN):
        raise PermissionDenied
    response: HttpResponse = ExportToDjangoView(request)
    return response
