"""Making statements final, disputing them, and what comes after: corrections in the next statement or the last one's."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse

from bidding.domain.decisions.policy import change_policy
from contracts.models import Contract
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from operations.domain.missing import notify_unavailability
from operations.domain.nominating import store_references
from operations.enums import UnavailabilityReason
from operations.models import FixedReference
from settlement.domain import runs
from settlement.domain.agreeing import agree_to_statement
from settlement.domain.disputing import answer_line, invoice_rest, raise_dispute
from settlement.domain.failed_runs import UNEXPECTED
from settlement.domain.finalising import (
    OWN_PROPOSAL,
    STILL_DISPUTABLE,
    finalise,
    finalise_due,
    withdraw_final_proposal,
)
from settlement.domain.issuing import Came, dispute_end
from settlement.domain.later_data import has_later_data
from settlement.domain.runs import run_due_statements
from settlement.domain.statement_queries import final_statements_of, undisputed_lines_of
from settlement.models import DisputedLine, FailedRun, StatementLine, StatementVersion
from settlement.presenters import todo
from tests.operations.scene import browser
from tests.qualification import market as base
from tests.settlement import statement_scene as scenes
from tests.settlement.statement_scene import (
    FEBRUARY,
    FIRST_RUN,
    MARCH,
    dispatched,
    lines,
    run,
    statement,
    told,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        return scenes.made()


@pytest.fixture
def scene(once):
    with run_jobs_inline():
        yield scenes.scene_of(once)


def final(made, month=FEBRUARY, by=None, at=FIRST_RUN):
    with clock.set_to(at):
        return finalise(by=by or made.buyer, versions=[statement(made, month).current_id], now=at)


def disputed(made, reason="The reading is wrong.", at=FIRST_RUN):
    version = statement(made).current
    with clock.set_to(at):
        raise_dispute(by=made.north, version=version, reasons={1: reason}, now=at)
    return DisputedLine.objects.get(dispute__version=version)


def answered(made, line, is_upheld, at):
    with clock.set_to(at):
        answer_line(by=made.buyer, line=line, is_upheld=is_upheld, answer="We looked.", now=at)


def test_a_final_version_never_changes(scene):
    dispatched(scene)
    run(scene)
    assert len(final(scene).final) == 1
    made = statement(scene).current
    assert (made.state, made.finalised_by_id) == ("final", scene.buyer.user_id)
    for change in (
        lambda: StatementVersion.objects.filter(pk=made.pk).update(total=1),
        lambda: StatementVersion.objects.filter(pk=made.pk).update(state="provisional", finalised_at=None),
        lambda: StatementLine.objects.filter(version=made).update(amount=1),
        lambda: StatementLine.objects.filter(version=made).delete(),
        lambda: StatementLine.objects.create(
            version=made, place=9, kind="Utilisation", reference="x", amount=1
        ),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    told_of = AuditEntry.objects.filter(action="statement final")
    assert {each.organisation_id for each in told_of} == {
        scene.buyer.organisation_id,
        scene.north.organisation_id,
    }
    with pytest.raises(Refused, match="final"):
        disputed(scene)


def test_two_people_make_a_statement_final_where_the_operator_asks_that(scene):
    second = base.member(scene.buyer.organisation)
    change_policy(by=scene.buyer, four_eyes=True, standstill_days=0, now=FIRST_RUN)
    dispatched(scene)
    run(scene)
    assert len(final(scene).proposed) == 1
    assert final(scene).left == {OWN_PROPOSAL: 1}
    assert [len(list(todo.proposals(each, FIRST_RUN))) for each in (scene.buyer, second)] == [0, 1]
    assert statement(scene).current.state == "provisional"
    assert len(final(scene, by=second).final) == 1


def test_the_window_of_disputes_is_counted_in_working_days(scene):
    """From Thursday 2 April 2026 ten working days: Good Friday and Easter Monday do not count, so it ends with the 20th."""
    issued = datetime(2026, 4, 2, 9, tzinfo=UTC)
    scene.buyer.organisation.holiday_region = "ENG"
    ends = dispute_end(issued, 10, scene.buyer.organisation)
    assert ends == datetime(
        2026, 4, 20, 23, tzinfo=UTC
    )  # the midnight that ends the 20th, British summer time


def test_a_statement_can_be_disputed_for_as_many_working_days_as_the_contracts_own_terms_say(scene):
    dispatched(scene)
    for contract in Contract.objects.filter(seller=scene.north.organisation):
        contract.terms["statement"]["dispute_days"] = 3
        contract.save(update_fields=["terms"])
    run(scene)
    assert statement(scene).current.dispute_until == datetime(2026, 3, 6, tzinfo=UTC)


def test_a_statement_nobody_disputes_is_final_by_itself_when_the_window_ends(scene):
    dispatched(scene)
    run(scene)
    until = statement(scene).current.dispute_until
    assert until == datetime(2026, 3, 17, tzinfo=UTC)
    assert finalise_due(until - timedelta(seconds=1)) == 0
    assert finalise_due(until) == 1
    assert finalise_due(until) == 0
    made = statement(scene).current
    assert (made.state, made.finalised_by_id, made.finalised_at) == ("final", None, until)
    with pytest.raises(Refused):
        disputed(scene, at=until)


def test_who_agrees_to_a_version_gives_up_to_dispute_it_and_no_later_one(scene):
    dispatched(scene)
    run(scene)
    made = statement(scene).current
    with pytest.raises(NotAllowed):
        agree_to_statement(by=scene.buyer, version=made, now=FIRST_RUN)
    agree_to_statement(by=scene.north, version=made, now=FIRST_RUN)
    made.refresh_from_db()
    assert (made.agreed_at, made.agreed_by_id) == (FIRST_RUN, scene.north.user_id)
    assert AuditEntry.objects.filter(action="statement agreed to").count() == 2  # one for each party
    with pytest.raises(Refused, match="agreed to this version already"):
        agree_to_statement(by=scene.north, version=made, now=FIRST_RUN)
    with pytest.raises(Refused, match="agreed to this version"):
        raise_dispute(by=scene.north, version=made, reasons={29: "No."}, now=FIRST_RUN)

    told(scene, scene.service[0].start, (900, 900), at=FIRST_RUN + DAY)
    run(scene, at=FIRST_RUN + 2 * DAY)
    newer = statement(scene).current
    assert (newer.number, newer.agreed_at) == (2, None)
    kept = finalise(by=scene.buyer, versions=[newer.pk], now=FIRST_RUN + 2 * DAY, cuts_time_to_dispute=False)
    assert kept.left == {STILL_DISPUTABLE: 1}
    at_the_end = finalise(
        by=scene.buyer, versions=[newer.pk], now=newer.dispute_until, cuts_time_to_dispute=False
    )
    assert len(at_the_end.final) == 1


def test_a_disputed_statement_is_not_final_until_each_line_is_answered(scene):
    dispatched(scene)
    run(scene)
    line = disputed(scene)
    assert statement(scene).current.state == "disputed"
    assert final(scene).left == {"A dispute is open: answer it first.": 1}
    assert finalise_due(FIRST_RUN + 60 * DAY) == 0
    with pytest.raises(NotAllowed):
        answer_line(by=scene.north, line=line, is_upheld=True, answer="Yes.", now=FIRST_RUN)
    answered(scene, line, False, FIRST_RUN + DAY)
    assert statement(scene).current.state == "provisional"
    assert Notification.objects.filter(kind="statement_answered").count() == 1
    assert len(final(scene, at=FIRST_RUN + DAY).final) == 1


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"reasons": {}}, "Choose the lines"),
        ({"reasons": {1: "Wrong.", 2: " "}}, "Say of each line why"),
        ({"reasons": {1: "a" * 2001}}, "at most 2,000 characters"),
        ({"reasons": {9: "Wrong."}}, "is not in this version"),
        ({"files": [("a.txt", b"why")] * 6}, "at most 5 files"),
    ],
)
def test_a_dispute_names_its_lines_with_a_reason_each(scene, said, sentence):
    dispatched(scene)
    run(scene)
    version = statement(scene).current
    with pytest.raises(Refused, match=sentence):
        raise_dispute(by=scene.north, version=version, now=FIRST_RUN, **{"reasons": {1: "Wrong."}} | said)
    assert not DisputedLine.objects.exists()


def test_a_line_is_disputed_once_and_answered_once_in_words(scene):
    dispatched(scene)
    dispatched(scene, day=1)
    run(scene)
    line = disputed(scene)
    with pytest.raises(Refused, match="Line 1 is disputed already"):
        disputed(scene)
    other = raise_dispute(
        by=scene.north, version=statement(scene).current, reasons={2: "Too."}, now=FIRST_RUN
    )
    for answer, sentence in ((" ", "Answer in words"), ("a" * 2001, "at most 2,000 characters")):
        with pytest.raises(Refused, match=sentence):
            answer_line(by=scene.buyer, line=line, is_upheld=True, answer=answer, now=FIRST_RUN)
    answered(scene, line, True, FIRST_RUN)
    with pytest.raises(Refused):
        answered(scene, line, False, FIRST_RUN)
    assert statement(scene).current.state == "disputed"
    answered(scene, other.lines.get(), False, FIRST_RUN)
    assert statement(scene).current.state == "provisional"


def test_nothing_is_invoiced_meanwhile_once_nothing_is_disputed_and_the_same_choice_changes_nothing(scene):
    dispatched(scene)
    run(scene)
    line = disputed(scene)
    choice = {"by": scene.buyer, "dispute": line.dispute, "now": FIRST_RUN}
    invoice_rest(is_invoiced=False, **choice)
    assert not AuditEntry.objects.filter(action="lines not disputed to be invoiced").exists()
    answered(scene, line, False, FIRST_RUN)
    with pytest.raises(Refused, match="Nothing of this statement is disputed any more"):
        invoice_rest(is_invoiced=True, **choice)


def test_who_proposed_to_make_it_final_takes_it_back_before_a_second_agrees(scene):
    second = base.member(scene.buyer.organisation)
    change_policy(by=scene.buyer, four_eyes=True, standstill_days=0, now=FIRST_RUN)
    dispatched(scene)
    run(scene)
    final(scene)
    version = statement(scene).current
    with pytest.raises(NotAllowed):
        withdraw_final_proposal(by=scene.north, version=version, now=FIRST_RUN)
    for _ in range(2):
        withdraw_final_proposal(by=scene.buyer, version=version, now=FIRST_RUN)
    assert AuditEntry.objects.filter(action="proposal to make final withdrawn").count() == 1
    assert len(final(scene, by=second).proposed) == 1


def test_only_own_statements_are_made_final_and_at_least_one(scene):
    dispatched(scene)
    run(scene)
    version = statement(scene).current_id
    other = base.member(base.operator())
    for by, versions in ((scene.buyer, []), (other, [version])):
        with pytest.raises(Refused, match="Choose statements"):
            finalise(by=by, versions=versions, now=FIRST_RUN)
    with pytest.raises(NotAllowed):
        finalise(by=scene.north, versions=[version], now=FIRST_RUN)
    assert statement(scene).current.state == "provisional"


def test_other_lines_are_invoiced_meanwhile_if_the_operator_chooses(scene):
    dispatched(scene)
    other = dispatched(scene, day=1)
    run(scene)
    line = disputed(scene)
    assert not undisputed_lines_of(scene.buyer.organisation, FEBRUARY)
    invoice_rest(by=scene.buyer, dispute=line.dispute, is_invoiced=True, now=FIRST_RUN)
    assert [each.dispatch for each in undisputed_lines_of(scene.buyer.organisation, FEBRUARY)] == [other]


def test_an_upheld_line_is_said_to_be_why_the_next_version_differs(scene):
    dispatched(scene, imports=(700, 900))
    run(scene)
    line = disputed(scene)
    told(scene, scene.service[0].start, (700, 800), at=FIRST_RUN + DAY)
    answered(scene, line, True, FIRST_RUN + 2 * DAY)
    run(scene, FIRST_RUN + 3 * DAY)
    made = statement(scene).current
    assert (made.number, made.state, made.total) == (2, "provisional", Decimal("4.50"))
    assert made.differences[0]["why"] == "dispute upheld: new meter data"


def test_nobody_disputes_for_another_company_or_an_older_version(scene):
    dispatched(scene, imports=(700, None))
    run(scene)
    old = statement(scene).current
    with pytest.raises(NotAllowed):
        raise_dispute(by=scene.south, version=old, reasons={1: "No."}, now=FIRST_RUN)
    told(scene, scene.service[0].start, (700, 900), at=FIRST_RUN + DAY)
    run(scene, FIRST_RUN + 2 * DAY)
    old.refresh_from_db()
    with pytest.raises(Refused, match="newer version"):
        raise_dispute(by=scene.north, version=old, reasons={1: "No."}, now=FIRST_RUN + 2 * DAY)
    assert not DisputedLine.objects.exists()


def test_late_data_after_final_is_a_correction_line_of_the_next_statement(scene):
    """February: 0.5 MW for an hour, its second half-hour missing: 250 kWh, £2.50, final. The reading comes on 20 March:
    100 kWh more, £1.00. March: a dispatch in full, 500 kWh, £5.00. So the statement of March comes to £6.00."""
    first = dispatched(scene, imports=(700, None))
    run(scene)
    final(scene)
    dispatched(scene, day=30)
    told(scene, scene.service[0].start, (700, 900), at=datetime(2026, 3, 20, tzinfo=UTC))
    outcome = next(
        each for each in run(scene, datetime(2026, 3, 21, tzinfo=UTC)) if each.contract == scene.contract
    )
    assert outcome.came == Came.CORRECTED
    correction = StatementVersion.objects.get(kind="correction")
    assert (correction.number, correction.carries_on, correction.total) == (2, True, Decimal("1.00"))
    assert statement(scene).current.total == Decimal("2.50")  # what was final stays
    april = datetime(2026, 4, 2, tzinfo=UTC)
    run(scene, april, MARCH)
    made = statement(scene, MARCH).current
    assert made.total == Decimal("6.00")
    assert lines(made)[1] == ("Correction", f"2026-02 Utilisation {first.pk}", Decimal("1.00"))
    assert made.lines.get(place=2).words == (
        "Utilisation of February 2026: £3.50 instead of £2.50, new meter data: £1.00"
    )
    run(scene, april + DAY)
    run(scene, april + DAY, MARCH)
    assert StatementVersion.objects.count() == 3  # nothing is counted twice
    final(scene, MARCH, at=april)
    paid = [
        each.total
        for month in (FEBRUARY, MARCH)
        for each in final_statements_of(scene.buyer.organisation, month)
    ]
    assert paid == [Decimal("2.50"), Decimal("6.00")]


def test_a_correction_counts_in_the_statement_of_a_later_month_that_is_made_and_not_final(scene):
    """February final with £2.50, March made on 2 April with £5.00. The missing 100 kWh of February come after that: March's
    next version holds £1.00 of correction, £6.00 in all, and says why it differs."""
    dispatched(scene, imports=(700, None))
    run(scene)
    final(scene)
    dispatched(scene, day=30)
    april = datetime(2026, 4, 2, tzinfo=UTC)
    run(scene, april, MARCH)
    told(scene, scene.service[0].start, (700, 900), at=april + DAY)
    [outcome] = [each for each in run(scene, april + 2 * DAY) if each.contract == scene.contract]
    own, counted = outcome.versions
    assert (own.statement, own.total, own.carries_on) == (statement(scene), Decimal("1.00"), True)
    assert counted == statement(scene, MARCH).current
    assert (counted.number, counted.state, counted.total) == (2, "provisional", Decimal("6.00"))
    assert [each["why"] for each in counted.differences] == ["a correction of an earlier month"]
    assert statement(scene).current.total == Decimal("2.50")
    run(scene, april + 3 * DAY)
    run(scene, april + 3 * DAY, MARCH)
    assert StatementVersion.objects.count() == 4


def test_a_correction_counts_in_the_last_statement_where_all_later_ones_are_final(scene):
    dispatched(scene, imports=(700, None))
    dispatched(scene, day=30)
    april = datetime(2026, 4, 2, tzinfo=UTC)
    for month in (FEBRUARY, MARCH):
        run(scene, april, month)
        final(scene, month, at=april)
    told(scene, scene.service[0].start, (700, 900), at=april + DAY)
    run(scene, april + 2 * DAY)
    made = statement(scene, MARCH).current
    assert (made.number, made.kind, made.state, made.total) == (
        2,
        "correction",
        "provisional",
        Decimal("1.00"),
    )


def test_a_month_of_nothing_has_no_statement(scene):
    assert {each.came for each in run(scene)} <= {Came.NOTHING, Came.NO_TERMS}
    assert not StatementVersion.objects.exists()


def test_the_first_statement_of_a_month_may_be_of_corrections_alone(scene):
    dispatched(scene, imports=(700, None))
    run(scene)
    final(scene)
    told(scene, scene.service[0].start, (700, 900), at=datetime(2026, 3, 20, tzinfo=UTC))
    run(scene, datetime(2026, 3, 21, tzinfo=UTC))
    run(scene, datetime(2026, 4, 2, tzinfo=UTC), MARCH)
    assert (
        lines(statement(scene, MARCH).current)[0][2]
        == statement(scene, MARCH).current.total
        == Decimal("1.00")
    )


def test_a_run_by_older_data_than_the_last_version_changes_nothing(scene):
    dispatched(scene, imports=(700, None))
    run(scene)
    told(scene, scene.service[0].start, (700, 900), at=FIRST_RUN + DAY)
    run(scene, FIRST_RUN + 2 * DAY)
    quicker = statement(scene).current
    assert [each.came for each in run(scene, FIRST_RUN) if each.contract == scene.contract] == [
        Came.UNCHANGED
    ]
    assert (statement(scene).current, quicker.total) == (quicker, Decimal("3.50"))


def test_what_turns_out_not_to_have_been_there_corrects_a_final_month_by_itself(once):
    """£10/MW/h, 1 MW, 4 h a day: February 28 × 40.00 = 1,120.00, final. On 20 March North says that only 0.5 MW were there for
    the first two hours of 1 February: 10.00 less. March, as it comes by itself: 31 × 40.00 − 10.00 = 1,230.00."""
    with run_jobs_inline():
        scene = scenes.scene_of(once, availability_price=Decimal(10))
        run(scene)
        final(scene)
        start = scene.service[0].start
        with clock.set_to(datetime(2026, 3, 20, tzinfo=UTC)):
            notify_unavailability(
                by=scene.north,
                contract_id=scene.contract.pk,
                start=start,
                end=start + timedelta(hours=2),
                mw=Decimal("0.5"),
                reason=UnavailabilityReason.OUTAGE,
                now=clock.now(),
            )
        run_due_statements(datetime(2026, 4, 11, tzinfo=UTC))
    made = statement(scene, MARCH).current
    assert lines(made)[-1] == ("Correction", "2026-02 Availability 2026-02-01", Decimal("-10.00"))
    assert made.total == Decimal("1230.00")
    assert statement(scene).current.total == Decimal("1120.00")


@pytest.mark.parametrize(("lookback", "is_later"), [(60, False), (200, True)])
def test_readings_of_days_that_the_terms_look_back_to_may_correct_a_month(once, lookback, is_later):
    fields = {"baseline": {"lookback_days": lookback}, "availability": {"mode": "fixed"}}
    with run_jobs_inline():
        scene = scenes.scene_of(once, fields)
        told(scene, datetime(2025, 10, 1, tzinfo=UTC), (1, 1), at=datetime(2026, 3, 20, tzinfo=UTC))
    assert has_later_data(scene.contract, FEBRUARY, FIRST_RUN) is is_later
    assert not has_later_data(scene.contract, FEBRUARY, datetime(2026, 3, 21, tzinfo=UTC))


def test_a_reference_that_comes_later_may_correct_the_months_from_its_day_on(once):
    scene = scenes.scene_of(
        once, {"baseline": {"method": "fixed_reference"}, "availability": {"mode": "fixed"}}
    )
    for day, is_later in ((MARCH, False), (date(2026, 2, 28), True)):
        profile = FixedReference(ref="EV", from_day=day, kw=[Decimal(-1)] * 48)
        with clock.set_to(datetime(2026, 3, 20, tzinfo=UTC)):
            store_references(by=scene.buyer, profiles=[profile], follows=[], now=clock.now())
        assert has_later_data(scene.contract, FEBRUARY, FIRST_RUN) is is_later


def test_a_correction_after_the_last_statement_counts_in_a_version_of_that(scene):
    dispatched(scene, day=30, imports=(700, None))
    run(scene, datetime(2026, 4, 2, tzinfo=UTC), MARCH)
    final(scene, MARCH, at=datetime(2026, 4, 2, tzinfo=UTC))
    told(scene, scene.service[30].start, (700, 900), at=datetime(2026, 6, 1, tzinfo=UTC))
    run(scene, datetime(2026, 6, 2, tzinfo=UTC), MARCH)
    made = statement(scene, MARCH).current
    assert (made.number, made.kind, made.carries_on, made.state) == (2, "correction", False, "provisional")
    assert (made.total, [each[0] for each in lines(made)]) == (Decimal("1.00"), ["Correction"])
    final(scene, MARCH, at=datetime(2026, 6, 3, tzinfo=UTC))
    totals = [each.total for each in final_statements_of(scene.buyer.organisation, MARCH)]
    assert totals == [Decimal("2.50"), Decimal("1.00")]


def test_data_after_the_months_of_correction_changes_nothing(scene):
    dispatched(scene, imports=(700, None))
    run(scene)
    final(scene)
    told(scene, scene.service[0].start, (700, 900), at=datetime(2027, 3, 2, tzinfo=UTC))
    outcomes = run(scene, datetime(2027, 3, 3, tzinfo=UTC))
    assert [each.came for each in outcomes if each.contract == scene.contract] == [Came.CLOSED]


def test_a_provider_whose_statements_cant_be_made_by_themselves_is_told_of_until_they_are(scene, monkeypatch):
    """North's run fails twice for one reason, then for another, while others' go on; the third run succeeds."""
    dispatched(scene)
    due, page = datetime(2026, 3, 11, tzinfo=UTC), reverse("settlement:statements")
    worked_out = runs.worked_out

    def told_of():
        return Notification.objects.filter(kind="statements_not_made").order_by("created_at")

    def fails(why):
        def instead(contracts, *args):
            if contracts[0].seller_id == scene.north.organisation_id:
                raise why
            return worked_out(contracts, *args)

        monkeypatch.setattr(runs, "worked_out", instead)

    fails(Refused("The terms have no baseline."))
    for hours in (0, 1):
        assert run_due_statements(due + timedelta(hours=hours)) == 0
    (told,) = told_of()
    assert told.user == scene.buyer.user
    assert told.title == f"The statements of {scene.north.organisation} for February 2026 could not be made"
    assert told.lines[0] == "The terms have no baseline."
    assert "run the month yourself under Statements" in told.lines[1]
    fails(ValueError("secret of the inside"))
    run_due_statements(due + timedelta(hours=2))
    assert [each.lines[0] for each in told_of()][1:] == [UNEXPECTED]
    with clock.set_to(due + timedelta(hours=3)):
        shown = browser(scene.buyer).get(page).content.decode()
        assert f"The statements of {scene.north.organisation} for February 2026 could not be made" in shown
        assert UNEXPECTED in shown
        assert "secret of the inside" not in shown
        for other in (scene.north, scene.south):
            assert "could not be made" not in browser(other).get(page).content.decode()
    monkeypatch.undo()
    assert run_due_statements(due + timedelta(hours=3)) == 1
    assert not FailedRun.objects.exists()
    assert "could not be made" not in browser(scene.buyer).get(page).content.decode()


def test_a_run_by_hand_takes_back_what_was_told_of_the_provider(scene, monkeypatch):
    dispatched(scene)
    monkeypatch.setattr(runs, "take", lambda *args: 1 / 0)
    run_due_statements(datetime(2026, 3, 11, tzinfo=UTC))
    assert FailedRun.objects.get().seller == scene.north.organisation
    run(scene, datetime(2026, 3, 11, 1, tzinfo=UTC))
    assert not FailedRun.objects.exists()


def test_statements_come_by_themselves_once_on_the_day_after_the_meter_deadline(scene):
    """The meter data of February is due by the end of 10 March."""
    dispatched(scene)
    due = datetime(2026, 3, 11, tzinfo=UTC)
    assert run_due_statements(due - timedelta(seconds=1)) == 0
    assert run_due_statements(due) == 1
    assert run_due_statements(due + DAY) == 0
    made = statement(scene).current
    assert (made.issued_by_id, made.total) == (None, Decimal("5.00"))
    assert Notification.objects.filter(kind="statement_issued").count() == 1
    told_of = Notification.objects.get(kind="statements_made", user=scene.buyer.user)
    assert told_of.title == "The meter deadline of February 2026 is over: 1 new statement"
    assert told_of.lines[1] == "No line lacks meter data."
