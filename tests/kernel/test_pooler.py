"""Behind a pooler that shares its sessions out by transaction, everything goes on as without one."""

import re
import runpy

import pytest
from django.db import connection
from django.db.utils import ConnectionHandler

from marketplace import databases
from marketplace.embedded import Services
from marketplace.jobs import locks
from tests.faults.played import played
from tests.faults.site import POOL_SIZE, ROOT
from tests.support import pooler

PARTS = ("signed in", "list", "ballot", "applied", "fetched", "confirmed", "metered", "acknowledged")
ROW = re.compile(r"^\| ([a-z ]+) \| (\d+) \| (\d+) \| (\d+) \|$", re.M)
POOL = re.compile(r"^(marketplace_\w+): (\d+) transactions of (\d+) clients in (\d+) sessions$", re.M)
IN_DOUBT = re.compile(r"^- in doubt: .* answered (\w+) after", re.M)
needs_pgbouncer = pytest.mark.skipif(
    pooler.PROGRAM is None, reason="PgBouncer is not installed (on Debian: apt-get install pgbouncer)"
)


@needs_pgbouncer
@pytest.mark.slow(30)
def test_a_busy_round_through_a_pool_smaller_than_its_clients_loses_and_breaks_nothing():
    done = played("--seed", "1", "--faults", "0", "--pooled", "--short", "--close-after", "20")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Errors 500: 0." in done.stdout, done.stdout
    rows = {name: int(well) for name, well, _, _ in ROW.findall(done.stdout)}
    assert all(rows[part] for part in PARTS), done.stdout
    # A visitor who finds no room is asked to try again, and so is who waits too long for another's lock.
    assert set(IN_DOUBT.findall(done.stdout)) <= {"503"}, done.stdout
    pools = {name: (int(clients), int(sessions)) for name, _, clients, sessions in POOL.findall(done.stdout)}
    assert pools["marketplace_web"][0] > POOL_SIZE >= pools["marketplace_web"][1], done.stdout


@pytest.fixture
def behind_a_pooler(tmp_path, django_db_blocker):
    """What a process knows of the database, made anew for each; its pooler has one session."""
    with (
        django_db_blocker.unblock(),
        Services(tmp_path / "data", durable=False) as services,
        pooler.pooler(services, tmp_path / "pooler", pool_size=1) as pool,
    ):
        made = []

        def process():
            told = {"default": databases.pooled(pool.url("marketplace_work"))}
            told["direct"] = databases.own(services.database_url, is_web=False)
            made.append(ConnectionHandler(told))
            return made[-1]

        yield process
        for each in made:
            each.close_all()


@needs_pgbouncer
def test_a_lock_is_held_against_a_process_that_gets_the_same_session_of_the_pooler(
    behind_a_pooler, settings, monkeypatch
):
    def as_another_process():
        databases_of_it = behind_a_pooler()
        monkeypatch.setattr(locks, "connections", databases_of_it)
        monkeypatch.setattr("django.contrib.postgres.signals.connections", databases_of_it)

    settings.SESSION_DATABASE = "direct"
    as_another_process()
    with locks.hold_key(7) as held:
        as_another_process()
        with locks.hold_key(7) as held_too:
            assert (held, held_too) == (True, False)
    with locks.hold_key(7) as held:
        assert held


@needs_pgbouncer
def test_rows_come_by_parts_in_a_transaction_and_at_once_outside_of_one(behind_a_pooler):
    pooled = behind_a_pooler()["default"]
    for is_alone, is_named in ((True, False), (False, True)):
        pooled.set_autocommit(is_alone)
        with pooled.chunked_cursor() as cursor:
            cursor.execute("SELECT generate_series(1, 5)")
            assert bool(cursor.name) is is_named
            assert [row[0] for row in cursor.fetchall()] == [1, 2, 3, 4, 5]
    pooled.rollback()


def test_the_pooler_as_deployed_waits_as_long_as_connections_of_ones_own():
    deployed = pooler.DEPLOYED.read_text()
    for pool, is_web in (("marketplace_web", True), ("marketplace_work", False)):
        (said,) = re.findall(rf"^{pool} = .*connect_query='(.*)'$", deployed, re.M)
        told = {name: int(value) for name, value in re.findall(r"SET (\w+) = (\d+)", said)}
        assert told == databases.patience(is_web=is_web)


@pytest.mark.django_db
def test_no_statement_is_compiled():
    with connection.cursor() as cursor:
        cursor.execute("SHOW jit")
        assert cursor.fetchone() == ("off",)


@pytest.mark.parametrize("is_web", [True, False])
def test_a_statement_whose_process_was_killed_is_ended_within_seconds(is_web):
    options = databases.own("postgresql:///own", is_web=is_web)["OPTIONS"]["options"]
    assert "-c client_connection_check_interval=2000" in options


def settings_of(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "marketplace" / "settings.py"))


POOLED = {"DATABASE_URL": "postgresql:///pool", "DATABASE_DIRECT_URL": "postgresql:///own"}


@pytest.mark.parametrize("role", ["web", "", "beat"])
def test_what_runs_for_long_goes_by_the_pooler_and_says_nothing_to_its_sessions(monkeypatch, role):
    told = settings_of(monkeypatch, **POOLED, PROCESS_ROLE=role)
    assert told["DATABASES"]["default"]["NAME"] == "pool"
    assert "options" not in told["DATABASES"]["default"]["OPTIONS"]
    assert "lock_timeout" in told["DATABASES"]["direct"]["OPTIONS"]["options"]
    assert told["SESSION_DATABASE"] == "direct"


def test_commands_go_to_the_database_itself(monkeypatch):
    told = settings_of(monkeypatch, **POOLED, PROCESS_ROLE="command")
    assert {name: each["NAME"] for name, each in told["DATABASES"].items()} == {"default": "own"}
    assert told["DATABASE_URL"] == "postgresql:///own"
    assert told["SESSION_DATABASE"] == "default"
