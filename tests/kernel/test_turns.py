"""Whose job is worked next, and that a job waits for its turn as a row, not in a worker."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg2
import pytest
from django.db import connection

from marketplace import clock
from marketplace.jobs import locks, publishing, tasks, turns, worker
from marketplace.jobs.actions import start_file, start_upload
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from tests.kernel import rows_kind
from tests.kernel.people import Member

NOON = datetime(2026, 4, 5, 12, tzinfo=UTC)
LARGE = "\n".join(f"u{number:06}=1" for number in range(turns.LARGE_BYTES // 9))

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    """Three members, each of an organisation of its own."""
    members = [Member() for _ in range(3)]
    rows_kind.make_table()
    with rows_kind.registered(*members), run_jobs_inline():
        yield members


def upload(by, text="a=1", minute=0):
    at = NOON + timedelta(minutes=minute)
    return start_upload(
        by=by, kind=rows_kind.KIND, filename="rows.txt", data=text.encode(), params={}, now=at
    )


def worked_at(minute):
    with clock.set_to(NOON + timedelta(minutes=minute)):
        return worker.work_next()


@contextmanager
def another_worker_at(*names_or_keys):
    """Another session that holds these locks, as a worker amid a file does."""
    place = connection.get_connection_params()
    other = psycopg2.connect(
        **{key: place[key] for key in ("dbname", "user", "host", "port") if place.get(key)}
    )
    with other.cursor() as cursor:
        for each in names_or_keys:
            key = locks.key_named(each) if isinstance(each, str) else each
            cursor.execute("SELECT pg_advisory_lock(%s)", [key])
    try:
        yield
    finally:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock_all()")  # a closed session ends some time later
        other.close()


def turn_of(member):
    return f"turn:{member.organisation_id}"


def test_organisations_take_turns_however_many_files_each_has(people):
    many, few, one = people
    mine = [upload(many, minute=number) for number in range(4)]
    theirs = [upload(few, minute=10 + number) for number in range(2)]
    last = upload(one, minute=20)
    order = [worked_at(30 + number) for number in range(7)]
    assert order == [each.pk for each in (mine[0], theirs[0], last, mine[1], theirs[1], mine[2], mine[3])]
    assert worked_at(40) is None


def test_of_one_organisation_one_job_is_worked_at_a_time(people):
    busy, other, _ = people
    first, second = upload(busy), upload(busy, minute=1)
    third = upload(other, minute=2)
    with another_worker_at(turn_of(busy), locks.key_of(first.pk)):
        assert turns.startable() == [third.pk]
        assert worked_at(5) == third.pk
        assert worked_at(6) is None
        assert run_now(second.pk).state == State.QUEUED
    assert [worked_at(7), worked_at(8)] == [first.pk, second.pk]


def test_a_worker_does_not_wait_for_a_turn(people):
    job = upload(people[0])
    with another_worker_at(turn_of(people[0])):
        tasks.work(str(job.pk))
        assert Job.objects.get().state == State.QUEUED
    tasks.work(str(job.pk))
    assert Job.objects.get().state == State.CHECKED


def test_small_files_pass_large_ones_that_wait_for_each_other(people):
    working, large, small = people
    behind = upload(large, LARGE)
    mine = upload(large, "b=1", minute=1)
    quick = upload(small, "c=1", minute=2)
    with another_worker_at(turn_of(working), "large file:0"):
        assert [worked_at(5), worked_at(6), worked_at(7)] == [mine.pk, quick.pk, None]
    assert worked_at(8) == behind.pk


def made(by, minute, seconds=None):
    """A file that is to be made, or one that took so many seconds."""
    at = NOON + timedelta(minutes=minute)
    job = start_file(by=by, kind=rows_kind.KIND, params={}, now=at)
    if seconds is not None:
        run_now(job.pk)
        Job.objects.filter(pk=job.pk).update(taken_at=at, finished_at=at + timedelta(seconds=seconds))
    return job


def test_files_that_take_long_to_make_leave_a_process_to_short_ones(people):
    slow, quick, working = people
    made(slow, -10, seconds=11)
    made(quick, -10, seconds=9)
    long, short = made(slow, 0), made(quick, 1)
    assert {each.job_id: each.is_large for each in turns.candidates()} == {long.pk: True, short.pk: False}
    with another_worker_at(turn_of(working), "large file:0"):
        assert [worked_at(5), worked_at(6)] == [short.pk, None]
    assert worked_at(7) == long.pk


def test_a_file_is_long_by_the_last_of_its_kind_and_not_by_an_older_one(people):
    made(people[0], -20, seconds=600)
    made(people[0], -10, seconds=1)
    made(people[0], 0)
    assert [each.is_large for each in turns.candidates()] == [False]


def test_a_finished_job_wakes_workers_for_those_whose_turn_has_come(people, monkeypatch):
    first, second = upload(people[0]), upload(people[0], minute=1)
    other = upload(people[1], minute=2)
    asked = []
    monkeypatch.setattr(publishing, "hand_over", lambda task, *args: asked.append((task, *args)) is None)
    monkeypatch.setattr(publishing, "jobs_run_inline", lambda: False)
    tasks.work(str(second.pk))
    assert {first.pk} == set(Job.objects.filter(state=State.CHECKED).values_list("pk", flat=True))
    assert sorted(asked) == sorted(("jobs.work", str(each.pk)) for each in (second, other))


def test_the_sweeper_hands_over_nothing_of_an_organisation_whose_turn_is_taken(people, monkeypatch):
    upload(people[0])
    other = upload(people[1])
    monkeypatch.setattr(publishing, "hand_over", lambda task, *args: True)
    with another_worker_at(turn_of(people[0])):
        assert publishing.sweep(clock.now()) == [other.pk]


def test_the_fairest_order_is_found_in_as_many_queries_for_many_jobs_as_for_one(
    people, django_assert_num_queries
):
    for number in range(5):
        for member in people:
            upload(member, minute=number)
    with django_assert_num_queries(2):
        assert len(turns.candidates()) == 3
