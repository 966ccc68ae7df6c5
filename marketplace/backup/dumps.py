"""One file that holds the whole database, uploaded and generated files too, and the way back from it."""

import os
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from marketplace.backup.programs import BackupError, Target, program, run, target_of
from marketplace.dates import utc_stamp


def dump(folder: Path, *, now: datetime) -> Path:
    """Dump the database into a new file of this folder and note the time for monitoring; returns the file.

    The file takes its name when it is whole and on the disk. Raises :class:`BackupError`.
    """
    target = target_of(settings.DATABASE_URL)
    pg_dump = program("pg_dump", _server_major(), target)
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f"marketplace-{utc_stamp(now).replace(':', '')}.dump"
    part = made.with_suffix(".part")
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        run(target, pg_dump, "--format=custom", "--no-owner", f"--file={part}", f"--dbname={target.dsn}")
        _keep(part)
        part.rename(made)
        _keep(folder)
    finally:
        part.unlink(missing_ok=True)
    stamp(now)
    return made


def stamp(now: datetime) -> None:
    """Write when the last backup ended, in UTC by ISO 8601, to where monitoring reads it."""
    place = Path(settings.BACKUP_STAMP)
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(".new")
    fresh.write_text(f"{utc_stamp(now)}\n")
    fresh.rename(place)


def restore(file: Path, *, overwrite: bool) -> None:
    """Put a dump into the database of the settings.

    Raises :class:`BackupError` while a process is connected, when the file is no dump, and when the database
    holds tables, unless ``overwrite``: then they are dropped first.
    """
    target = target_of(settings.DATABASE_URL)
    pg_restore = program("pg_restore", _server_major(), target)
    if not file.is_file():
        raise BackupError(f"There is no file {file}.")
    run(target, pg_restore, "--list", file)
    _refuse_company()
    tables = _tables()
    if tables and not overwrite:
        raise BackupError(
            f"The database {connection.settings_dict['NAME']} holds {tables} tables already. Restore into an empty "
            "one, or say that what is there may be lost: OVERWRITE=1 with make, --overwrite with manage.py."
        )
    if tables:
        _empty()
    connection.close()
    _fill(target, pg_restore, file)


def _fill(target: Target, pg_restore: Path, file: Path) -> None:
    run(
        target,
        pg_restore,
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        f"--dbname={target.dsn}",
        file,
    )


def _server_major() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def _refuse_company() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        (others,) = cursor.fetchone()
    if others:
        raise BackupError(f"{others} sessions use the database: stop web, workers and beat first.")


def _tables() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
        return int(cursor.fetchone()[0])


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")


def _keep(place: Path) -> None:
    """Wait until the file, or the folder's list of names, is on the disk."""
    opened = os.open(place, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
