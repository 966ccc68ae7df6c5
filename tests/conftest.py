"""Tests run on a real PostgreSQL and a real Valkey: the given ones, or embedded ones of this run."""

import os
import tempfile
from pathlib import Path

import django
import pytest

from marketplace.embedded import Services

_services: Services | None = None
_folder: tempfile.TemporaryDirectory[str] | None = None

os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings"


def pytest_configure(config: pytest.Config) -> None:
    """Start the servers once, in the process that leads the run; its workers inherit the addresses."""
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        _start_services()
    django.setup()


def _start_services() -> None:
    global _services, _folder
    _folder = tempfile.TemporaryDirectory(prefix="mkt-test-", ignore_cleanup_errors=True)
    _services = Services(Path(_folder.name), durable=False)
    _services.start()
    os.environ["DATABASE_URL"] = _services.database_url
    os.environ["REDIS_URL"] = _services.redis_url


def pytest_unconfigure(config: pytest.Config) -> None:
    if _services is not None:
        _services.stop()
    if _folder is not None:
        _folder.cleanup()
