"""The harness of ``make faults`` as the suite plays it."""

import os
import subprocess

from tests.support import loaded


def played(*options: str) -> "subprocess.CompletedProcess[str]":
    """A run of the harness, over servers of its own."""
    given = ("DATABASE_URL", "REDIS_URL", "CLOCK")
    alone = {name: value for name, value in os.environ.items() if name not in given}
    return loaded.run(["tests.faults", *options], env=alone, timeout=300)
