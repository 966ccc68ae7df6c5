"""The availability file: downloaded, filled in by either party, checked and applied; as CSV too."""

import io
from copy import deepcopy
from datetime import date, time, timedelta
from decimal import Decimal

import pytest

from marketplace import clock
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.declare import Column, Sheet, Unreadable, WorkbookSpec
from marketplace.workbooks.kinds import Text
from marketplace.workbooks.write import write_csv, write_template
from operations.domain.accepting import Accepted, answer
from operations.domain.missing import notify_unavailability
from operations.domain.promising import DayDeclared, declare_days
from operations.enums import UnavailabilityReason
from operations.exports.availability import write_availability
from operations.models import AvailabilityAnswer, AvailabilityDeclaration, Unavailability
from operations.workbooks import availability_file
from operations.workbooks.specs import AVAILABILITY, AVAILABILITY_FILE, UNAVAILABILITY
from tests.operations import availability_scene as scenes
from tests.operations.availability_scene import ANSWER, LOCK, LONDON, OPEN, WEEK, at, pieces

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def once(module_database):
    return scenes.made()


@pytest.fixture
def scene(once):
    return deepcopy(once)


OTHER = WorkbookSpec(
    "other", "Other", "For something else.", "-", (Sheet("Other", (Column("A", "a", Text()),)),)
)


def context(member, now=OPEN, filename="availability.xlsx", **params):
    return JobContext(job_id=None, member=member, params=params, now=now, filename=filename)


def made(member, now=OPEN, **params):
    target = io.BytesIO()
    with clock.set_to(now):
        name = write_availability(context(member, now, **params), target)
    return name, target.getvalue()


def check(member, data, now=OPEN, filename="availability.xlsx"):
    with clock.set_to(now):
        return availability_file.check(context(member, now, filename), data)


def apply(member, data, now=OPEN, filename="availability.xlsx"):
    plan = check(member, data, now, filename)
    with clock.set_to(now):
        availability_file.apply(context(member, now, filename), plan)
    return plan


def row(scene, mw=None, day=WEEK, start=time(16), end=time(20), **more):
    told = {"contract_id": str(scene.first.pk), "day": day, "start": start, "end": end, "declared": mw}
    return {**told, **more}


def book(*rows, notices=()):
    return write_template(
        AVAILABILITY_FILE, {AVAILABILITY.name: rows, UNAVAILABILITY.name: list(notices)}, zone=LONDON
    )


def csv(*rows, sheet=AVAILABILITY):
    target = io.BytesIO()
    write_csv(sheet, rows, target, zone=LONDON, for_people=True)
    return target.getvalue()


def actions(plan):
    return [change.action for change in plan.changes]


def sentences(plan):
    return [problem.message for problem in plan.problems if problem.level == "error"]


def test_a_provider_declares_by_file(scene):
    plan = apply(scene.north, book(row(scene, Decimal("0.6"), start=time(16), end=time(18, 30))))
    assert actions(plan) == ["create"]
    assert plan.changes[0].fields == (("Declared (MW)", "", "0.6"),)
    assert [each[:2] for each in pieces(scene.first, WEEK, OPEN)] == [
        ("16:00-18:30", 0.6),
        ("18:30-20:00", 1.0),
    ]
    again = check(scene.north, book(row(scene, Decimal("0.5"), start=time(16), end=time(18, 30))))
    assert again.changes[0].fields == (("Declared (MW)", "0.6", "0.5"),)
    assert actions(again) == ["update"]


def test_what_is_downloaded_uploads_unchanged(scene):
    with clock.set_to(OPEN):
        days = [
            DayDeclared(scene.first.pk, WEEK, Decimal("0.6"), time(17), time(18)),
            DayDeclared(scene.first.pk, WEEK + timedelta(days=1), Decimal("0")),
        ]
        declare_days(by=scene.north, days=days, now=OPEN)
    name, data = made(scene.north)
    assert name == "availability.xlsx"
    plan = check(scene.north, data)
    assert set(actions(plan)) == {"unchanged"}
    assert not plan.problems
    _, data = made(scene.buyer, LOCK)
    with clock.set_to(LOCK):
        told = [Accepted(scene.first.pk, at(9, 16), at(9, 17), Decimal("0.5"))]
        answer(by=scene.buyer, stretches=told, now=LOCK)
    _, data = made(scene.buyer, LOCK)
    plan = check(scene.buyer, data, LOCK)
    assert set(actions(plan)) == {"unchanged"}
    assert not plan.problems


