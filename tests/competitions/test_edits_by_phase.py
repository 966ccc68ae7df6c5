"""What a file may still change of a competition in each phase."""

from datetime import UTC, datetime, timedelta

import pytest

from competitions.domain.places.areas import archive_area
from competitions.domain.setting_up.saving import cancel_competition
from competitions.enums import Phase
from competitions.models import Area, Competition
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from tests.competitions import files
from tests.support.edits_by_phase import ANNOUNCED, BIDDING, CLOSED, DRAFT, INSTANTS, QUALIFYING

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer():
    member = files.operator()
    files.draw_area(member)
    files.draw_area(member, "SECOND", west=-2.0)
    report = files.upload(member, files.competition(header={"Archive On": "01/01/2027 09:00"}))
    assert report.created == 1
    return member


def edit(buyer, phase, **columns):
    return files.upload(
        buyer, files.header_only(**{"Archive On": "01/01/2027 09:00"} | columns), INSTANTS[phase]
    )


def test_while_qualification_is_open_no_date_moves_into_the_past(buyer):
    report = edit(buyer, QUALIFYING, **{"Qualification Close": "05/01/2026 18:00"})
    assert files.counts(report)[3] == [
        "Qualification Close can't be moved into the past in the phase “Qualification open”."
    ]
    assert files.stored().qualification_close == datetime(2026, 1, 19, 17, tzinfo=UTC)


def test_a_column_absent_keeps_and_a_blank_cell_clears(buyer):
    edit(buyer, ANNOUNCED, **{"Description": "Words", "Maximum Voltage (kV)": 33})
    edit(buyer, ANNOUNCED, Description=None)
    assert (files.stored().description, files.stored().maximum_voltage_kv) == ("", 33)


def test_blanking_publish_on_publishes_a_draft_at_once_and_leaves_what_is_published(buyer):
    assert files.counts(edit(buyer, DRAFT, **{"Publish On": None})) == (0, 1, 0, [])
    assert files.stored().publish_on == INSTANTS[DRAFT]
    assert files.counts(edit(buyer, ANNOUNCED, **{"Publish On": None})) == (0, 0, 1, [])
    assert files.stored().publish_on == INSTANTS[DRAFT]


def test_a_change_leaves_one_audit_entry_with_before_and_after(buyer):
    earlier = AuditEntry.objects.filter(action="competition changed").count()
    edit(buyer, ANNOUNCED, **{"Competition Name": "Renamed"})
    entry = AuditEntry.objects.filter(action="competition changed").latest("sequence")
    assert AuditEntry.objects.filter(action="competition changed").count() == earlier + 1
    assert entry.changes == {"name": ["Evening peak", "Renamed"]}


def test_an_area_archived_since_stays_with_the_competitions_that_have_it(buyer):
    after = INSTANTS[Phase.ARCHIVED]
    archive_area(by=buyer, area=Area.objects.get(reference="MONKTONHALL"), now=after)
    assert files.counts(files.upload(buyer, files.downloaded(buyer), after)) == (0, 0, 1, [])
    new = files.upload(buyer, files.competition("C2"), after)
    assert [error["column"] for error in new.errors] == ["Value"]


def test_an_area_of_a_live_competition_is_not_archived(buyer):
    area = Area.objects.get(reference="MONKTONHALL")
    with pytest.raises(Refused, match="C1"):
        archive_area(by=buyer, area=area, now=INSTANTS[BIDDING])
    area.refresh_from_db()
    assert area.archived_at is None


@pytest.mark.parametrize("phase", [QUALIFYING, CLOSED])
def test_a_replaced_area_reshapes_competitions_until_qualification_closes(buyer, phase):
    before = bytes(files.stored().boundary_shape.inside_wkb)
    with clock.set_to(INSTANTS[phase]):
        files.draw_area(buyer, west=-2.5)
    is_reshaped = bytes(files.stored().boundary_shape.inside_wkb) != before
    assert is_reshaped is (phase is QUALIFYING)


def test_a_competition_is_cancelled_with_a_reason_once_and_never_after_confirmation(buyer):
    now = INSTANTS[BIDDING]
    with clock.set_to(now):
        with pytest.raises(Refused, match="why"):
            cancel_competition(by=buyer, competition=files.stored(), reason=" ", now=now)
        cancel_competition(by=buyer, competition=files.stored(), reason="Cable laid", now=now)
        assert (files.stored().phase(now), files.stored().cancellation_reason) == (
            Phase.CANCELLED,
            "Cable laid",
        )
        with pytest.raises(Refused, match="already"):
            cancel_competition(
                by=buyer, competition=files.stored(), reason="Again", now=now + timedelta(hours=1)
            )
    Competition.objects.update(cancelled_at=None, cancellation_reason="", confirmed_at=now)
    with clock.set_to(now), pytest.raises(Refused, match="confirmed"):
        cancel_competition(by=buyer, competition=files.stored(), reason="Late", now=now)
    assert files.stored().cancelled_at is None
