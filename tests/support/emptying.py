"""What a test committed is deleted from the tables that it filled; the others, most of a hundred, are left
alone."""

from typing import Any

from django.db import connections
from django.test import TransactionTestCase

# What migrating puts there by itself and no test changes.
KEPT = {"django_content_type", "auth_permission"}


def delete_only_what_is_there(seed: Any) -> None:
    """From now on tests that commit end so, not with emptying every table; ``seed`` fills what migrations
    filled."""

    def tear_down(self: Any) -> None:
        for alias in self._databases_names(include_mirrors=False):
            empty(alias)
        seed()

    TransactionTestCase._fixture_teardown = tear_down  # type: ignore[method-assign]


def empty(alias: str) -> None:
    """Delete the rows of all tables in any order: no foreign key and no trigger looks on."""
    connection = connections[alias]
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
    quoted = [connection.ops.quote_name(table) for table in tables]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT {n}, EXISTS (TABLE {t})" for n, t in enumerate(quoted)))
        filled = [quoted[number] for number, is_filled in cursor.fetchall() if is_filled]
        if filled:
            deletions = "".join(f"DELETE FROM {table};" for table in filled)
            cursor.execute(f"BEGIN; SET LOCAL session_replication_role = replica; {deletions} COMMIT")
