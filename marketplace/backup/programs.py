"""PostgreSQL's own programs for dumps: which ones, and how they are run."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from re import search

from django.conf import settings
from psycopg2.extensions import make_dsn, parse_dsn

from marketplace.embedded import postgres_bin

ENCRYPTED = {"require", "verify-ca", "verify-full"}


class BackupError(Exception):
    """A backup can't be made or read; ``str`` is a sentence for the person at the terminal."""


@dataclass(frozen=True)
class Target:
    """A database as libpq's programs take it: the password apart, since arguments can be seen by everybody on
    the machine."""

    dsn: str
    environment: Mapping[str, str]
    is_encrypted: bool


def target_of(url: str) -> Target:
    """How the programs reach the database at this URL."""
    parts = parse_dsn(url)
    password = parts.pop("password", None)
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    return Target(make_dsn(**parts), environment, parts.get("sslmode") in ENCRYPTED)


def program(name: str, server_major: int, target: Target) -> Path:
    """The program of this name that fits a server of this major version.

    Looked for in ``POSTGRES_BIN``; without it among the embedded ones, which don't encrypt, then on the
    ``PATH``. Raises :class:`BackupError` when there is none, or it is older than the server.
    """
    found = _place_of(name, target)
    if found is None:
        raise BackupError(
            f"There is no {name} that can encrypt its connection: install the client programs of PostgreSQL "
            f"{server_major} and set POSTGRES_BIN to their folder."
        )
    version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
    major = major_of(version)
    if major < server_major:
        raise BackupError(
            f"{found} is of version {major}, the server of version {server_major}, which it can't read: install "
            f"the client programs of PostgreSQL {server_major} and set POSTGRES_BIN to their folder."
        )
    return found


def major_of(version: str) -> int:
    """The major version in what ``--version`` says: ``pg_dump (PostgreSQL) 18.6`` is 18."""
    number = search(r"\b(\d+)(?:\.\d+|devel|beta\d|rc\d)", version)
    if number is None:
        raise BackupError(f"“{version.strip()}” names no version of PostgreSQL.")
    return int(number[1])


def run(target: Target, *command: str | Path) -> str:
    """Run a program to its end and return what it printed; raises :class:`BackupError` with its last
    complaint."""
    ended = subprocess.run(
        [str(part) for part in command],
        env=dict(target.environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        told = ended.stderr.strip().splitlines() or [f"exit status {ended.returncode}"]
        raise BackupError(f"{Path(command[0]).name} failed: {told[0]}")
    return ended.stdout


def _place_of(name: str, target: Target) -> Path | None:
    if settings.POSTGRES_BIN:
        place = Path(settings.POSTGRES_BIN) / name
        if not place.exists():
            raise BackupError(f"POSTGRES_BIN is {settings.POSTGRES_BIN}, where there is no {name}.")
        return place
    if not target.is_encrypted:
        return postgres_bin() / name
    on_path = shutil.which(name)
    return Path(on_path) if on_path else None
