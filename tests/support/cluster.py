"""A PostgreSQL cluster in which every new database is born migrated: made once, kept beside the other caches
of pytest.

Migrating from nothing takes ten seconds of work, and a run needs a database for each of its processes, for
towns and for demos. What is kept is named by everything that migrating depends on, so a changed migration
makes a new one.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import psycopg2

from marketplace.embedded import Services
from tests.support.apps import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
KEPT = "MIGRATED_CLUSTER"
TEMPLATE = "template1"
"""What new databases are copies of: in such a cluster it is migrated."""
OURS = re.compile(rf"^from ((?:{'|'.join(PACKAGES)})[\w.]*) import", re.M)


def choose(cache: Path) -> None:
    """Tell this process and its children which cluster in ``cache`` is migrated, whether or not it is made yet."""
    os.environ[KEPT] = str(cache / _fingerprint())


def make_ready(cache: Path) -> None:
    """Have that cluster for this process and its children."""
    choose(cache)
    kept = Path(os.environ[KEPT])
    if not kept.exists():
        shutil.rmtree(cache, ignore_errors=True)
        cache.mkdir(parents=True, exist_ok=True)
        _make(kept)


def put_into(folder: Path) -> None:
    """Lay a copy into the data folder of :class:`Services` that have not been started; without one, do
    nothing."""
    if KEPT in os.environ:
        subprocess.run(["cp", "-a", os.environ[KEPT], str(folder / "pg")], check=True)


def _make(kept: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="mkt-new-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with Services(folder, durable=False) as services:
            template = services.database_url.replace("/marketplace?", f"/{TEMPLATE}?")
            subprocess.run(
                [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
                cwd=ROOT,
                env=os.environ | {"DATABASE_URL": template, "REDIS_URL": services.redis_url},
                check=True,
            )
            connection = psycopg2.connect(template.replace(f"/{TEMPLATE}?", "/postgres?"))
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(
                    "DROP DATABASE marketplace"
                )  # made again, and migrated, by who starts on a copy
            connection.close()
        made = kept.with_name(f"{kept.name}.{os.getpid()}")
        subprocess.run(["cp", "-a", str(folder / "pg"), str(made)], check=True)
        try:
            made.rename(kept)
        except OSError:  # another run was first
            shutil.rmtree(made, ignore_errors=True)


def _fingerprint() -> str:
    """Of the migrations, what they import of ours, the settings, and the packages."""
    migrations = sorted(ROOT.glob("*/migrations/*.py")) + sorted(ROOT.glob("marketplace/*/migrations/*.py"))
    imported = {name for file in migrations for name in OURS.findall(file.read_text())}
    paths = [ROOT / name.replace(".", "/") for name in sorted(imported)]
    modules = [file for path in paths for file in (path.with_suffix(".py"), *sorted(path.glob("*.py")))]
    others = [ROOT / "marketplace" / "settings.py", ROOT / "requirements-dev.lock"]
    told = hashlib.sha256(sys.version.encode())
    for file in (*migrations, *modules, *others):
        told.update(f"{file.relative_to(ROOT)}\0".encode())
        told.update(file.read_bytes() if file.exists() else b"")
    return told.hexdigest()[:20]
