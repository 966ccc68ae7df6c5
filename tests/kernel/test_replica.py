"""Public files and reports are read from a copy of the database that follows it, as long as it is near enough."""

import subprocess

import psycopg2
import pytest
from django.db import connection, connections

from accounts.models import Organisation
from marketplace import clock, replica
from marketplace.embedded import Services, postgres_bin
from marketplace.health.figures import of_replica
from marketplace.jobs import public_files
from marketplace.jobs.kinds import registry
from marketplace.jobs.public_kinds import public_kinds
from tests.qualification import market
from tests.support.embedded import wait_until

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "replica"])


class Standby:
    """A second PostgreSQL that streams from the first."""

    def __init__(self, folder):
        self.services = Services(folder, durable=False)

    def ask(self, query):
        told = connection.get_connection_params()
        session = psycopg2.connect(host=str(self.services.sockets), user=told["user"], dbname=told["dbname"])
        session.autocommit = True
        try:
            with session.cursor() as cursor:
                cursor.execute(query)
                return cursor.fetchone()[0]
        finally:
            session.close()


@pytest.fixture(scope="module")
def standby_server(tmp_path_factory, django_db_setup, django_db_blocker):
    """Made of a base backup of the server of the tests; the folder of its data is one for :class:`Services`."""
    folder = tmp_path_factory.mktemp("standby")
    place = connection.settings_dict
    first = f"host={place['HOST']} user={place['USER']}"
    subprocess.run(
        [
            postgres_bin() / "pg_basebackup",
            "-D",
            folder / "pg",
            "-d",
            first,
            "-c",
            "fast",
            "-R",
            "-X",
            "stream",
        ],
        check=True,
        capture_output=True,
    )
    made = Standby(folder)
    made.services.start()
    connections.settings["replica"] = place | {
        "HOST": str(made.services.sockets),
        "CONN_MAX_AGE": 0,
        "TEST": place["TEST"] | {"MIRROR": "default"},
    }
    yield made
    connections["replica"].close()
    del connections["replica"], connections.settings["replica"]
    made.services.stop()


@pytest.fixture
def standby(standby_server, settings, monkeypatch):
    if not standby_server.services._children:
        standby_server.services.start()
    monkeypatch.setattr(replica, "_away_until", 0.0)
    settings.DATABASE_ROUTERS = ["marketplace.replica.Router"]
    settings.REPLICA_MOST_BEHIND = 10
    yield standby_server
    connections["replica"].close()


def seen(*, is_current=False):
    """Which database is read, and how many organisations it has."""
    return replica.read(
        lambda: (Organisation.objects.all().db, Organisation.objects.count()), is_current=is_current
    )


def test_what_was_just_written_is_read_from_the_copy_by_who_needs_it_current(standby):
    for number in range(1, 4):
        market.provider()
        assert seen(is_current=True) == ("replica", number)
    assert Organisation.objects.all().db == "default"


def test_a_copy_that_is_too_far_behind_is_not_read(standby, settings):
    market.provider()
    assert seen(is_current=True) == ("replica", 1)
    standby.ask("SELECT pg_wal_replay_pause()")
    try:
        wait_until(lambda: standby.ask("SELECT pg_get_wal_replay_pause_state()") == "paused")
        market.provider()
        assert seen() == ("replica", 1)
        settings.REPLICA_MOST_BEHIND = 0
        assert seen() == ("default", 2)
        assert seen(is_current=True) == ("default", 2)
    finally:
        standby.ask("SELECT pg_wal_replay_resume()")
    settings.REPLICA_MOST_BEHIND = 10
    assert seen(is_current=True) == ("replica", 2)


def test_a_copy_that_is_away_is_not_missed_and_is_read_again_once_it_is_back(standby, monkeypatch):
    market.provider()
    assert seen(is_current=True) == ("replica", 1)
    standby.services.stop()
    assert seen() == ("default", 1)
    assert replica._away_until > 0
    standby.services.start()
    monkeypatch.setattr(replica, "_away_until", 0.0)
    assert seen(is_current=True) == ("replica", 1)


def test_a_copy_that_goes_away_amid_a_read_is_left_for_the_database(standby):
    market.provider()
    reads = []

    def work():
        reads.append(Organisation.objects.count())
        if len(reads) == 1:
            standby.services.stop()
        return Organisation.objects.all().db, Organisation.objects.count()

    assert replica.read(work, is_current=True) == ("default", 1)
    assert reads == [1, 1]


def test_all_is_read_as_of_one_moment(standby):
    def work():
        before = Organisation.objects.count()
        market.provider()
        return before, Organisation.objects.count()

    assert replica.read(work, is_current=True) == (0, 0)
    assert Organisation.objects.count() == 1


def test_public_files_are_made_from_the_copy_and_read_there(standby):
    kind = next(each for each in public_kinds() if each.name == "live-competitions.xlsx")
    market.competition(market.operator())
    assert public_files.refresh(kind, clock.now())
    assert seen(is_current=True)[0] == "replica"
    found = public_files.public_file(kind)
    assert found._state.db == "replica"
    assert bytes(found.stored.content).startswith(b"PK")


def test_the_reports_to_the_regulator_alone_among_made_files_are_read_there():
    reports = {name for name, kind in registry.files.items() if kind.is_report}
    assert reports == {
        "bidding.regulator",
        "bidding.regulator_csv",
        "settlement.regulator",
        "settlement.regulator_csv",
    }


def test_how_far_it_is_behind_is_told_to_monitoring(standby):
    market.provider()
    assert seen(is_current=True)[0] == "replica"
    ((_, behind),) = next(of_replica(clock.now())).values
    assert 0 <= behind < 10


def test_without_a_copy_nothing_is_told_and_the_database_is_read(standby, monkeypatch):
    monkeypatch.delitem(connections.settings, "replica")
    assert next(of_replica(clock.now())).values == []
    assert seen() == ("default", 0)
