"""What a backup promises: all comes back and the audit log holds, nothing is overwritten unasked, and a day can
be ended between two writes."""

import os
import subprocess
import textwrap
from pathlib import Path

import pytest

from marketplace.backup.programs import BackupError, major_of, program, target_of
from marketplace.embedded import Services, postgres_bin
from tests.support import cluster, loaded
from tests.support.embedded import ask, wait_until

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "deploy" / "postgres"
TWO_WRITES = textwrap.dedent(
    """
    import django, sys
    django.setup()
    from accounts.enums import OrganisationKind
    from accounts.models import Organisation
    from marketplace import clock
    from marketplace.audit.chain import record
    for code in sys.argv[1:]:
        made = Organisation.objects.create(
            kind=OrganisationKind.FLEX_SERVICE_PROVIDER, name=code, code=code,
            contact_email=f"{code}@x.example", company_number=code)
        record(organisation_id=made.pk, by=None, action="made", subject=made, changes={}, now=clock.now())
        print(clock.now().isoformat())
    """
)


def services_in(folder: Path, **postgres: str) -> Services:
    folder.mkdir()
    cluster.put_into(folder)
    return Services(folder, durable=False, postgres=postgres)


def run(services: Services, *command: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
    addresses = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
    return loaded.run([*map(str, command)], env={**os.environ, **addresses, **more})


def script(name: str, *arguments: str | Path) -> None:
    path = f"{postgres_bin()}:{os.environ['PATH']}"
    subprocess.run([SCRIPTS / name, *arguments], env={**os.environ, "PATH": path}, check=True)


def codes(services: Services) -> list[str]:
    (found,) = ask(services, "SELECT array_agg(code ORDER BY code) FROM accounts_organisation")
    return found


@pytest.mark.slow
def test_a_dump_comes_back_whole_and_never_over_data_unasked(tmp_path):
    with services_in(tmp_path / "data") as services:
        assert run(services, "-c", TWO_WRITES, "FIRST").returncode == 0
        kept = {"BACKUP_STAMP": str(tmp_path / "last"), "DATA_DIR": str(tmp_path)}
        made = run(services, "manage", "backup", "--to", tmp_path / "backups", **kept)
        assert made.returncode == 0, made.stderr
        (file,) = (tmp_path / "backups").iterdir()
        assert (tmp_path / "last").read_text().startswith("20")
        assert file.stat().st_mode & 0o077 == 0
        assert run(services, "-c", TWO_WRITES, "LATER").returncode == 0

        refused = run(services, "manage", "restore", file)
        assert refused.returncode == 1
        assert "tables already" in refused.stderr
        assert codes(services) == ["FIRST", "LATER"]

        restored = run(services, "manage", "restore", file, "--overwrite")
        assert restored.returncode == 0, restored.stderr
        assert "1 entries in 1 chains: all hold." in restored.stdout
        assert codes(services) == ["FIRST"]


@pytest.mark.slow
def test_a_cluster_is_restored_to_a_moment_between_two_writes(tmp_path):
    archive = tmp_path / "archive"
    archive.mkdir()
    command = f"{SCRIPTS / 'archive-wal'} %p %f {archive}"
    with services_in(tmp_path / "data", archive_mode="on", archive_command=command) as services:
        dsn = services.database_url.replace("/marketplace?", "/postgres?")
        script("base-backup", tmp_path / "base", dsn)
        told = run(services, "-c", TWO_WRITES, "FIRST", "SECOND")
        assert told.returncode == 0, told.stderr
        between = told.stdout.split()[0]
        (segment,) = ask(services, "SELECT pg_walfile_name(pg_switch_wal())")
        wait_until(lambda: (archive / segment).exists())

    again = tmp_path / "again"
    again.mkdir()
    script("restore-to-moment", tmp_path / "base", archive, again / "pg", between)
    with Services(again, durable=False) as services:
        wait_until(lambda: ask(services, "SELECT pg_is_in_recovery()") == (False,))
        assert codes(services) == ["FIRST"]
        proof = run(services, "manage", "verify_audit")
        assert proof.stdout == "1 entries in 1 chains: all hold.\n", proof.stderr


def test_a_segment_of_the_log_is_archived_once_and_never_replaced_by_another(tmp_path):
    archive, segment = tmp_path / "archive", tmp_path / "segment"
    archive.mkdir()
    segment.write_bytes(b"first")
    for _again in range(2):
        script("archive-wal", segment, "0001", archive)
    segment.write_bytes(b"other")
    with pytest.raises(subprocess.CalledProcessError):
        script("archive-wal", segment, "0001", archive)
    assert [(each.name, each.read_bytes()) for each in archive.iterdir()] == [("0001", b"first")]


def test_programs_older_than_the_server_are_refused_by_a_sentence(tmp_path, settings):
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)'\n")
    old.chmod(0o755)
    settings.POSTGRES_BIN = str(tmp_path)
    target = target_of("postgresql://db.example/marketplace")
    with pytest.raises(BackupError, match=r"is of version 15, the server of version 18"):
        program("pg_dump", 18, target)
    assert program("pg_dump", 15, target) == old


def test_a_connection_that_asks_for_encryption_is_not_made_by_the_embedded_programs(settings, monkeypatch):
    settings.POSTGRES_BIN = ""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BackupError, match="POSTGRES_BIN"):
        program("pg_dump", 18, target_of("postgresql://db.example/marketplace?sslmode=verify-full"))
    assert program("pg_dump", 18, target_of("postgresql://db.example/m")).parent == postgres_bin()


def test_the_password_of_the_database_is_no_argument_of_a_program():
    target = target_of("postgresql://me:hidden@db.example/marketplace")
    assert "hidden" not in target.dsn
    assert target.environment["PGPASSWORD"] == "hidden"


@pytest.mark.parametrize(
    ("said", "major"),
    [
        ("pg_dump (PostgreSQL) 18.6\n", 18),
        ("pg_dump (PostgreSQL) 15.18 (Debian 15.18-0)", 15),
        ("x 19beta1", 19),
    ],
)
def test_the_major_version_is_read_from_what_a_program_says(said, major):
    assert major_of(said) == major
