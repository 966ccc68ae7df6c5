"""How much of the rule modules the tests ran (build/coverage/coverage.json), and which fell below their floor.

``APP`` asks of one app alone, ``--table`` prints Markdown, ``--tests APP`` the folders whose tests play that app.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ROOT / "build" / "coverage" / "coverage.json"
GIVEN = tomllib.loads((ROOT / ".ci" / "rule_coverage.toml").read_text())


@dataclass(frozen=True)
class Module:
    """A rule module, and how many of its lines and branches were run, in per cent."""

    path: str
    reached: float

    @property
    def floor(self) -> float:
        """What it has to reach, in per cent."""
        return float(GIVEN["below"].get(self.path, {}).get("floor", GIVEN["floor"]))

    @property
    def why(self) -> str:
        """Why its floor is lower than that of the others."""
        return str(GIVEN["below"].get(self.path, {}).get("why", ""))


def is_rule(path: str) -> bool:
    """Whether a module decides or calculates, by its place and name."""
    return _is_any(path, GIVEN["modules"]) and not _is_any(path, GIVEN["except"])


def measured(files: dict[str, Any], app: str) -> Iterator[Module]:
    """The rule modules of an app, or of all (``""``), that hold a statement, by their paths."""
    for path, file in sorted(files.items()):
        if is_rule(path) and path.startswith(app) and file["summary"]["num_statements"]:
            yield Module(path, round(file["summary"]["percent_covered"], 1))


def table(modules: list[Module]) -> str:
    """The modules as Markdown."""
    rows = [f"| `{each.path}` | {each.reached:g} | {each.why} |" for each in modules]
    return "\n".join(["| module | lines and branches, % | why no more |", "| --- | ---: | --- |", *rows])


def tests_of(app: str) -> list[str]:
    """The folders of the tests that play an app."""
    return [f"tests/{each}" for each in GIVEN["tests"].get(app, [app])]


def _is_any(path: str, patterns: list[str]) -> bool:
    return any(fnmatch(path, each) for each in patterns)


def main() -> int:
    """Print what was asked; 1 where a module fell below its floor."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("app", nargs="?", default="")
    asked.add_argument("--tests", action="store_true")
    asked.add_argument("--table", action="store_true")
    wish = asked.parse_args()
    if wish.tests:
        print(*tests_of(wish.app))
        return 0
    app = f"{wish.app}/" if wish.app else ""
    modules = list(measured(json.loads(MEASURED.read_text())["files"], app))
    if wish.table:
        print(table(modules))
    fallen = [each for each in modules if each.reached < each.floor]
    for each in fallen:
        print(
            f"{each.path}: {each.reached:g} % of its lines and branches are run; the floor is {each.floor:g} %"
        )
    if not fallen and not wish.table:
        print(f"Of {len(modules)} rule modules, none is below its floor.")
    return 1 if fallen else 0


if __name__ == "__main__":
    sys.exit(main())
