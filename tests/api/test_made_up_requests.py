"""Requests made up from the description, with the token of each side: nothing breaks, nothing undocumented is answered."""

import json
from urllib.parse import urlencode

import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core import NotSet

from accounts.models import ApiToken
from api.v1.api import api
from marketplace import clock
from tests.api.programs import Program, ask_with
from tests.bidding import market as bidding
from tests.support.walking import refusals_unlogged

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
QUICK = settings(
    max_examples=3,  # of each operation; `make test` is short of time
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
    database=None,
)
PREFIX = "/api/v1"


def sent(token, case):
    """The answer to a made-up request."""
    query = urlencode({key: str(value) for key, value in (case.query or {}).items()}, errors="replace")
    path = case.formatted_path.removeprefix(PREFIX) + (f"?{query}" if query else "")
    if case.media_type == "multipart/form-data":
        return sent_as_form(token, f"{PREFIX}{path}", case.body)
    body = None if isinstance(case.body, NotSet) else json.loads(json.dumps(case.body, default=str))
    return ask_with(token, case.method.lower(), path, body)


def sent_as_form(token, path, body):
    """The answer to a made-up form with a file."""
    fields = {} if isinstance(body, NotSet) or not isinstance(body, dict) else body
    form = {
        name: SimpleUploadedFile("made-up.xlsx", value)
        if isinstance(value, bytes)
        else json.dumps(value, default=str)
        for name, value in fields.items()
    }
    asking = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})
    return asking.post(path, form)


def answers_to(token, operation):
    """Made-up requests of an operation, each with its answer."""
    found = []

    @QUICK
    @given(case=operation.as_strategy())
    def ask(case):
        found.append((case, sent(token, case)))

    ask()
    return found


@pytest.mark.parametrize("who", ["buyer", "bidder"])
def test_no_made_up_request_breaks_anything(who):
    of = bidding.market()
    wrong, asked = {}, []
    with clock.set_to(bidding.BIDDING), refusals_unlogged():
        program = Program(of.buyer if who == "buyer" else of.north)
        ApiToken.objects.update(ends_at=bidding.AFTER)
        schema = schemathesis.openapi.from_dict(api.get_openapi_schema())
        for result in schema.get_all_operations():
            for case, answer in answers_to(program.token, result.ok()):
                asked.append(case.path)
                if str(answer.status_code) not in case.operation.definition.raw["responses"]:
                    wrong[case.method, case.path] = answer.status_code, answer.content[:200]
    assert wrong == {}
    assert len(asked) > 50
