"""Requests made up from the description, with the token of each of the cast: nothing breaks, nothing undocumented is
answered.

Two minutes at most; ``API_FUZZ_SECONDS`` (``make fuzz``: twenty minutes) says for how long instead, with other requests
each time, made again by the seed that is printed (``FUZZ_SEED``).
"""

import json
import os
import random
import time
from copy import deepcopy
from urllib.parse import urlencode

import pytest
import schemathesis
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.core import NotSet

from accounts.models import ApiToken
from api.v1.api import api
from marketplace import clock
from tests.api.programs import Program, ask_with
from tests.bidding import market as bidding
from tests.qualification import market as base
from tests.support.walking import refusals_unlogged

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SECONDS = float(os.environ.get("API_FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or (random.SystemRandom().randrange(1, 2**32) if SECONDS else 1)
USUAL_SECONDS = 120
CAST = ("buyer", "bidder", "rival", "other operator")
QUICK = settings(
    max_examples=3,  # of each operation, then those of the next
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
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


def answers_to(token, operation, number):
    """Made-up requests of an operation, each with its answer; others for each number."""
    found = []

    @seed(number)
    @QUICK
    @given(case=operation.as_strategy())
    def ask(case):
        found.append((case, sent(token, case)))

    ask()
    return found


def rounds(who):
    """Operations in an order of one's own, again and again with other numbers while there is time."""
    ends = time.monotonic() + (SECONDS or USUAL_SECONDS) / len(CAST)
    schema = schemathesis.openapi.from_dict(deepcopy(api.get_openapi_schema()))
    shuffled = random.Random(f"{SEED} {who}")
    operations = [result.ok() for result in schema.get_all_operations()]
    number = SEED
    while True:
        shuffled.shuffle(operations)
        for operation in operations:
            if time.monotonic() > ends:
                return
            yield operation, number
        if not SECONDS:
            return
        number += 1


@pytest.mark.parametrize("who", CAST)
def test_no_made_up_request_breaks_anything(who):
    of = bidding.market()
    people = {"buyer": of.buyer, "bidder": of.north, "rival": of.south}
    wrong, asked = {}, 0
    with clock.set_to(bidding.BIDDING), refusals_unlogged():
        program = Program(people.get(who) or base.member(base.operator()))
        ApiToken.objects.update(ends_at=bidding.AFTER)
        for operation, number in rounds(who):
            for case, answer in answers_to(program.token, operation, number):
                asked += 1
                if str(answer.status_code) not in case.operation.definition.raw["responses"]:
                    wrong[case.method, case.path] = (
                        answer.status_code,
                        answer.content[:200],
                        f"FUZZ_SEED={SEED}",
                    )
    assert wrong == {}
    assert asked > 50
