"""Programs for tests: made by a holder of Account, with a token at hand."""

import json
from typing import Any

from django.test import Client
from django.test.client import ClientHandler

import api.urls  # noqa: F401  with it every operation is known, also where no other test has asked for one
from accounts.domain.clients import ClientTerms, create_client
from accounts.domain.tokens import issue_token
from accounts.enums import Role, Scope
from accounts.models import ApiClient, Member
from marketplace import clock
from tests.qualification import market as base

_handler = ClientHandler(enforce_csrf_checks=True)  # its middleware is loaded once, not with each request
ROLES = tuple(role for role in Role.values if role != Role.ACCOUNT)


class Program:
    """A program with its token, speaking JSON."""

    def __init__(
        self, by: Member, *, scopes=tuple(Scope.values), roles=ROLES, name="Robot", addresses=()
    ) -> None:
        made = create_client(by=by, terms=ClientTerms(name, roles, scopes, addresses), now=clock.now())
        self.client, self.secret = made.client, made.text
        self.token = token_of(made.client, made.text)

    def __getattr__(self, name: str) -> Any:
        if name not in ("get", "put", "post", "delete", "patch"):
            raise AttributeError(name)

        def ask(path: str, body: Any = None, **headers: str) -> Any:
            return ask_with(self.token, name, path, body, **headers)

        return ask


def token_of(client: ApiClient, secret: str, address: str = "127.0.0.1") -> str:
    return issue_token(client_id=client.pk, secret=secret, address=address, now=clock.now()).text


def ask_with(token: str | None, method: str, path: str, body: Any = None, **headers: str) -> Any:
    """Ask an address below /api/v1/ with a token."""
    sent = {"Authorization": f"Bearer {token}"} if token else {}
    options = {"headers": sent | headers}
    if method != "get":
        options |= {"data": json.dumps({} if body is None else body), "content_type": "application/json"}
    asking = Client(raise_request_exception=False)
    asking.handler = _handler
    return getattr(asking, method)(f"/api/v1{path}", **options)


def account_holder(of: Any = None) -> Member:
    """A member with every role, of the organisation or of a new provider."""
    return base.member(of or base.provider())
