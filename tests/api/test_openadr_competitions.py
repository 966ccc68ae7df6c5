"""Competitions as programs of OpenADR: who is told that one is published, changed or cancelled, and that nobody is before."""

import json
from datetime import timedelta

import pytest

from accounts.enums import Scope
from accounts.models import ApiToken, Member
from api.models import AdrNotice
from competitions.domain.setting_up.saving import cancel_competition
from marketplace import clock
from qualification.domain import scheduled_notifications
from qualification.domain.verdicts import requalification
from tests.api.openadr import ask
from tests.api.programs import Program, account_holder
from tests.competitions import files
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
BEFORE, AFTER = files.PUBLISHED - timedelta(days=1), files.PUBLISHED
LISTENER = "https://93.184.215.14/hooks"
MOVES = ["CREATE", "UPDATE", "DELETE"]


@pytest.fixture
def market():
    """A draft of an operator, and programs of it, of a provider, of one that may read no competitions, and of a rival."""
    buyer = files.operator()
    files.draw_area(buyer)
    files.upload(buyer, files.competition())
    with clock.set_to(files.DRAFT):
        found = {
            "operator": Program(buyer),
            "provider": Program(account_holder()),
            "blind": Program(account_holder(), scopes=(Scope.DISPATCH_READ,)),
            "rival": Program(account_holder(base.operator())),
        }
        for program in found.values():
            assert subscribe(program).status_code == 201
        Member.objects.filter(client=None).exclude(pk=buyer.pk).update(roles=[])  # nobody is told as a person
    found["buyer"] = buyer
    return found


def subscribe(program, **more):
    wanted = {"objects": ["PROGRAM"], "operations": MOVES, "callbackUrl": LISTENER}
    return ask(program, "post", "/subscriptions", {"clientName": "any", "objectOperations": [wanted]} | more)


def publish(now=AFTER):
    with clock.set_to(now):
        requalification.work_off(now)
        for _ in range(2):
            scheduled_notifications.notify_due(now)


def heard(program):
    rows = AdrNotice.objects.filter(subscription__client=program.client).order_by("place")
    told = [json.loads(row.body) for row in rows]
    return [(each["operation"], each["object"]) for each in told]


def status_of(told):
    return next(each["values"][0] for each in told["attributes"] if each["type"] == "STATUS")


def edit(market, now, **header):
    files.upload(market["buyer"], files.header_only(**header), now)


def test_a_publication_is_a_program_made_for_all_who_see_it_and_nothing_is_told_before(market):
    edit(market, files.DRAFT, **{"Competition Name": "Morning peak"})
    publish(files.DRAFT)
    assert not AdrNotice.objects.exists()
    publish()
    for who in ("operator", "provider"):
        ((operation, told),) = heard(market[who])
        assert (operation, status_of(told)) == ("CREATE", files.stored().phase(AFTER))
    ApiToken.objects.update(ends_at=AFTER + timedelta(days=1))
    with clock.set_to(AFTER):
        assert ask(market["provider"], "get", f"/programs/{told['id']}").json() == told
    assert not heard(market["blind"])
    assert not heard(market["rival"])


def test_changes_and_a_cancellation_are_changes_of_the_program(market):
    publish()
    edit(market, AFTER, **{"Competition Name": "Night"})
    with clock.set_to(AFTER):
        cancel_competition(by=market["buyer"], competition=files.stored(), reason="Done.", now=AFTER)
    _, (changed, name), (cancelled, last) = heard(market["provider"])
    assert (changed, cancelled) == ("UPDATE", "UPDATE")
    assert {"type": "NAME", "values": ["Night"]} in name["attributes"]
    assert status_of(last) == "cancelled"
    assert heard(market["operator"]) == heard(market["provider"])
    assert not heard(market["rival"])


def test_what_no_provider_reads_changes_no_program(market):
    publish()
    edit(market, AFTER, **{"Minimum Budget (£)": 1000, "Maximum Budget (£)": 98765})
    assert [operation for operation, _ in heard(market["provider"])] == ["CREATE"]


def test_a_draft_that_is_cancelled_is_told_to_nobody(market):
    with clock.set_to(files.DRAFT):
        cancel_competition(by=market["buyer"], competition=files.stored(), reason="Wrong.", now=files.DRAFT)
    publish()
    assert not AdrNotice.objects.exists()


def test_a_subscription_may_name_a_competition_that_its_program_sees(market):
    ApiToken.objects.update(ends_at=AFTER + timedelta(days=1))
    of = {"programID": str(files.stored().pk)}
    with clock.set_to(files.DRAFT):
        assert subscribe(market["provider"], **of).status_code == 404, "a draft is nobody else's"
    with clock.set_to(AFTER):
        for who, status in (("provider", 201), ("blind", 404), ("rival", 404)):
            assert subscribe(market[who], **of).status_code == status, who
    edit(market, AFTER, **{"Competition Name": "Night"})
    assert len(heard(market["provider"])) == 2
