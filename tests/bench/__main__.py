"""`make bench`: ours beside a peer on the same data in the same run, as a table and as build/bench.json."""

import json
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from marketplace.embedded import Services

BUILD = Path(__file__).parents[2] / "build"


def main() -> None:
    """Run every measurement, smallest first."""
    with (
        tempfile.TemporaryDirectory(prefix="mkt-") as folder,
        Services(Path(folder), durable=False) as services,
    ):
        os.environ |= {
            "DATABASE_URL": services.database_url,
            "REDIS_URL": services.redis_url,
            "DJANGO_SETTINGS_MODULE": "marketplace.settings",
            "LOG_LEVEL": "ERROR",
        }
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        from tests.bench import (
            audit,
            bulk_download,
            fair_shares,
            gate_close,
            pages,
            qualification,
            receipts,
            recommendation,
            uploads,
        )

        rows = [
            *recommendation.rows(),
            *bulk_download.rows(),
            *uploads.rows(),
            *qualification.rows(),
            *pages.rows(),
            *receipts.rows(),
            *audit.rows(),
            *gate_close.rows(),
            *fair_shares.rows(),
        ]
    told = {
        "at": datetime.now(UTC).isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "rows": [],
    }
    for row in rows:
        told["rows"].append(vars(row))
        peer = (
            "" if row.peer_seconds is None else f"{row.peer}: {row.peer_seconds:.3f} s, ratio {row.ratio:.1f}"
        )
        sys.stdout.write(f"{row.what:24} {row.work:62} {row.seconds:9.3f} s  {peer}\n")
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
