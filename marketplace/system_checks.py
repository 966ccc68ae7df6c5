"""What ``make check`` asks of Django itself, leaving nothing behind: migrations, and the production
settings."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from marketplace.embedded import Services

BASE_DIR = Path(__file__).resolve().parent.parent
PRODUCTION = {
    "PRODUCTION": "1",
    "SECRET_KEY": "check-" * 20,
    "ALLOWED_HOSTS": "marketplace.example",
    "SITE_URL": "https://marketplace.example",
    "DEBUG": "0",
    "DEMO": "0",
}


def main() -> int:
    """Run every check against a throw-away database; the exit status is 1 when one of them fails."""
    with (
        tempfile.TemporaryDirectory(prefix="mkt-check-") as folder,
        Services(Path(folder) / "data", durable=False) as services,
    ):
        addresses = {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
        results = [
            _manage(addresses, "makemigrations", "--check", "--dry-run"),
            _manage(addresses, "migrate", "--verbosity", "0"),
            _manage(addresses | PRODUCTION, "check", "--deploy", "--fail-level", "WARNING"),
        ]
    return int(any(results))


def _manage(settings: dict[str, str], *arguments: str) -> int:
    command = [sys.executable, "-B", "manage.py", *arguments]
    return subprocess.run(command, cwd=BASE_DIR, env={**os.environ, **settings}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
