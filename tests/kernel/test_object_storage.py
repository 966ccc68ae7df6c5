"""Files may lie in object storage: nobody who opens them notices, and no digest changes on the way."""

import io
import os
import time
import uuid
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.config import Config
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from moto.server import ThreadedMotoServer

from marketplace import clock
from marketplace.errors import StorageAway
from marketplace.jobs import object_storage
from marketplace.jobs.enums import Place
from marketplace.jobs.models import StoredFile
from marketplace.jobs.moving import move_files, stray_objects
from marketplace.retention.removal import remove_due

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
NOWHERE = "http://127.0.0.1:9"
BUCKET = "marketplace-files"
KEYS = {"access_key": "key", "secret_key": "secret", "region_name": "eu-west-2"}


@pytest.fixture(scope="module")
def server():
    """An S3 server on this machine."""
    started = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    started.start()
    host, port = started.get_host_and_port()
    yield f"http://{host}:{port}"
    started.stop()


@pytest.fixture
def bucket(server, settings, monkeypatch):
    """The bucket, empty, as S3's own client sees it."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    settings.S3_BUCKET = BUCKET
    options = {"bucket_name": BUCKET, "endpoint_url": server, "file_overwrite": True, **KEYS}
    settings.STORAGES = {
        **settings.STORAGES,
        object_storage.STORAGE: {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options},
    }
    client = boto3.resource(
        "s3",
        endpoint_url=server,
        region_name="eu-west-2",
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    made = client.Bucket(BUCKET)
    made.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    yield made
    made.objects.all().delete()
    made.delete()


def kept(data=b"what it said", name="a.csv", **more):
    return StoredFile.objects.keep(name, data, organisation_id=uuid.uuid4(), now=NOW, **more)


def again(file):
    return StoredFile.objects.get(pk=file.pk)


def keys(bucket):
    return {each.key for each in bucket.objects.all()}


def test_files_are_moved_there_and_back_and_read_the_same_all_the_while(bucket):
    data = os.urandom(300_000)
    files = [kept(data), kept(b"")]
    assert [moved.fault for moved in move_files(Place.OBJECTS)] == ["", ""]
    assert keys(bucket) == {f"files/{each.pk}" for each in files}
    assert bytes(again(files[0]).content) == b""
    assert [again(each).read() for each in files] == [data, b""]
    assert list(move_files(Place.OBJECTS)) == []
    list(move_files(Place.DATABASE))
    assert (again(files[0]).place, again(files[0]).read()) == (Place.DATABASE, data)


def test_a_row_that_was_read_before_the_move_still_gives_its_bytes(
    bucket, django_capture_on_commit_callbacks
):
    before = kept()
    without_bytes = StoredFile.objects.defer("content").get(pk=before.pk)
    list(move_files(Place.OBJECTS))
    elsewhere = again(before)
    assert without_bytes.read() == b"what it said"
    with django_capture_on_commit_callbacks(execute=True):
        list(move_files(Place.DATABASE))
    assert keys(bucket) == set()
    assert elsewhere.read() == b"what it said"


def test_who_is_interrupted_goes_on_where_they_were(bucket):
    files = [kept() for _ in range(3)]
    moving = move_files(Place.OBJECTS)
    next(moving)
    moving.close()
    assert StoredFile.objects.filter(place=Place.OBJECTS).count() == 1
    assert len(list(move_files(Place.OBJECTS))) == 2
    assert [again(each).read() for each in files] == [b"what it said"] * 3


def test_bytes_without_their_digest_are_not_moved_and_the_others_are(bucket, capsys):
    good, bad, lost = kept(), kept(), kept()
    StoredFile.objects.filter(pk=bad.pk).update(content=b"changed beside us")
    with pytest.raises(CommandError, match=f"{bad.pk}: its bytes do not have its digest"):
        call_command("move_files", "--to", "s3")
    assert "2 files moved" in capsys.readouterr().out
    assert bytes(again(bad).content) == b"changed beside us"
    bucket.Object(f"files/{good.pk}").put(Body=b"changed there")
    bucket.Object(f"files/{lost.pk}").delete()
    faults = {moved.file_id: moved.fault for moved in move_files(Place.DATABASE)}
    assert faults == {good.pk: "its bytes do not have its digest", lost.pk: "its object is missing"}
    assert again(good).place == Place.OBJECTS


def test_an_object_that_reads_back_otherwise_leaves_the_file_in_the_database(bucket, monkeypatch):
    file = kept()
    monkeypatch.setattr(object_storage, "get", lambda file_id: b"something else")
    assert [moved.fault for moved in move_files(Place.OBJECTS)] == ["the object does not have its digest"]
    assert bytes(again(file).content) == b"what it said"


def test_the_object_goes_with_its_row_and_with_its_time(bucket, django_capture_on_commit_callbacks, settings):
    unused, deleted = kept(kept_for="operations.readings"), kept()
    list(move_files(Place.OBJECTS))
    settings.RETENTION_DAYS = {**settings.RETENTION_DAYS, "unused_files": 1}
    with django_capture_on_commit_callbacks(execute=True):
        remove_due(datetime(2026, 12, 24, tzinfo=UTC))
        StoredFile.objects.filter(pk=deleted.pk).delete()
    assert keys(bucket) == set()
    assert not StoredFile.objects.filter(pk__in=[unused.pk, deleted.pk]).exists()


def test_forgotten_bytes_leave_the_storage_and_the_digest_stays(bucket, django_capture_on_commit_callbacks):
    file = kept()
    list(move_files(Place.OBJECTS))
    with django_capture_on_commit_callbacks(execute=True):
        StoredFile.objects.get_queryset().filter(pk=file.pk).forget(NOW)
    assert keys(bucket) == set()
    assert (again(file).removed_at, again(file).sha256) == (NOW, file.sha256)


def test_nobody_reads_an_object_by_its_address_without_a_signature(bucket):
    file = kept()
    list(move_files(Place.OBJECTS))
    grants = bucket.Object(f"files/{file.pk}").Acl().grants
    assert [grant["Grantee"].get("URI") for grant in grants] == [None]


def test_who_opens_a_file_while_the_storage_is_away_does_not_wait_long_and_the_file_stays(bucket, settings):
    file = kept()
    list(move_files(Place.OBJECTS))
    here = settings.STORAGES
    limits = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 2})
    away = {**here[object_storage.STORAGE]["OPTIONS"], "endpoint_url": NOWHERE, "client_config": limits}
    settings.STORAGES = {**here, object_storage.STORAGE: {**here[object_storage.STORAGE], "OPTIONS": away}}
    began = time.monotonic()
    with pytest.raises(StorageAway):
        again(file).read()
    assert time.monotonic() - began < 10
    settings.STORAGES = here
    assert again(file).read() == b"what it said"


def test_objects_that_no_file_has_are_named_and_removed_on_demand(bucket, capsys):
    file = kept()
    list(move_files(Place.OBJECTS))
    stray = uuid.uuid4()
    object_storage.put(stray, b"left behind")
    assert list(stray_objects(datetime.now(UTC))) == []
    tomorrow = datetime.now(UTC) + timedelta(days=1, minutes=1)
    assert list(stray_objects(tomorrow)) == [stray]
    with clock.set_to(tomorrow):
        call_command("stray_objects")
        assert keys(bucket) == {f"files/{file.pk}", f"files/{stray}"}
        call_command("stray_objects", "--remove")
    assert "1 stray object removed" in capsys.readouterr().out
    assert keys(bucket) == {f"files/{file.pk}"}


def test_the_command_asks_for_a_bucket():
    with pytest.raises(CommandError, match="S3_BUCKET"):
        call_command("move_files", "--to", "s3", stdout=io.StringIO())


def test_without_a_bucket_no_storage_is_named():
    assert object_storage.STORAGE not in storages.backends
