"""A database for one use on the server at hand."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.conf import settings
from django.db import connection
from psycopg2.sql import SQL, Identifier


class UnreachableServer(Exception):
    """The database server can't be reached or refuses a new database; ``str`` is a sentence for the
    terminal."""


@contextmanager
def database_of_its_own(purpose: str) -> Iterator[str]:
    """Make a database, have Django use it within the block, and drop it whatever happens; gives its name."""
    name = f"{purpose}_{secrets.token_hex(6)}"
    usual = str(connection.settings_dict["NAME"])
    template = Identifier(settings.NEW_DATABASES_FROM)
    _execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), template))
    connection.close()
    connection.settings_dict["NAME"] = name
    try:
        yield name
    finally:
        connection.close()
        connection.settings_dict["NAME"] = usual
        _execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _execute(statement: SQL) -> None:
    parameters = {**connection.get_connection_params(), "dbname": "postgres"}
    for django_only in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(django_only, None)
    try:
        server = psycopg2.connect(**parameters)
    except psycopg2.OperationalError as error:
        raise UnreachableServer(f"The database server can't be reached: {str(error).strip()}") from error
    server.autocommit = True
    try:
        with server.cursor() as cursor:
            cursor.execute(statement)
    except psycopg2.Error as error:
        raise UnreachableServer(f"The database server refuses: {str(error).strip()}") from error
    finally:
        server.close()
