"""Requests made up from the description, each with the token of everybody of the cast: nothing breaks, nothing
undocumented is answered.

Two minutes at most; ``API_FUZZ_SECONDS`` (``make fuzz``: twenty minutes) says for how long instead, with other requests
each time, made again by the seed that is printed (``FUZZ_SEED``).
"""

import json
import os
import random
import time
from collections import Counter
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

pytestmark = [pytest.mark.django_db, pytest.mark.slow(60)]
SECONDS = float(os.environ.get("API_FUZZ_SECONDS", "0"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or (random.SystemRandom().randrange(1, 2**32) if SECONDS else 1)
USUAL_SECONDS = 120
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


def answers_to(programs, operation, number):
    """Made-up requests of an operation, each with who asked and the answer; others for each number.

    A request is made up once and asked by all: making it up takes longer than answering it.
    """
    found = []

    @seed(number)
    @QUICK
    @given(case=operation.as_strategy())
    def ask(case):
        found.extend((case, who, sent(program.token, case)) for who, program in programs.items())

    ask()
    return found


def rounds():
    """Every operation in an order of the seed's; where a time is given, again and again with other numbers till then."""
    ends = time.monotonic() + (SECONDS or USUAL_SECONDS)
    schema = schemathesis.openapi.from_dict(deepcopy(api.get_openapi_schema()))
    shuffled = random.Random(SEED)
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


class Hurried:
    """A clock for who waits: as long as was slept has passed, at once."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


def test_no_made_up_request_breaks_anything_whoever_asks(monkeypatch):
    monkeypatch.setattr(
        "api.v1.messages.time", Hurried()
    )  # made-up requests wait for messages half a minute each
    of = bidding.market()
    other = base.member(base.operator())
    cast = {"buyer": of.buyer, "bidder": of.north, "rival": of.south, "other operator": other}
    wrong, asked = {}, Counter()
    with clock.set_to(bidding.BIDDING), refusals_unlogged():
        programs = {who: Program(member) for who, member in cast.items()}
        ApiToken.objects.update(ends_at=bidding.AFTER)
        for operation, number in rounds():
            for case, who, answer in answers_to(programs, operation, number):
                asked[who] += 1
                if str(answer.status_code) not in case.operation.definition.raw["responses"]:
                    wrong[who, case.method, case.path] = (
                        answer.status_code,
                        answer.content[:200],
                        f"FUZZ_SEED={SEED}",
                    )
    assert wrong == {}
    assert len(asked) == len(cast)
    assert min(asked.values()) > 50
