"""``python -m tests.faults --seed 1 --faults 70``: play a busy time under faults, and tell what did not hold.

The exit status is 1 if anything acknowledged was lost, doubled or late.
"""

import argparse
import importlib
import os
import signal
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import django

from tests.faults.site import ROOT, site
from tests.support import cluster

SECONDS_A_FAULT = 4.5
FINISH_SECONDS = 90


def main() -> int:
    asked = _asked()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # disks and processes are left in order
    if cluster.KEPT not in os.environ:
        cluster.make_ready(ROOT / ".pytest_cache" / "clusters")
    with tempfile.TemporaryDirectory(prefix="mkt-faults-", ignore_cleanup_errors=True) as name:
        folder = Path(asked.keep or name)
        folder.mkdir(parents=True, exist_ok=True)
        with site(folder, is_pooled=asked.pooled, is_whole=not asked.short) as running:
            django.setup()
            told, faults = importlib.import_module("tests.faults.run").play(
                running,
                asked.seed,
                asked.faults,
                timedelta(seconds=asked.close_after or _usual(asked.faults)),
                is_whole=not asked.short,
            )
    sys.stdout.write(told + "\n")
    if asked.report:
        with Path(asked.report).open("a") as report:
            report.write(told + "\n")
    return 1 if faults else 0


def _usual(faults: int) -> float:
    return max(15.0, faults * SECONDS_A_FAULT * 0.6)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="what the faults are drawn from")
    parser.add_argument("--faults", type=int, default=70, help="how many")
    parser.add_argument("--close-after", type=float, help="seconds until bidding closes")
    parser.add_argument("--pooled", action="store_true", help="go to the database by PgBouncer")
    parser.add_argument("--report", help="a file to which what was found is added")
    parser.add_argument("--short", action="store_true", help="only faults of processes")
    parser.add_argument("--keep", help="a folder for data and logs that is left in place")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
