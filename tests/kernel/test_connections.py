"""What leaves the machine unencrypted is told before it goes live; what is for developing is not in the
image."""

import runpy
from types import SimpleNamespace

import pytest
from django.conf import settings as product
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from marketplace.web import connections


def told():
    return {each.id for each in connections.check_connections(None)}


@pytest.fixture
def elsewhere(monkeypatch):
    """Let each service stand on another machine, in what the check reads and nowhere else."""

    def put(
        database="db.example",
        options=None,
        queue="redis://queue.example:6379/0",
        mail="mail.example",
        tls=False,
    ):
        told = SimpleNamespace(
            DATABASES={"default": {"HOST": database, "OPTIONS": options or {}}},
            REDIS_URL=queue,
            EMAIL_HOST=mail,
            EMAIL_USE_TLS=tls,
            EMAIL_USE_SSL=False,
        )
        monkeypatch.setattr(connections, "settings", told)

    return put


def test_connections_to_this_machine_need_no_encryption(elsewhere):
    elsewhere("/run/postgresql", queue="redis+socket:///run/valkey.sock", mail="localhost")
    assert told() == set()


def test_each_unencrypted_connection_to_another_machine_is_told(elsewhere):
    elsewhere()
    assert told() == {"connections.W001", "connections.W002", "connections.W003"}


@pytest.mark.parametrize(("mode", "is_told"), [("prefer", True), ("verify-full", False), ("require", True)])
def test_an_encryption_that_may_fall_back_or_asks_for_no_certificate_is_none(elsewhere, mode, is_told):
    elsewhere(options={"sslmode": mode})
    assert ("connections.W001" in told()) is is_told


def test_encrypted_connections_are_fine(elsewhere):
    elsewhere(options={"sslmode": "verify-full"}, queue="rediss://queue.example:6379/0", tls=True)
    assert told() == set()


def test_production_takes_no_password_of_the_examples(monkeypatch):
    production = {
        "PRODUCTION": "1",
        "SECRET_KEY": "k" * 60,
        "SITE_URL": "https://m.example",
        "DEBUG": "0",
        "DEMO": "0",
    }
    for name, value in production.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DATABASE_URL", "postgresql://marketplace:change-me@postgres:5432/marketplace")
    with pytest.raises(ImproperlyConfigured, match="change-me"):
        runpy.run_path(str(product.BASE_DIR / "marketplace" / "settings.py"))


def test_the_image_holds_no_tests_and_no_history():
    left_out = set((product.BASE_DIR / ".dockerignore").read_text().split())
    assert {".git", ".env", "tests", ".ci", "data"} <= left_out


def test_the_demo_market_is_not_loaded_in_production(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="PRODUCTION"):
        call_command("load_demo")
