"""How Django is told of a database: directly, or by a pooler that pools transactions."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg2 import ProgrammingError
from psycopg2.extensions import parse_dsn

NAMED = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def patience(*, is_web: bool) -> dict[str, int]:
    """How many milliseconds the database lets a session wait for a lock, work at a statement, or stand still in a
    transaction; and that it compiles no statements (``jit``), which takes longer than a page's queries run.

    A page gives up soon and says so; a worker's step is done again. Only sessions that stand still lose their
    locks, and those whose process was killed amid a statement: the database looks every two seconds for it.
    """
    if is_web:
        return {
            "lock_timeout": 1_500,
            "statement_timeout": 20_000,
            "idle_in_transaction_session_timeout": 30_000,
            "client_connection_check_interval": 2_000,
            "jit": 0,
        }
    return {
        "lock_timeout": 60_000,
        "idle_in_transaction_session_timeout": 900_000,
        "client_connection_check_interval": 2_000,
        "jit": 0,
    }


def described(url: str, *, direct: str, replica: str, is_web: bool) -> dict[str, dict[str, Any]]:
    """The databases of an installation, by Django's names for them.

    ``direct`` is the database itself where ``url`` leads to a pooler, ``replica`` a copy that is only read; each is
    empty where there is none. Raises ``ImproperlyConfigured`` for a URL that can't be read.
    """
    told = {"default": own(url, is_web=is_web)}
    if direct:
        told = {"default": pooled(url), "direct": own(direct, is_web=is_web, name="DATABASE_DIRECT_URL")}
    if replica:
        told["replica"] = own(replica, is_web=is_web, name="DATABASE_REPLICA_URL")
        told["replica"]["OPTIONS"].setdefault("connect_timeout", 2)
        told["replica"]["TEST"] = {"MIRROR": "default"}
    return told


def own(url: str, *, is_web: bool, name: str = "DATABASE_URL") -> dict[str, Any]:
    """The database at a libpq URL, each connection a session of its own with the :func:`patience` of its process.

    Raises ``ImproperlyConfigured``, which calls the URL by its ``name``.
    """
    told = _described(url, name)
    options = " ".join(f"-c {key}={value}" for key, value in patience(is_web=is_web).items())
    told["OPTIONS"]["options"] = f"{told['OPTIONS'].get('options', '')} {options}".strip()
    return told


def pooled(url: str, name: str = "DATABASE_URL") -> dict[str, Any]:
    """The database behind a pooler that gives a connection a session for a transaction only.

    Nothing may be said to the session: the pooler itself says how long it waits.
    """
    return _described(url, name) | {"ENGINE": "marketplace.pooled"}


def _described(url: str, name: str) -> dict[str, Any]:
    try:
        told = parse_dsn(url)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"{name} can't be read: {error}") from error
    return {
        "ENGINE": "django.db.backends.postgresql",
        **{django: told.pop(libpq) for libpq, django in NAMED.items() if libpq in told},
        "OPTIONS": told,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }
