"""What the set-up of the tests finds by itself: each guard fails what it is there for, and lets the rest
pass."""

import socket
import warnings
from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator, UnorderedObjectListWarning
from django.db.models.signals import pre_save
from django.template import Template, engines
from django.template.context import Context

from accounts.models import Organisation
from tests.support.guards import forms_without_token

FAILED = pytest.fail.Exception


def shown(text: str, **context: object) -> str:
    return Template(text, engine=engines["django"].engine).render(Context(context))


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_no_test_reaches_another_machine(address):
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as connection, pytest.raises(FAILED, match="network is closed"):
        connection.connect(address)


def test_no_test_looks_up_another_machine():
    with pytest.raises(FAILED, match=r"may not reach example\.org"):
        socket.create_connection(("example.org", 80))


def test_this_machine_is_reached():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()


@pytest.mark.parametrize("text", ["{{ missing }}", "{{ known.missing }}", "{{ missing|upper }}"])
def test_a_variable_that_is_not_defined_fails(text):
    with pytest.raises(FAILED, match="Undefined variable"):
        shown(text, known={"here": 1})


@pytest.mark.parametrize("text", ["{{ missing|default:'' }}", "{% if missing %}x{% endif %}", "{{ empty }}"])
def test_a_variable_that_may_be_missing_or_is_empty_shows_nothing(text):
    assert shown(text, empty="") == ""


def test_what_is_paged_without_an_order_fails():
    with pytest.raises(UnorderedObjectListWarning):
        Paginator(Organisation.objects.order_by(), 10).page(1)


def test_warnings_are_errors():
    with pytest.raises(UserWarning, match="told"):
        warnings.warn("told", stacklevel=1)


def test_a_save_that_leaves_out_the_time_of_saving_fails():
    field = SimpleNamespace(name="changed_at", auto_now=True)
    model = type("Model", (), {"_meta": SimpleNamespace(concrete_fields=[field], label="tests.Model")})
    with pytest.raises(FAILED, match="misses"):
        pre_save.send(sender=model, update_fields=frozenset({"name"}))
    pre_save.send(sender=model, update_fields=frozenset({"name", "changed_at"}))
    pre_save.send(sender=model, update_fields=None)


def test_a_form_without_its_token_is_found():
    posted = '<form method="post" action="/">{}</form>'
    token = '<input type="hidden" name="csrfmiddlewaretoken" value="x">'
    assert forms_without_token(posted.format("") + posted.format(token) + "<form>search</form>") == [
        posted.format("")
    ]
