"""When the site can't do something at once: the page says that nothing was recorded and why, and may be
repeated.

A request waits for a lock of the database a second or two and for a statement not much longer (settings). One
organisation, or one address of visitors who aren't signed in, gets a part of a process's threads, so
that the others have room.
"""

import errno
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg2
import structlog
from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from psycopg2.errors import (
    AdminShutdown,
    CannotConnectNow,
    CrashShutdown,
    DeadlockDetected,
    DiskFull,
    LockNotAvailable,
    QueryCanceled,
    TooManyConnections,
)
from redis.exceptions import RedisError

from marketplace.errors import StorageAway
from marketplace.web.redirects import way_back
from marketplace.web.typed import long_texts

log = structlog.get_logger(__name__)

SLOW_SECONDS = 0.5
"""A request that is at work for longer counts as one that waits for something."""
RETRY_AFTER = "3"
SAFE = ("GET", "HEAD", "OPTIONS")
_AWAY = (AdminShutdown, CannotConnectNow, CrashShutdown, DiskFull, TooManyConnections)
UNREACHED = "connection to server"
"""How the driver begins to tell that a session could not be had."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
UNCOUNTED = ("/healthz", "/readyz", "/metrics")

LOCKED = "Somebody else, or a file that is being applied, was changing the same things at that moment."
TOO_SLOW = "This took longer than a page may take."
AWAY = "Our database is being restarted or has no room for more at this moment."
FULL = "The disk on which uploads arrive is full at this moment."
UNCACHED = "The store that counts tries to sign in is being restarted or has no room for more at this moment."
FILES_AWAY = "The store in which files lie can’t be reached at this moment."
CUT_OFF = "The connection to our database was cut at that moment."
LOOK_FIRST = (
    "It can’t be told whether this was still recorded: open the page again and look before you send it again."
)
TOO_MANY = "Your organisation has many pages open that are still being made."
TOO_MANY_VISITORS = "Many visitors are waiting for a page at this moment."


def reason_of(error: BaseException | None) -> str:
    """Why the database ended a statement that could be repeated, the disk took no more of what was sent, or Valkey
    or the store of files can't be used; empty for any other error."""
    if isinstance(error, OSError) and error.errno in NO_ROOM:
        return FULL
    if isinstance(error, RedisError):
        return UNCACHED
    if isinstance(error, StorageAway):
        return FILES_AWAY
    if not isinstance(error, DatabaseError | InterfaceError):
        return ""
    cause = error.__cause__
    if isinstance(cause, LockNotAvailable | DeadlockDetected):
        return LOCKED
    if isinstance(cause, QueryCanceled):
        return TOO_SLOW
    if isinstance(cause, _AWAY) or (_is_loss(cause) and str(cause).startswith(UNREACHED)):
        return AWAY
    return CUT_OFF if _is_loss(cause) else ""


def advice_after(reason: str, request: HttpRequest) -> str:
    """What to do then, where nobody can know what became of the request; else empty."""
    return LOOK_FIRST if reason in (CUT_OFF, UNCACHED) and request.method not in SAFE else ""


def _is_loss(cause: BaseException | None) -> bool:
    """Whether no session could be had, or one ended without a word: the driver tells that without a code."""
    if isinstance(cause, psycopg2.InterfaceError):
        return "connection" in str(cause)
    is_of_session = isinstance(cause, psycopg2.OperationalError) or type(cause) is psycopg2.DatabaseError
    return is_of_session and getattr(cause, "pgcode", None) is None


def busy_page(request: HttpRequest, reason: str, advice: str = "") -> HttpResponse:
    """503 with ``Retry-After``: a page, or for a part of a page its sentence. It asks nothing of the
    database.

    ``advice`` is what to do; without it, that nothing was recorded or changed and may be repeated.
    """
    is_form = request.method not in SAFE
    shown = {
        "reason": reason,
        "advice": advice,
        "is_form": is_form,
        "typed": long_texts(request.POST) if is_form and reason in (LOCKED, TOO_SLOW, AWAY, CUT_OFF) else [],
        "way_back": way_back(request),
    }
    name = "errors/busy_part.html" if request.headers.get("HX-Request") else "errors/busy.html"
    response = HttpResponse(loader.get_template(name).render(shown), status=503)
    response["Retry-After"] = RETRY_AFTER
    response["Cache-Control"] = "no-store"
    return response


class Waiting:
    """Answers with the busy page where the database made a view give up; what the view began is rolled
    back."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """None for errors of another kind."""
        reason = reason_of(error)
        if not reason:
            return None
        log.warning("request_gave_up", path=request.path, reason=str(error.__cause__).strip())
        return busy_page(request, reason, advice_after(reason, request))


class Shares:
    """Who is at work in this process, and since when: so that nobody takes all of its threads."""

    def __init__(self, threads: int) -> None:
        self.most = max(1, threads - 2)
        self.most_slow = max(1, threads // 2)
        self._lock = threading.Lock()
        self._began: dict[str, list[float]] = {}

    @contextmanager
    def share(self, *whose: str) -> Iterator[bool]:
        """Count a request for each of these names while the block runs; False when one of them has its part
        already."""
        began = time.monotonic()
        with self._lock:
            free = all(self._has_room(name, began) for name in whose)
            if free:
                for name in whose:
                    self._began.setdefault(name, []).append(began)
        try:
            yield free
        finally:
            if free:
                with self._lock:
                    for name in whose:
                        self._began[name].remove(began)
                        if not self._began[name]:
                            del self._began[name]

    def _has_room(self, name: str, now: float) -> bool:
        at_work = self._began.get(name, [])
        slow = sum(now - began > SLOW_SECONDS for began in at_work)
        return len(at_work) < self.most and slow < self.most_slow

    def counted(self) -> Counter[str]:
        """How many requests are at work for each name."""
        with self._lock:
            return Counter({name: len(began) for name, began in self._began.items()})


shares = Shares(settings.WEB_THREADS)


def _whose(request: HttpRequest) -> tuple[tuple[str, ...], str]:
    """For whom the request counts, and what is said when they have their part already."""
    member = getattr(request, "member", None)
    if member is not None:
        return (f"organisation {member.organisation_id}",), TOO_MANY
    if request.user.is_authenticated:
        return (f"user {request.user.pk}",), TOO_MANY
    return ("visitors", f"address {_address(request)}"), TOO_MANY_VISITORS


def _address(request: HttpRequest) -> str:
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:  # a proxy that does not tell it
        return ""


class FairThreads:
    """Refuses a request, at once and with a sentence, whose organisation or address has its part of the
    threads."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path in UNCOUNTED:
            return self.answer(request)
        whose, reason = _whose(request)
        with shares.share(*whose) as free:
            if free:
                return self.answer(request)
        log.warning("request_refused_for_threads", whose=whose[-1], path=request.path)
        return busy_page(request, reason)
