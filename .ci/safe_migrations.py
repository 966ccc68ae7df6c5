"""Each migration after the baseline is safe while web and workers of the version before still run on the database.

The SQL of a migration is asked for on a database that has all migrations before it, since Django looks up the
names of constraints there, and read by django-migration-linter. What is objected to stays only with a reason in
``migrations.toml``.
"""

import os
import re
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from django_migration_linter.sql_analyser.base import Check, CheckMode, CheckType
from django_migration_linter.sql_analyser.postgresql import PostgresqlAnalyser

ROOT = Path(__file__).resolve().parents[1]
CONFIGURATION = ROOT / ".ci" / "migrations.toml"
Key = tuple[str, str]


def checks_what_is_there(statements: Iterable[str], **kwargs: object) -> bool:
    """Whether a table that was there before gets a constraint which the old version may break, or which locks
    it for as long as all rows are read."""
    made = set()
    for statement in statements:
        if found := re.match(r'CREATE TABLE ("\w+")', statement):
            made.add(found[1])
        found = re.match(r'ALTER TABLE ("\w+") .*ADD CONSTRAINT .* (CHECK|FOREIGN KEY|EXCLUDE)\b', statement)
        if found and found[1] not in made:
            return True
    return False


class Analyser(PostgresqlAnalyser):
    """The linter's checks for PostgreSQL, and constraints on tables with rows."""

    migration_checks = [
        *PostgresqlAnalyser.migration_checks,
        Check(
            code="ADD_CONSTRAINT",
            fn=checks_what_is_there,
            message="ADDING a constraint to a table that the old version writes",
            mode=CheckMode.TRANSACTION,
            type=CheckType.ERROR,
        ),
    ]


def objections(statements: list[str]) -> dict[str, str]:
    """What is objected to in the SQL of one migration: sentences by the code of the check. Comments don't
    count. What only locks a table for long counts as well as what breaks the old version."""
    lines = [line for line in "\n".join(statements).splitlines() if line and not line.startswith("--")]
    analyser = Analyser(None)
    analyser.analyse(lines)
    found: dict[str, str] = {}
    for issue in [*analyser.errors, *analyser.warnings]:
        place = ".".join(part for part in (issue.table, issue.column) if part)
        found.setdefault(issue.code, f"{issue.message}{f' ({place})' if place else ''}")
    return found


def unanswered(
    found: Mapping[Key, Mapping[str, str]], judged: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """A line for each objection without a reason, and for each reason that nothing needs."""
    for (app, name), codes in found.items():
        reasons = judged.get(f"{app}.{name}", {})
        for code, says in codes.items():
            if not reasons.get(code):
                yield f"{app}.{name}: {code}: {says}"
    needed = {f"{app}.{name}": codes for (app, name), codes in found.items()}
    for name, reasons in judged.items():
        for code in reasons:
            if code not in needed.get(name, {}):
                yield f"{name}: the reason for {code} is no longer needed"


def on_disk() -> set[Key]:
    """Our migrations: the label of the app, which is its folder's name, and the migration's name."""
    found = [*ROOT.glob("*/migrations/0*.py"), *ROOT.glob("marketplace/*/migrations/0*.py")]
    return {(path.parent.parent.name, path.stem) for path in found}


def newer_than(baseline: Mapping[str, str], keys: Iterable[Key]) -> list[Key]:
    """The migrations with a higher number than the baseline; all of an app that it doesn't name."""
    return [key for key in keys if key[1] > baseline.get(key[0], "")]


def ask(new: list[Key]) -> dict[Key, dict[str, str]]:
    """What is objected to in each of these migrations, each asked on the database that it will find."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    before = [migration for migration, _ in plan if (migration.app_label, migration.name) not in new]
    executor.migrate([(each.app_label, each.name) for each in before])
    found = {}
    for migration, _ in plan:
        if (key := (migration.app_label, migration.name)) in new:
            executor = MigrationExecutor(connection)  # knows what was run meanwhile
            found[key] = objections(executor.loader.collect_sql([(migration, False)]))
            executor.migrate([key])
    return found


def main() -> int:
    """Ask about what is new, on a throw-away database; 1 when something is objected to without a reason."""
    configuration: dict[str, Any] = tomllib.loads(CONFIGURATION.read_text())
    keys = on_disk()
    missing = set(configuration["baseline"].items()) - keys
    new = newer_than(configuration["baseline"], keys)
    wrong = [f"{app}.{name}: no such migration" for app, name in sorted(missing)]
    wrong += unanswered(_ask_a_new_database(new) if new else {}, configuration["judged"])
    print("\n".join(wrong) or f"{len(new)} migrations since the baseline")
    return int(bool(wrong))


def _ask_a_new_database(new: list[Key]) -> dict[Key, dict[str, str]]:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
    import django

    from marketplace.embedded import Services

    with (
        tempfile.TemporaryDirectory(prefix="mkt-migrations-") as folder,
        Services(Path(folder) / "data", durable=False) as services,
    ):
        os.environ |= {"DATABASE_URL": services.database_url, "REDIS_URL": services.redis_url}
        django.setup()
        from django.db import connection

        try:
            return ask(new)
        finally:
            connection.close()


if __name__ == "__main__":
    sys.exit(main())
