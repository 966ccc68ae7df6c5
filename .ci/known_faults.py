"""No locked package has a fault that is publicly known. Exit status 3: the service that knows could not be
asked."""

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements-dev.lock"
NOT_RUN = 3
SECONDS = 60
TOOL = [
    "pip-audit",
    "--disable-pip",
    "--no-deps",
    "--progress-spinner",
    "off",
    "--format",
    "json",
    "--requirement",
]


def judge(answer: dict[str, list[dict[str, object]]]) -> tuple[int, str]:
    """The exit status and what to say of an answer of pip-audit.

    A package that the service doesn't know was not looked at: it is never passed as well.
    """
    packages = answer["dependencies"]
    found = [
        f"{each['name']} {each['version']}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'none yet'}"
        for each in packages
        for fault in each.get("vulns", [])
    ]
    unknown = [str(each["name"]) for each in packages if "skip_reason" in each]
    if found:
        return 1, "\n".join(found)
    if len(unknown) == len(packages):
        return NOT_RUN, "the service of known faults could not be reached"
    if unknown:
        return NOT_RUN, f"the service knows nothing of {', '.join(unknown)}; the others have no known fault"
    return 0, f"{len(packages)} packages without a known fault"


def main() -> int:
    """Ask, and print what came of it."""
    try:
        asked = subprocess.run([*TOOL, LOCK], capture_output=True, text=True, timeout=SECONDS, check=False)
        status, told = judge(json.loads(asked.stdout))
    except (subprocess.TimeoutExpired, json.JSONDecodeError):
        status, told = NOT_RUN, "the service of known faults could not be reached"
    print(told)
    return status


if __name__ == "__main__":
    sys.exit(main())