def test_the_download_has_each_service_day_that_is_not_locked_or_answered(scene):
    _, data = made(scene.north, LOCK, sheet="Availability")
    lines = data.decode("utf-8-sig").splitlines()
    assert lines[0].startswith(
        "Contract ID,Competition Ref,Service Window,FSP Name,Date,Start,End,Declared (MW)"
    )
    assert not any("2026-02-09" in line for line in lines)
    assert any("2026-02-16" in line for line in lines)
    _, data = made(scene.buyer, LOCK, sheet="Availability")
    assert "2026-02-09,16:00,20:00,1,,Locked" in data.decode()
    _, data = made(scene.buyer, ANSWER, sheet="Availability")
    assert "2026-02-09" not in data.decode()


def test_another_providers_contracts_are_neither_in_the_file_nor_known_by_it(scene):
    _, data = made(scene.north, sheet="Availability")
    assert str(scene.second.pk) not in data.decode()
    plan = check(scene.south, book(row(scene, Decimal(1))))
    assert sentences(plan) == ["None of your contracts with availability has this ID."]
    assert sentences(check(scene.north, book(row(scene, Decimal(1), contract_id="C2")))) == sentences(plan)


def test_each_row_that_breaks_a_rule_is_refused_alone_and_names_it(scene):
    rows = [
        row(scene, Decimal("0.5")),
        row(scene, Decimal("2"), day=WEEK + timedelta(days=1)),
        row(scene, Decimal("1"), day=date(2026, 2, 2)),
        row(scene, Decimal("1"), day=date(2026, 5, 4)),
        row(scene, Decimal("1"), day=WEEK + timedelta(days=2), start=time(12)),
        row(scene, Decimal("1"), day=WEEK + timedelta(days=3), start=time(16), end=time(18)),
        row(scene, Decimal("1"), day=WEEK + timedelta(days=3), start=time(17), end=time(19)),
        row(scene, None, day=WEEK + timedelta(days=4)),
    ]
    plan = apply(scene.north, book(*rows))
    assert sorted(actions(plan)) == [
        "create",
        "create",
        "refuse",
        "refuse",
        "refuse",
        "refuse",
        "refuse",
        "unchanged",
    ]
    told = sentences(plan)
    assert told[0] == "Declare from 0 to the contract's 1 MW."
    assert told[1].startswith("Declarations for that time were locked on 29 January 2026, 00:00 GMT")
    assert told[2] == "The contract has no service on 4 May 2026."
    assert told[3].startswith("The time lies in one service window of one day")
    assert told[4] == "This covers time that row 7 covers already."
    assert AvailabilityDeclaration.objects.count() == 2


def test_an_operator_answers_by_file(scene):
    rows = [
        row(scene, accepted=Decimal("0.5")),
        row(scene, accepted=Decimal("1.5"), day=WEEK + timedelta(days=1)),
        row(scene, accepted=Decimal("0"), day=WEEK + timedelta(days=2)),
    ]
    assert sentences(check(scene.buyer, book(*rows), OPEN))[0].startswith(
        "Declarations for that time may change"
    )
    plan = apply(scene.buyer, book(*rows), LOCK)
    assert sentences(plan) == [
        "From 10 February 2026, 16:00 GMT on 1 MW are declared, less than is accepted."
    ]
    assert AvailabilityAnswer.objects.count() == 2
    lower = check(scene.buyer, book(row(scene, accepted=Decimal("0.4"))), LOCK)
    assert "never lowered" in sentences(lower)[0]


def test_a_provider_can_not_answer_and_an_operator_not_declare(scene):
    assert actions(check(scene.north, book(row(scene, None, accepted=Decimal(1))), LOCK)) == ["unchanged"]
    assert actions(check(scene.buyer, book(row(scene, Decimal(1))), OPEN)) == ["unchanged"]


def notice(scene, until=20, mw="0.2", reason="outage"):
    return {
        "contract_id": str(scene.first.pk),
        "start": at(9, 17),
        "end": at(9, until),
        "mw": Decimal(mw),
        "reason": reason,
    }


def test_unavailability_is_notified_and_shortened_by_file(scene):
    scenes.give_terms(scene, "fixed")
    assert actions(apply(scene.north, book(notices=[notice(scene)]))) == ["create"]
    assert actions(check(scene.north, book(notices=[notice(scene)]))) == ["unchanged"]
    shorter = apply(scene.north, book(notices=[notice(scene, 18)]))
    assert actions(shorter) == ["update"]
    stored = Unavailability.objects.get()
    assert (stored.end, stored.notified_end) == (at(9, 18), at(9, 20))
    assert "At no time" in sentences(check(scene.north, book(notices=[notice(scene, mw="1")])))[0]
    assert "The provider notifies" in sentences(check(scene.buyer, book(notices=[notice(scene)])))[0]


def test_notices_download_and_upload_unchanged(scene):
    scenes.give_terms(scene, "fixed")
    with clock.set_to(OPEN):
        notify_unavailability(
            by=scene.north,
            contract_id=scene.first.pk,
            start=at(9, 17),
            end=at(9, 20),
            mw=Decimal("0.2"),
            reason=UnavailabilityReason.NETWORK,
            now=OPEN,
        )
    for member in (scene.north, scene.buyer):
        _, data = made(member)
        assert actions(check(member, data)) == ["unchanged"]
        _, data = made(member, sheet="Unavailability")
        assert actions(check(member, data, filename="unavailability.csv")) == ["unchanged"]


def test_the_same_is_taken_as_csv(scene):
    data = csv(row(scene, Decimal("0.6"), start=time(16), end=time(18, 30)))
    plan = apply(scene.north, data, filename="availability.csv")
    assert actions(plan) == ["create"]
    assert next(each[:2] for each in pieces(scene.first, WEEK, OPEN)) == ("16:00-18:30", 0.6)
    semicolons = data.decode("utf-8-sig").replace(",", ";").encode("cp1252")
    assert actions(check(scene.north, semicolons, filename="availability.CSV")) == ["unchanged"]
    typed = (
        "Contract ID,Date,Start,End,Declared (MW)\r\n" + f"{scene.first.pk},10/02/2026,16:00,20:00,0.25\r\n"
    )
    assert actions(check(scene.north, typed.encode(), filename="a.csv")) == ["create"]


def test_a_csv_that_is_none_of_the_sheets_is_refused_whole(scene):
    with pytest.raises(Unreadable, match="lacks the column"):
        check(scene.north, b"a,b\n1,2\n", filename="a.csv")
    with pytest.raises(Unreadable, match="not a CSV file"):
        check(scene.north, b"\x00\x01\x02", filename="a.csv")
    with pytest.raises(Unreadable, match=r"not an \.xlsx workbook"):
        check(scene.north, csv(row(scene, Decimal(1))))
    with pytest.raises(Refused, match="neither a sheet Availability nor"):
        check(scene.north, write_template(OTHER))


def test_overnight_times_after_midnight_belong_to_the_day_of_the_start(scene):
    scene.first.__class__.objects.filter(pk=scene.first.pk).update(start=time(22), end=time(6))
    apply(scene.north, book(row(scene, Decimal("0.5"), start=time(1), end=time(3))))
    assert [each[:2] for each in pieces(scene.first, WEEK, OPEN)] == [
        ("22:00-01:00", 1.0),
        ("01:00-03:00", 0.5),
        ("03:00-06:00", 1.0),
    ]
    _, data = made(scene.north)
    assert set(actions(check(scene.north, data))) == {"unchanged"}
