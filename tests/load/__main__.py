"""``python -m tests.load --people 200 --minutes 10``: use the site as it is deployed, and report how it answered."""

import argparse
import importlib
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

import django

from tests.faults.site import ROOT, site
from tests.support import cluster

BUILD = ROOT / "build" / "load"


def production() -> dict[str, str]:
    """Settings as deployed: behind a proxy that ends TLS, with the log as it is; mails go nowhere."""
    return {
        "PRODUCTION": "1",
        "DEMO": "0",
        "SECRET_KEY": secrets.token_urlsafe(60),
        "ALLOWED_HOSTS": "127.0.0.1",
        "BEHIND_PROXY": "1",
        "TRUSTED_PROXIES": "1",
        "EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend",
        "SITE_URL": "https://127.0.0.1",
    }


def main() -> int:
    asked = _asked()
    BUILD.mkdir(parents=True, exist_ok=True)
    cluster.make_ready(ROOT / ".pytest_cache" / "clusters")
    with tempfile.TemporaryDirectory(prefix="mkt-load-", ignore_cleanup_errors=True) as name:
        folder = Path(asked.keep or name)
        folder.mkdir(parents=True, exist_ok=True)
        with site(folder, as_set=production() | {"SANDBOX_REQUIRED": asked.sandbox}) as running:
            collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
            subprocess.run(collect, cwd=ROOT, check=True)
            django.setup()
            found = importlib.import_module("tests.load.run").played(
                running, people=asked.people, seconds=60 * asked.minutes, build=BUILD
            )
    report = importlib.import_module("tests.load.report")
    told = report.text_of(found)
    sys.stdout.write(told)
    (BUILD / f"load-{asked.people}.md").write_text(told)
    return 1 if found.failures else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--people", type=int, default=200, help="how many at the same time")
    parser.add_argument("--minutes", type=float, default=10, help="how long")
    parser.add_argument("--keep", help="a folder for data and logs that is left in place")
    parser.add_argument(
        "--sandbox",
        choices=["0", "1"],
        default=os.environ.get("SANDBOX_REQUIRED", "1"),
        help="whether the kernel must confine readers of files (SANDBOX_REQUIRED)",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
