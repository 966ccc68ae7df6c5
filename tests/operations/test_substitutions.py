"""Substitutions: who proposes and who answers, what may be exchanged, and what counts from which day on."""

from copy import deepcopy
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.enums import Role
from competitions.enums import AssetStatus
from contracts.domain.queries import contracts_of
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from operations.domain.called import occurrences_of
from operations.domain.measuring import measured_dispatch
from operations.domain.metered_groups import meter_as_one
from operations.domain.substituting import answer_substitution, propose_substitution
from operations.models import SubstitutedAsset, Substitution
from qualification.domain.assets.groups import put_into_group
from qualification.domain.assets.statuses import change_status
from qualification.models import Asset, Override
from settlement.domain.regulator_dispatches import report_rows
from tests.contracts.scene import confirmed
from tests.operations.metered import give, issue, tell
from tests.operations.scene import browser
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
ZERO = {"baseline": {"method": "constant", "kw": "0"}, "availability": {"mode": "fixed"}}
HALF_HOUR = timedelta(minutes=30)
TENTH, ELEVENTH = date(2026, 2, 10), date(2026, 2, 11)
DAYS = (date(2026, 2, 9), TENTH, ELEVENTH, date(2026, 2, 12))


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        made = confirmed()
        made.contract = contracts_of(made.north).get()
        ContractedAsset.objects.filter(contract=made.contract).exclude(asset_ref="N1").delete()
        Contract.objects.filter(pk=made.contract.pk).update(end_day=date(2026, 2, 15))
        made.contract = give(made, made.contract, "zero", ZERO)
    return made


@pytest.fixture
def scene(once):
    """North's contract of 1 MW from N1 alone, on the morning of 9 February; N2 and N3 are North's too."""
    made = deepcopy(once)
    made.services = {each.day: each.start for each in occurrences_of(made.contract)}
    with clock.set_to(made.services[DAYS[0]] - timedelta(hours=8)), run_jobs_inline():
        yield made


def propose(made, add=(), remove=(), day=ELEVENTH, by=None):
    return propose_substitution(
        by=by or made.north,
        contract_id=made.contract.pk,
        add=[made.assets[ref].pk for ref in add],
        remove=[made.assets[ref].pk for ref in remove],
        from_day=day,
        now=clock.now(),
    )


def answer(made, proposal, approve=True, words="", by=None):
    answer_substitution(
        by=by or made.buyer, substitution_id=proposal.pk, approve=approve, answer=words, now=clock.now()
    )
    proposal.refresh_from_db()


def exchanged(made, **more):
    proposal = propose(made, ["N2"], ["N1"], **more)
    answer(made, proposal)
    return proposal


def rows(made):
    found = ContractedAsset.objects.filter(contract=made.contract)
    return {(each.asset_ref, each.from_day, each.last_day) for each in found}


def served(made):
    """A dispatch of half an hour on each day, of which N1 gives 100 kWh and N2 200; what each day's delivered."""
    dispatches = [
        issue(made, made.contract, made.services[day], made.services[day] + HALF_HOUR, "0.5") for day in DAYS
    ]
    for ref, kwh in (("N1", -100), ("N2", -200)):
        tell(made.north, made.assets[ref], {made.services[day]: kwh for day in DAYS})
    return dispatches


def delivered(made, dispatches, instant=None):
    now = made.services[DAYS[-1]] + timedelta(hours=3)
    return [float(measured_dispatch(each, now, instant).performance.delivered) for each in dispatches]


def test_what_is_removed_counts_until_its_last_day_and_what_is_added_from_the_day_named(scene):
    exchanged(scene)
    assert rows(scene) == {("N1", None, TENTH), ("N2", ELEVENTH, None)}
    assert delivered(scene, served(scene)) == [100, 100, 200, 200]


def test_only_proposed_or_refused_it_changes_nothing(scene):
    proposal = propose(scene, ["N2"], ["N1"])
    dispatches = served(scene)
    assert delivered(scene, dispatches) == [100] * 4
    answer(scene, proposal, approve=False, words="N2 lies behind another transformer.")
    assert delivered(scene, dispatches) == [100] * 4
    assert rows(scene) == {("N1", None, None)}


def test_assets_are_added_beside_those_that_stay_or_only_removed(scene):
    answer(scene, propose(scene, add=["N2"], day=TENTH))
    answer(scene, propose(scene, remove=["N1"], day=DAYS[3]))
    assert delivered(scene, served(scene)) == [100, 250, 250, 200], "250 kWh were asked for"


def test_a_figure_of_an_earlier_instant_is_made_of_what_was_approved_by_then(scene):
    proposal = propose(scene, ["N2"], ["N1"])
    dispatches = served(scene)
    before = clock.now()
    with clock.set_to(scene.services[DAYS[-1]] + timedelta(hours=2)):
        answer(scene, proposal)
    assert delivered(scene, dispatches, before) == [100] * 4
    assert delivered(scene, dispatches) == [100, 100, 200, 200], "approved later, it counts from its day"


def test_the_regulator_is_told_the_assets_that_each_dispatch_was_for(scene):
    exchanged(scene)
    served(scene)
    told = report_rows(scene.buyer, 2025, scene.services[DAYS[-1]] + timedelta(hours=3))
    assert [each["flexible_unit_reference"] for each in told] == ["N1", "N1", "N2", "N2"]


def test_an_asset_removed_may_come_back(scene):
    answer(scene, propose(scene, ["N2"], ["N1"], TENTH))
    answer(scene, propose(scene, ["N1"], ["N2"], DAYS[3]))
    assert delivered(scene, served(scene)) == [100, 200, 200, 100]


def test_added_are_only_assets_of_the_provider_that_pass_the_criteria_now(scene):
    change_status(
        by=scene.north, asset_ids=[scene.assets["N2"].pk], to=AssetStatus.MOTHBALLED, now=clock.now()
    )
    with pytest.raises(Refused, match=r"1 asset can't be added.*N2: Its status is Mothballed; taken"):
        propose(scene, ["N2"])
    scene.assets["far"] = base.asset(scene.north.organisation, x=50, y=50, generation_turn_up_mw=1)
    with pytest.raises(Refused, match="criteria of"):
        propose(scene, ["far"])
    with pytest.raises(Refused, match="provider's own"):
        propose(scene, ["S1"])
    assert not Substitution.objects.exists()


def test_an_asset_uploaded_after_qualification_closed_can_be_added(scene):
    scene.assets["new"] = base.asset(
        scene.north.organisation, generation_turn_up_mw=1, first_uploaded_at=clock.now()
    )
    answer(scene, propose(scene, ["new"]))
    assert len(rows(scene)) == 2


def test_the_operator_s_overrides_beat_the_criteria(scene):
    said = {"competition": scene.contract.competition, "decided_at": clock.now(), "decided_by_id": 1}
    change_status(
        by=scene.north, asset_ids=[scene.assets["N2"].pk], to=AssetStatus.MOTHBALLED, now=clock.now()
    )
    Override.objects.create(asset=scene.assets["N2"], decision="qualify", reason="Back soon", **said)
    Override.objects.create(asset=scene.assets["N3"], decision="disqualify", reason="Noise", **said)
    propose(scene, ["N2"])
    with pytest.raises(Refused, match="N3: The operator disqualified it"):
        propose(scene, ["N3"])


def test_what_it_adds_must_still_pass_when_it_is_approved(scene):
    proposal = propose(scene, ["N2"], ["N1"])
    change_status(
        by=scene.north, asset_ids=[scene.assets["N2"].pk], to=AssetStatus.MOTHBALLED, now=clock.now()
    )
    with pytest.raises(Refused, match="N2: Its status is Mothballed"):
        answer(scene, proposal)
    assert rows(scene) == {("N1", None, None)}
    proposal.refresh_from_db()
    assert proposal.state == "proposed"


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({}, "Name an asset"),
        ({"add": ["N1"]}, "N1 is in the contract already"),
        ({"remove": ["N2"]}, "not in the contract"),
        ({"remove": ["N1"]}, "At least one asset stays"),
        ({"add": ["N2"], "day": DAYS[0] - timedelta(days=1)}, "from today on"),
        ({"add": ["N2"], "day": date(2026, 2, 15)}, "over by then"),
    ],
)
def test_what_can_t_be_is_refused_and_leaves_nothing(scene, told, sentence):
    with pytest.raises(Refused, match=sentence):
        propose(scene, **told)
    assert not Substitution.objects.exists()
    assert rows(scene) == {("N1", None, None)}


def test_no_asset_is_in_a_contract_twice_on_a_day_whatever_is_approved_in_which_order(scene):
    first, second = propose(scene, ["N2"], day=ELEVENTH), propose(scene, ["N2"], day=TENTH)
    answer(scene, first)
    with pytest.raises(Refused, match="can't be in it twice"):
        answer(scene, second)
    again = ContractedAsset.objects.get(asset_ref="N2")
    again.pk, again.from_day = None, DAYS[3]
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save()


def test_a_contract_that_does_not_run_keeps_its_assets(scene):
    proposal = propose(scene, ["N2"])
    told = {
        "status": "withdrawn",
        "withdrawal_reason": "x",
        "withdrawn_at": clock.now(),
        "withdrawn_by_id": 1,
    }
    Contract.objects.filter(pk=scene.contract.pk).update(**told)
    with pytest.raises(Refused, match="The contract is withdrawn"):
        propose(scene, ["N3"])
    with pytest.raises(Refused, match="The contract is withdrawn"):
        answer(scene, proposal)
    answer(scene, proposal, approve=False, words="It is over.")


def cast(made):
    return {
        "seller": made.north,
        "seller's teammate": base.member(made.north.organisation, roles=(Role.CONTRACTS,)),
        "rival": made.south,
        "buyer": made.buyer,
        "buyer's teammate": base.member(made.buyer.organisation, roles=(Role.CONTRACTS,)),
        "other operator": base.member(base.operator()),
    }


def test_the_seller_proposes_and_nobody_else(scene):
    for name, who in cast(scene).items():
        if name != "seller":
            with pytest.raises(NotAllowed):
                propose(scene, ["N2"], by=who)
    assert not Substitution.objects.exists()
    propose(scene, ["N2"])


@pytest.mark.parametrize("state", ["proposed", "approved", "refused"])
def test_the_buyer_answers_once_and_nobody_else(scene, state):
    proposal = propose(scene, ["N2"])
    if state != "proposed":
        answer(scene, proposal, approve=state == "approved", words="Because.")
    entries = AuditEntry.objects.count()
    for name, who in cast(scene).items():
        for approve in (True, False):
            if (name, state) == ("buyer", "proposed"):
                continue
            with pytest.raises(Refused if name == "buyer" else NotAllowed):
                answer(scene, proposal, approve, "Because.", by=who)
    proposal.refresh_from_db()
    assert (proposal.state, AuditEntry.objects.count()) == (state, entries)


def test_a_refusal_needs_its_reason(scene):
    proposal = propose(scene, ["N2"])
    with pytest.raises(Refused, match="Say why"):
        answer(scene, proposal, approve=False, words="  ")
    answer(scene, proposal, approve=False, words="Too far away.")
    assert (proposal.state, proposal.answer) == ("refused", "Too far away.")


def test_both_parties_logs_tell_it_and_each_side_hears_of_the_other_once(scene):
    proposal = exchanged(scene)
    told = AuditEntry.objects.filter(action__startswith="substitution of assets").order_by("pk")
    parties = {scene.buyer.organisation_id, scene.north.organisation_id}
    for action in ("substitution of assets proposed", "substitution of assets approved"):
        assert {each.organisation_id for each in told.filter(action=action)} == parties
    asked, said = (
        Notification.objects.filter(kind=kind) for kind in ("substitution_proposed", "substitution_answered")
    )
    assert {each.user_id for each in asked} == {scene.buyer.user_id}
    assert {each.user_id for each in said} == {scene.north.user_id}
    assert "N2" in str(said[0].lines)
    assert SubstitutedAsset.objects.filter(substitution=proposal).count() == 2


def test_an_asset_that_is_no_longer_in_a_contract_can_be_archived(scene):
    exchanged(scene)
    archive = {"by": scene.north, "asset_ids": [scene.assets["N1"].pk], "to": AssetStatus.ARCHIVED}
    assert change_status(**archive, now=clock.now())[0].refusal
    with clock.set_to(scene.services[DAYS[3]] + timedelta(days=1)):
        assert not change_status(**archive, now=clock.now())[0].refusal


def test_a_substitution_is_the_way_into_and_out_of_a_group_metered_as_one(scene):
    put = {"by": scene.north, "ref": "FLEET"}
    put_into_group(**put, asset_ids=[scene.assets["N1"].pk], now=clock.now())
    group = Asset.objects.get(pk=scene.assets["N1"].pk).group
    meter_as_one(by=scene.north, group_id=group.pk, from_day=DAYS[0], now=clock.now())
    with pytest.raises(Refused, match="Ask for a substitution"):
        put_into_group(**put, asset_ids=[scene.assets["N2"].pk], now=clock.now())
    answer(scene, propose(scene, ["N2"], day=DAYS[0]))
    put_into_group(**put, asset_ids=[scene.assets["N2"].pk], now=clock.now())
    answer(scene, propose(scene, remove=["N1"], day=TENTH))
    out = {"by": scene.north, "ref": None, "asset_ids": [scene.assets["N1"].pk]}
    with pytest.raises(Refused, match="N1 can't join or leave it"):
        put_into_group(**out, now=clock.now())
    with clock.set_to(scene.services[TENTH]):
        put_into_group(**out, now=clock.now())
    assert list(Asset.objects.filter(group=group).values_list("ref", flat=True)) == ["N2"]


def test_the_pages_propose_show_and_answer(scene):
    seller, buyer = browser(scene.north), browser(scene.buyer)
    page = reverse("operations:contract_assets", args=[scene.contract.pk])
    send = reverse("operations:propose_substitution", args=[scene.contract.pk])
    typed = {"from_day": ELEVENTH.isoformat(), "add": "n2, N9", "remove": "N1"}
    refused = seller.post(send, typed)
    assert refused.status_code == 422
    assert "Your company has no asset N9." in refused.content.decode()
    assert seller.post(send, typed | {"add": "n2"}).status_code == 302
    assert "Waits for the operator" in seller.get(page).content.decode()
    assert "Answer the substitution of" in buyer.get("/").content.decode()
    proposal = Substitution.objects.get()
    respond = reverse("operations:answer_substitution", args=[proposal.pk])
    assert seller.post(respond, {"approve": "1"}).status_code == 404
    buyer.post(respond, {"answer": ""})
    assert Substitution.objects.get().state == "proposed", "a refusal says why"
    buyer.post(respond, {"approve": "1"})
    for client in (seller, buyer):
        shown = client.get(page).content.decode()
        assert "10 February 2026" in shown
        assert "To come" in shown
    for stranger in (scene.south, base.member(base.operator())):
        assert browser(stranger).get(page).status_code == 404
        assert browser(stranger).post(respond, {"approve": "1"}).status_code == 404


def test_the_page_asks_as_much_for_three_substitutions_as_for_one(scene):
    client = browser(scene.buyer)
    page = reverse("operations:contract_assets", args=[scene.contract.pk])
    propose(scene, ["N2"])

    def asked():
        client.get(page)  # what the navigation counts is kept from now on
        with CaptureQueriesContext(connection) as found:
            client.get(page)
        return len(found)

    one = asked()
    propose(scene, ["N3"])
    propose(scene, ["N2", "N3"])
    assert asked() == one
