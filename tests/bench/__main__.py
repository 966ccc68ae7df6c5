"""`make bench`: ours beside a peer on the same data in the same run, as a table and as build/bench.json.

`python -m tests.bench receipts uploads` measures these parts only; `pages` looks at what `qualification` made, which is
measured with it.
"""

import json
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from marketplace.embedded import Services
from tests.bench.measured import Measured

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
            api,
            asset_map,
            audit,
            bulk_download,
            desk_by_api,
            dispatch,
            fair_shares,
            gate_close,
            own_bids,
            pages,
            qualification,
            readings,
            receipts,
            recommendation,
            settlement,
            uploads,
            webhooks,
        )

        told: dict[str, Any] = {
            "at": datetime.now(UTC).isoformat(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "rows": [],
        }
        asked = [*sys.argv[1:], *(["qualification"] if "pages" in sys.argv else [])]
        for part in (
            recommendation,
            bulk_download,
            uploads,
            qualification,
            pages,
            own_bids,
            receipts,
            audit,
            readings,
            dispatch,
            webhooks,
            api,
            desk_by_api,
            gate_close,
            fair_shares,
            asset_map,
            settlement,
        ):
            if not asked or part.__name__.rpartition(".")[2] in asked:
                for row in part.rows():
                    tell(row)
                    told["rows"].append(vars(row))
    BUILD.mkdir(exist_ok=True)
    (BUILD / "bench.json").write_text(json.dumps(told, indent=1) + "\n")


def tell(row: Measured) -> None:
    """One line a row as soon as it is measured; a whole run takes a quarter of an hour and more."""
    peer = "" if row.peer_seconds is None else f"{row.peer}: {row.peer_seconds:.3f} s, ratio {row.ratio:.1f}"
    sys.stdout.write(f"{row.what:24} {row.work:62} {row.seconds:9.3f} s  {peer}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
