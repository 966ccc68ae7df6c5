"""Walking through the site as many people: cheap clients, a quiet log, and no trace left."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from django.db import transaction
from django.template.base import Template
from django.template.context import Context
from django.test import Client
from django.test.client import ClientHandler
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.safestring import SafeString

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Clients:
    """A new client for each request, without cookies of the one before; all share the middleware, loaded
    once."""

    def __init__(self) -> None:
        self._handlers: dict[bool, ClientHandler] = {}
        self._sessions: dict[int, str] = {}

    def sign_in(self, user: Any) -> None:
        """Once for all that a person opens: signing in takes as long as a page."""
        client = Client()
        client.force_login(user, backend=BACKEND)
        self._sessions[user.pk] = client.cookies["sessionid"].value

    def session_of(self, user: Any) -> str:
        """The key of the session of somebody who has signed in; none of nobody."""
        return "" if user is None else self._sessions[user.pk]

    def of(self, user: Any, *, checks_token: bool = False) -> Client:
        """A client of somebody who has signed in, or of nobody (None). What breaks is answered, not
        raised."""
        client = Client(enforce_csrf_checks=checks_token, raise_request_exception=False)
        client.handler = self._handlers.setdefault(checks_token, client.handler)
        if user is not None:
            client.cookies["sessionid"] = self._sessions[user.pk]
        return client


@contextmanager
def refusals_unlogged() -> Iterator[None]:
    """A walk is refused thousands of times; what is logged of it has tests of its own. Errors are still
    logged."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


@contextmanager
def undone() -> Iterator[None]:
    """What is done inside leaves no trace, so that each address meets the same market.

    As a transaction that is rolled back, with two words to the database instead of three.
    """
    connection = transaction.get_connection()
    to_be_called, savepoint = list(connection.run_on_commit), connection.savepoint()
    try:
        yield
    finally:
        connection.run_on_commit, connection.needs_rollback = to_be_called, False
        with connection.cursor() as cursor:
            cursor.execute(f'ROLLBACK TO SAVEPOINT "{savepoint}"; RELEASE SAVEPOINT "{savepoint}"')


@contextmanager
def rendered(*, is_read: bool) -> Iterator[None]:
    """Pages as they are sent, without the record of what each template was given; or, where only who gets what
    counts and nobody reads the page, the name of its template alone."""

    def as_sent(self: Template, context: Context) -> SafeString:
        return self.nodelist.render(context)

    def named(self: Template, context: Context) -> SafeString:
        return SafeString(self.name or "")

    with patch.object(Template, "_render", as_sent if is_read else named):
        yield


def views_below(prefix):
    """The addresses that begin so, with their names."""

    def within(patterns, route):
        for each in patterns:
            here = route + str(each.pattern)
            if isinstance(each, URLResolver):
                yield from within(each.url_patterns, here)
            elif isinstance(each, URLPattern) and here.startswith(prefix):
                yield here, each.name

    return list(within(get_resolver().url_patterns, ""))
