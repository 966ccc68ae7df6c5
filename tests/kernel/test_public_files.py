"""Files for everybody: one at a time, whole or as before, and asked for once however many want them."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection

from marketplace.jobs import public_files
from marketplace.jobs.models import PublicFile, StoredFile
from marketplace.jobs.public_kinds import PublicKind

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def kind(content, state="1", rows=1):
    written = []

    def write(target, now):
        written.append(now)
        target.write(content)
        return rows

    return PublicKind("sample.csv", "Sample", "A sample.", write, lambda now: state), written


@pytest.mark.django_db(transaction=True)
def test_workers_that_come_at_once_make_a_file_once():
    sample, written = kind(b"a,b\n")
    start = threading.Barrier(4)

    def work():
        start.wait()
        public_files.refresh(sample, NOW)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert len(written) == 1
    assert PublicFile.objects.count() == StoredFile.objects.count() == 1


@pytest.mark.django_db
def test_the_same_bytes_from_other_data_keep_their_date():
    public_files.refresh(kind(b"a\n")[0], NOW)
    assert not public_files.refresh(kind(b"a\n", state="2")[0], NOW + timedelta(days=1))
    file = PublicFile.objects.get()
    assert file.changed_at == NOW
    again, written = kind(b"b\n", state="2")
    assert not public_files.refresh(again, NOW)
    assert written == []


@pytest.mark.django_db
def test_other_bytes_take_the_place_of_the_former_ones_which_go():
    public_files.refresh(kind(b"a\n")[0], NOW)
    assert public_files.refresh(kind(b"b\n", state="2", rows=7)[0], NOW + timedelta(days=1))
    file = PublicFile.objects.get()
    assert (bytes(file.stored.content), file.row_count, file.changed_at) == (
        b"b\n",
        7,
        NOW + timedelta(days=1),
    )
    assert StoredFile.objects.count() == 1


@pytest.mark.django_db
def test_where_there_is_nothing_to_tell_there_is_no_file():
    assert not public_files.refresh(kind(b"", rows=None)[0], NOW)
    assert not PublicFile.objects.exists()
    assert not StoredFile.objects.exists()


def test_a_missing_file_is_asked_for_once_however_many_want_it(monkeypatch):
    cache.delete("jobs.public_files.asked_for")
    asked = []
    monkeypatch.setattr(public_files.publishing, "hand_over", lambda task, *args: asked.append(task))
    for _ in range(5):
        public_files.ask_for()
    cache.delete("jobs.public_files.asked_for")
    assert asked == [public_files.TASK]
