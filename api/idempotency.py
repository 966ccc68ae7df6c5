"""Writes that are done once, however often they are sent.

The answer is stored in the transaction of the effect: who was cut off before it came sends the same again and reads what
the first one did. While the first one runs, a lock of the database tells the second so.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import connection, transaction
from django.http import HttpResponse

from api.log import ANSWERS_KEPT
from api.models import KeptAnswer
from api.problems import of_request
from api.requests import ProgramRequest

HEADER = "Idempotency-Key"
LONGEST_KEY = 255
REPEATED = "Idempotent-Replayed"
KEPT_HEADERS = ("Content-Type", "Location", "ETag")
BUSY_SECONDS = "1"
FORM = "multipart/form-data"


def done_once(request: ProgramRequest, effect: Callable[[], HttpResponse], now: datetime) -> HttpResponse:
    """The answer of the effect, done in one transaction; of the first time, for a key that was used.

    Raises :class:`Problem` for a key that can't be used, was used for something else, or is being worked on.
    """
    key = request.headers.get(HEADER)
    if key is None:
        with transaction.atomic():
            return effect()
    if not 1 <= len(key) <= LONGEST_KEY or not all("!" <= each <= "~" for each in key):
        raise of_request("key_unusable")
    asked = digest_of(request)
    with transaction.atomic():
        _lock(f"{request.client.pk} {key}")
        kept = KeptAnswer.objects.filter(client=request.client, key=key).first()
        if kept is not None and kept.made_at < now - ANSWERS_KEPT:
            kept.delete()
            kept = None
        if kept is not None:
            if kept.asked != asked:
                raise of_request("key_reused")
            return _repeated(kept)
        response = effect()
        _keep(request, key, asked, response, now)
        return response


def digest_of(request: ProgramRequest) -> str:
    """The same for the same request: method, address and body; of a form its fields, since each sending separates them
    by another text."""
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if request.content_type != FORM:
        digest.update(request.body)
        return digest.hexdigest()
    for name, values in sorted(request.POST.lists()):
        digest.update(repr((name, values)).encode())
    for name, file in sorted((name, cast("UploadedFile[Any]", each)) for name, each in request.FILES.items()):
        digest.update(repr((name, file.name, file.size)).encode())
        for chunk in file.chunks():
            digest.update(chunk)
    return digest.hexdigest()


def _lock(name: str) -> None:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise of_request("still_running", headers={"Retry-After": BUSY_SECONDS})


def _keep(request: ProgramRequest, key: str, asked: str, response: HttpResponse, now: datetime) -> None:
    KeptAnswer.objects.create(
        client=request.client,
        key=key,
        asked=asked,
        status=response.status_code,
        headers={name: response[name] for name in KEPT_HEADERS if name in response},
        body=response.content,
        made_at=now,
    )


def _repeated(kept: KeptAnswer) -> HttpResponse:
    response = HttpResponse(bytes(kept.body), status=kept.status)
    for name, value in kept.headers.items():
        response[name] = value
    response[REPEATED] = "true"
    return response
