"""Requests of programs that come at once, or again after no answer came: one effect."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from api import idempotency
from api.models import KeptAnswer
from qualification.models import Asset
from tests.api.bodies import ASSET
from tests.api.programs import Program, account_holder, ask_with

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 4


def at_once(ask):
    def asked(number):
        try:
            return ask(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(asked, range(AT_ONCE)))


def test_of_requests_with_one_key_at_once_one_has_an_effect():
    token = Program(account_holder()).token
    answers = at_once(lambda _: ask_with(token, "put", "/assets/A", ASSET, **{"Idempotency-Key": "k"}))
    statuses = {each.status_code for each in answers}
    assert statuses <= {201, 409}
    assert 201 in statuses
    assert all(each["Retry-After"] for each in answers if each.status_code == 409)
    assert (Asset.objects.count(), KeptAnswer.objects.count()) == (1, 1)


def test_of_changes_of_the_same_state_at_once_one_is_done():
    program = Program(account_holder())
    read = program.put("/assets/A", ASSET)
    answers = at_once(
        lambda number: ask_with(
            program.token,
            "put",
            "/assets/A",
            ASSET | {"name": f"Name {number}"},
            **{"If-Match": read["ETag"]},
        )
    )
    assert sorted(each.status_code for each in answers) == [200, 412, 412, 412]


def test_a_break_after_the_effect_and_before_the_answer_undoes_both(monkeypatch):
    program = Program(account_holder())

    def broken(*args, **kwargs):
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(idempotency, "_keep", broken)
        assert program.put("/assets/A", ASSET, **{"Idempotency-Key": "k"}).status_code == 500
    assert not Asset.objects.exists()
    assert program.put("/assets/A", ASSET, **{"Idempotency-Key": "k"}).status_code == 201
    assert program.put("/assets/A", ASSET, **{"Idempotency-Key": "k"})["Idempotent-Replayed"] == "true"
    assert Asset.objects.count() == 1
