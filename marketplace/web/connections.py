"""What ``manage.py check --deploy`` says of connections to other machines that are not encrypted."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks

URLS = {"default": "DATABASE_URL", "direct": "DATABASE_DIRECT_URL", "replica": "DATABASE_REPLICA_URL"}
HINT = "See “Connections” in docs/operations.md."
CHECKED = frozenset({"verify-ca", "verify-full"})
"""What encrypts and asks whom it talks to; “require” only encrypts."""


def check_connections(app_configs: Any, **options: Any) -> list[checks.CheckMessage]:
    """A warning for the database, the queue and the mail server, each where it is another machine without
    TLS."""
    told = []
    for alias, database in settings.DATABASES.items():
        if not _is_here(str(database.get("HOST", ""))) and database["OPTIONS"].get("sslmode") not in CHECKED:
            told.append(("the database", f"add ?sslmode=verify-full to {URLS[alias]}", "connections.W001"))
    queue = urlsplit(settings.REDIS_URL)
    if queue.scheme == "redis" and not _is_here(queue.hostname or ""):
        told.append(("the queue", "use rediss:// in REDIS_URL", "connections.W002"))
    if not _is_here(settings.EMAIL_HOST) and not (settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL):
        told.append(("the mail server", "set EMAIL_USE_TLS or EMAIL_USE_SSL", "connections.W003"))
    return [
        checks.Warning(f"The connection to {what} is not encrypted: {how}.", hint=HINT, id=name)
        for what, how, name in told
    ]


def _is_here(host: str) -> bool:
    return host in {"", "localhost", "127.0.0.1", "::1"} or host.startswith("/")
