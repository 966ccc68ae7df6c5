"""What fails a test by itself, whatever it asserts: see :func:`set_up`."""

import re
import socket
import sys
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db.models.signals import pre_save
from django.template.base import FilterExpression, Node
from django.test import Client

LOOPBACK = re.compile(r"127\.|::1$|localhost$|0\.0\.0\.0$|$")
FORM = re.compile(r"<form\b(?=[^>]*\bmethod=[\"']?post)(.*?)</form>", re.I | re.S)
TOKEN = "csrfmiddlewaretoken"
# Templates of other packages, by a part of their path: they lean on undefined variables being empty.
FOREIGN_TEMPLATES = ("/site-packages/",)
MAY_BE_UNDEFINED = ("default", "default_if_none")
"""Filters that say in the template that a variable may be missing."""


def set_up(settings: Any, *servers: str) -> None:
    """Close the network but to this machine and to ``servers`` (addresses with a host), and watch pages and
    saves.

    From then on these fail: a connection elsewhere, a variable in a template of ours that is not defined, a
    form without a token, and ``save(update_fields=…)`` that leaves out a field which is to note the time of
    each save.
    """
    hosts = {host for server in servers if (host := urlsplit(server).hostname)}
    _close_network(hosts)
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = Undefined()
    pre_save.connect(_notes_the_time, weak=False)
    _watch_forms()


def _close_network(hosts: set[str]) -> None:
    connect, connect_ex, look_up = socket.socket.connect, socket.socket.connect_ex, socket.getaddrinfo

    def check(host: object) -> None:
        name = host.decode() if isinstance(host, bytes) else str(host or "")
        if name not in hosts and not LOOPBACK.match(name):
            pytest.fail(f"A test may not reach {name}: the network is closed.")

    def guarded(usual: Any) -> Any:
        def connects(self: socket.socket, address: Any) -> Any:
            if self.family in {socket.AF_INET, socket.AF_INET6}:
                check(address[0])
            return usual(self, address)

        return connects

    def looks_up(host: Any, *arguments: Any, **named: Any) -> Any:
        check(host)
        return look_up(host, *arguments, **named)

    socket.socket.connect = guarded(connect)  # type: ignore[method-assign]
    socket.socket.connect_ex = guarded(connect_ex)  # type: ignore[method-assign]
    socket.getaddrinfo = looks_up


class Undefined(str):
    """What the template engine takes for a variable that is not defined; it asks for its truth before it
    shows it."""

    __slots__ = ()

    def __bool__(self) -> bool:
        frame = sys._getframe(1)
        expression = frame.f_locals.get("self")
        if not isinstance(expression, FilterExpression):
            return False
        may_be = [function.__name__ for function, _ in expression.filters][:1]
        origin = _template_of(frame)
        if (may_be and may_be[0] in MAY_BE_UNDEFINED) or any(part in origin for part in FOREIGN_TEMPLATES):
            return False
        return pytest.fail(f"Undefined variable {expression} in {origin or 'a template'}.")


def _template_of(frame: FrameType | None) -> str:
    while frame is not None:
        node = frame.f_locals.get("self")
        if isinstance(node, Node) and getattr(node, "origin", None) is not None:
            return str(node.origin)
        frame = frame.f_back
    return ""


def _notes_the_time(sender: Any, update_fields: Any = None, **signal: Any) -> None:
    if update_fields is None:
        return
    noting = {field.name for field in sender._meta.concrete_fields if getattr(field, "auto_now", False)}
    if missed := noting - set(update_fields):
        pytest.fail(
            f"{sender._meta.label}.save(update_fields={sorted(update_fields)}) misses {sorted(missed)}."
        )


def forms_without_token(page: str) -> list[str]:
    """The forms of a page that are posted but hold no token."""
    return [form.group(0)[:200] for form in FORM.finditer(page) if TOKEN not in form.group(1)]


def _watch_forms() -> None:
    usual = Client.request

    def request(self: Client, **asked: Any) -> Any:
        response = usual(self, **asked)
        if not response.streaming and response.headers.get("Content-Type", "").startswith("text/html"):
            missing = forms_without_token(response.content.decode())
            if missing:
                pytest.fail(f"A form of {asked.get('PATH_INFO')} holds no token: {missing[0]}")
        return response

    Client.request = request  # type: ignore[method-assign]
