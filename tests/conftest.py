"""Tests run on a real PostgreSQL and a real Valkey: the given ones, or embedded ones of this run."""

import gc
import os
import sys
import tempfile
import time
from collections.abc import Generator, Iterator
from pathlib import Path

import django
import pytest
from django.conf import settings
from django.db import transaction
from hypothesis import settings as search
from pytest_django.plugin import DjangoDbBlocker

from marketplace.embedded import Services
from tests.support import cluster, emptying, guards, kept_texts, loaded, order
from tests.support.kept import forget_what_is_kept, hold_the_stretch

_services: Services | None = None
_folder: tempfile.TemporaryDirectory[str] | None = None
_loaded: tempfile.TemporaryDirectory[str] | None = None
CLUSTERS = Path(__file__).resolve().parents[1] / ".pytest_cache" / "clusters"
READY = "TEST_SERVERS_READY"
"""Names the file that is there once the servers answer."""
START_SECONDS = 180

search.register_profile("marketplace", deadline=None)  # how fast a machine is says nothing of what is right
search.load_profile("marketplace")
os.environ["DJANGO_SETTINGS_MODULE"] = "marketplace.settings"
# No schema here names an IRI, whose grammars jsonschema would build for a second.
sys.modules["rfc3987_syntax"] = None
os.environ["CELERY_SKIP_CHECKS"] = "1"  # two fifths of starting a worker, for what `manage.py check` tells


def pytest_configure(config: pytest.Config) -> None:
    """Choose the servers once, in the process that leads the run; its workers inherit the addresses."""
    config.args = order.turned(config.args, os.environ.get("PYTEST_XDIST_WORKER", ""), _processes())
    if "DATABASE_URL" not in os.environ or "REDIS_URL" not in os.environ:
        _choose_services()
    _choose_what_is_loaded()
    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # slowness is for attackers
    settings.RATE_LIMITS = dict.fromkeys(
        settings.RATE_LIMITS, "1000000/60"
    )  # all tests come from one address
    settings.CACHES["default"]["OPTIONS"]["db"] = _number()  # emptied by nobody else
    settings.STATIC_ROOT = (
        settings.BASE_DIR / "build" / "no-static-files"
    )  # not what was collected here before
    guards.set_up(settings, os.environ["DATABASE_URL"], os.environ["REDIS_URL"])
    kept_texts.leave_building_out()
    emptying.delete_only_what_is_there(_put_the_asset_types_back)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """The servers start while the workers collect: a first run has twenty seconds of migrations to make.

    What is imported and collected stays to the end: hundreds of thousands of objects that no search for garbage need
    look at, neither meanwhile nor later. Later searches are rare: each looks at all that the tests since then keep.
    """
    _start_services()
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)
        gc.enable()
        _wait_for_services()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what takes long begin first."""
    if (processes := _processes()) > 1:
        items.sort(key=order.module_of)
        items[:] = order.dealt(items, processes)


def _number() -> int:
    """Which of the run's processes this is, from 1; where there are more than Valkey has databases, some share one."""
    return 1 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 15


def _processes() -> int:
    return int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))


def _put_the_asset_types_back() -> None:
    """What a migration put there, for the tests after one that committed."""
    from qualification.enums import INITIAL_ASSET_TYPES
    from qualification.models import AssetType

    known = [(category, name) for category, names in INITIAL_ASSET_TYPES.items() for name in names]
    AssetType.objects.bulk_create([AssetType(category=category, name=name) for category, name in known])


@pytest.fixture(autouse=True)
def _sessions_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """``force_login`` leaves what signing in by the page leaves: a note of the session, and none due at
    once."""
    from django.test import Client

    usual = Client.force_login

    def force_login(self: Client, user: object, backend: str | None = None) -> None:
        from allauth.usersessions.models import UserSession

        from accounts.middleware import is_due

        usual(self, user, backend)
        key = self.session.session_key
        noted = {"user": user, "ip": "127.0.0.1", "user_agent": ""}
        UserSession.objects.update_or_create(session_key=key, defaults=noted)
        is_due(key)

    monkeypatch.setattr(Client, "force_login", force_login)


@pytest.fixture(autouse=True)
def _nothing_is_kept_of_another_test(monkeypatch: pytest.MonkeyPatch) -> None:
    forget_what_is_kept()
    hold_the_stretch(monkeypatch)


@pytest.fixture(scope="module")
def module_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """What fixtures of a module store in it stays for all its tests; each undoes its own, and the last leaves
    nothing.

    Not for modules with tests that commit.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


def _choose_services() -> None:
    """Say where the servers will be; they are started while the workers of the run already collect."""
    global _services, _folder
    cluster.choose(CLUSTERS)
    _folder = tempfile.TemporaryDirectory(prefix="mkt-test-", ignore_cleanup_errors=True)
    os.environ["NEW_DATABASES_FROM"] = cluster.TEMPLATE
    _services = Services(Path(_folder.name), durable=False)
    os.environ["DATABASE_URL"] = _services.database_url
    os.environ["REDIS_URL"] = _services.redis_url
    os.environ[READY] = str(Path(_folder.name) / "ready")


def _choose_what_is_loaded() -> None:
    global _loaded
    if loaded.PLACE not in os.environ:
        _loaded = tempfile.TemporaryDirectory(prefix="mkt-loaded-")
        loaded.choose(Path(_loaded.name))


def _start_services() -> None:
    if _services is None or _folder is None:
        return
    cluster.make_ready(CLUSTERS)
    cluster.put_into(Path(_folder.name))
    _services.start()
    (Path(_folder.name) / "ready").touch()


def _wait_for_services() -> None:
    deadline = time.monotonic() + START_SECONDS
    while READY in os.environ and not Path(os.environ[READY]).exists():
        if time.monotonic() > deadline:
            pytest.exit(f"The servers of the tests did not start within {START_SECONDS} s.", returncode=3)
        time.sleep(0.1)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _services is not None:
        _services.stop()
    if _folder is not None:
        _folder.cleanup()
    if _loaded is not None:
        _loaded.cleanup()
