"""People who answer the same substitution at the same instant: one answer is left, and the assets follow it."""

from datetime import timedelta

import pytest

from contracts.models import ContractedAsset
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from operations.domain.substituting import answer_substitution, propose_substitution
from operations.models import Substitution
from tests.operations.scene import contracted, give
from tests.support.at_once import together

pytestmark = pytest.mark.django_db(transaction=True)


def test_two_people_and_two_proposals_of_one_asset_leave_one_answer_each_and_the_asset_once():
    with run_jobs_inline():
        made = give(contracted(), "fixed")
    before = made.service.start - timedelta(hours=5)
    day = made.service.day
    told = {"contract_id": made.contract.pk, "add": [made.assets["N3"].pk], "remove": [], "from_day": day}
    raised = together(
        before,
        lambda: propose_substitution(by=made.north, **told, now=clock.now()),
        lambda: propose_substitution(by=made.north, **told, now=clock.now()),
    )
    assert raised == [None, None]
    first, second = Substitution.objects.order_by("pk")

    def respond(found, approve):
        return lambda: answer_substitution(
            by=made.buyer,
            substitution_id=found.pk,
            approve=approve,
            answer="" if approve else "No.",
            now=clock.now(),
        )

    raised = together(
        before, respond(first, True), respond(first, False), respond(first, True), respond(second, True)
    )
    first.refresh_from_db()
    second.refresh_from_db()
    states = [first.state, second.state]
    assert "proposed" not in states[:1]
    assert (
        states.count("approved")
        == ContractedAsset.objects.filter(contract=made.contract, asset_ref="N3").count()
        == 1
    )
    assert sum(each is None for each in raised) == sum(each != "proposed" for each in states)
    said = Notification.objects.filter(kind="substitution_answered", user=made.north.user)
    assert said.count() == sum(each != "proposed" for each in states)
