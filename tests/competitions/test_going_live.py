"""What makes competitions visible to providers says so first, and asks; what a page offers is possible; dates
ahead move."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from competitions import rules
from competitions.domain.setting_up.going_live import Visibility, going_live
from competitions.domain.setting_up.saving import cancel_competition
from competitions.enums import Phase
from competitions.models import Competition, WorkingCopy
from marketplace import clock
from marketplace.errors import Refused
from marketplace.jobs.actions import apply_upload, start_upload
from marketplace.jobs.worker import run_now
from tests.competitions import files
from tests.support.edits_by_phase import INSTANTS, reach
from tests.support.typed_competitions import begun, browse, buyer, quiet  # noqa: F401

LONDON = ZoneInfo("Europe/London")
NOW = datetime(2026, 4, 1, 12, tzinfo=UTC)
LATER = datetime(2026, 4, 5, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("changes", "sentences"),
    [
        ([], []),
        ([Visibility(None, NOW)], ["This makes 1 competition visible to providers: at once."]),
        (
            [Visibility(None, LATER)],
            ["This makes 1 competition visible to providers: on 5 April 2026, 09:00 BST."],
        ),
        (
            [Visibility(None, NOW)] * 3 + [Visibility(LATER + HOUR, LATER)] * 2,
            ["This makes 5 competitions visible to providers: 3 at once, 2 on 5 April 2026, 09:00 BST."],
        ),
        ([Visibility(LATER, LATER), Visibility(NOW - HOUR, NOW - HOUR)], []),
        ([Visibility(NOW - HOUR, LATER)], ["This hides 1 competition that providers see now."]),
        (
            [Visibility(None, LATER + HOUR * step) for step in range(7)],
            [
                "This makes 7 competitions visible to providers: "
                + ", ".join(f"1 on 5 April 2026, {9 + step:02}:00 BST" for step in range(5))
                + ", 2 on later dates up to 5 April 2026, 15:00 BST."
            ],
        ),
    ],
    ids=["nothing", "at once", "on a date", "several", "unchanged", "hidden", "many dates"],
)
def test_how_many_become_visible_and_when(changes, sentences):
    assert going_live(changes, NOW, LONDON) == sentences


def send(by, data, at=files.DRAFT):
    with clock.set_to(at):
        job = start_upload(
            by=by, kind="competitions.competition_file", filename="c.xlsx", data=data, params={}, now=at
        )
        return run_now(job.pk)


@pytest.mark.django_db
def test_a_file_is_applied_only_once_it_is_confirmed_that_competitions_go_live(browse, buyer, client):  # noqa: F811
    job = send(buyer, files.competition(header={"Publish On": None}))
    sentence = "This makes 1 competition visible to providers: at once."
    assert job.preview["confirm"] == [sentence]
    with clock.set_to(files.DRAFT):
        assert sentence in client.get(reverse("jobs:job", args=[job.pk])).content.decode()
        url = reverse("jobs:apply", args=[job.pk])
        assert "Nothing was applied." in client.post(url, follow=True).content.decode()
        with pytest.raises(
            Refused, match="tick the box, then apply it"
        ):  # whoever calls the action, not the page alone
            apply_upload(by=buyer, job=job, now=files.DRAFT)
        run_now(job.pk)
        assert not Competition.objects.exists()
        client.post(url, {"confirmed": "yes"})
        assert run_now(job.pk).state == "done"


@pytest.mark.django_db
def test_a_file_that_leaves_what_is_visible_asks_nothing(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    assert send(buyer, files.header_only(Description="New")).preview["confirm"] == []
    assert send(buyer, files.header_only(**{"Publish On": "03/01/2026 09:00"})).preview["confirm"] == [
        "This makes 1 competition visible to providers: on 3 January 2026, 09:00 GMT."
    ]


@pytest.mark.django_db
def test_a_page_saves_only_once_it_is_confirmed_that_the_competition_goes_live(browse, buyer):  # noqa: F811
    copy = begun(browse)
    shown = browse("typed_review", copy.pk)
    assert "visible to providers: on 2 January 2026, 09:00 GMT" in shown.content.decode()
    answer = browse("typed_save", copy.pk, post={"fingerprint": shown.context["fingerprint"]})
    assert answer.status_code == 422
    assert "Tick the box to confirm, then save" in answer.content.decode()
    assert not Competition.objects.exists()
    assert WorkingCopy.objects.filter(pk=copy.pk).exists()


@pytest.mark.django_db
def test_publishing_says_what_becomes_visible_before_it_is_done(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    shown = browse("publish", "C1")
    assert "This makes 1 competition visible to providers: at once." in shown.content.decode()
    assert not files.stored().is_published(files.DRAFT)
    browse("publish", "C1", post={})
    assert files.stored().is_published(files.DRAFT)
    assert browse("publish", "C1").status_code == 302


@pytest.mark.django_db
def test_moving_the_dates_of_a_draft_asks_before_its_publication_moves(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    shown = browse("move", "C1", days="7", periods="on")
    assert "visible to providers: on 9 January 2026, 09:00 GMT" in shown.content.decode()
    post = {"days": "7", "periods": "on", "fingerprint": shown.context["fingerprint"]}
    assert browse("move", "C1", post=post).status_code == 422
    assert files.stored().publish_on == datetime(2026, 1, 2, 9, tzinfo=UTC)


@pytest.mark.django_db
def test_while_qualification_is_open_the_dates_ahead_move_and_the_others_stay(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    at = INSTANTS[Phase.QUALIFICATION_OPEN]
    shown = browse("move", "C1", at=at, days="7", periods="on")
    assert [each.label for each in shown.context["stays"]] == ["Publish on", "Qualification open"]
    assert {field for field, *_ in shown.context["plan"].changes[0].fields} == {
        "Qualification Close",
        "Bidding Open",
        "Bidding Close",
        "Service windows",
    }
    post = {"days": "7", "periods": "on", "fingerprint": shown.context["fingerprint"]}
    assert browse("move", "C1", at=at, post=post).status_code == 302
    stored = files.stored()
    assert stored.qualification_open == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert stored.qualification_close == datetime(2026, 1, 26, 17, tzinfo=UTC)
    assert stored.bidding_close == datetime(2026, 1, 30, 17, tzinfo=UTC)
    assert stored.periods.get().first_day.isoformat() == "2026-02-08"


@pytest.mark.django_db
def test_after_qualification_bidding_moves_later_and_the_periods_stay(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    at = INSTANTS[Phase.QUALIFICATION_CLOSED]
    shown = browse("move", "C1", at=at, days="5", periods="on")
    assert "Service periods: Service windows can&#x27;t change in the phase" in shown.content.decode()
    post = {"days": "5", "periods": "on", "fingerprint": shown.context["fingerprint"]}
    assert browse("move", "C1", at=at, post=post).status_code == 302
    assert files.stored().bidding_open == datetime(2026, 1, 26, 9, tzinfo=UTC)
    assert files.stored().periods.get().first_day.isoformat() == "2026-02-01"


@pytest.mark.django_db
@pytest.mark.parametrize("phase", INSTANTS)
def test_what_the_page_of_a_competition_offers_is_possible_and_nothing_else_is(browse, buyer, phase):  # noqa: F811
    files.upload(buyer, files.competition(header={"Archive On": "01/01/2027 09:00"}))
    reach(phase)
    at = INSTANTS[phase]
    verbs = browse("competition", "C1", at=at).context["verbs"]
    page = browse("competition", "C1", at=at).content.decode()
    for verb in ("publish", "edit", "move", "archive", "cancel"):
        assert (reverse(f"competitions:{verb}", args=["C1"]) in page) == (verb in verbs), verb
    assert ("edit" in verbs) == (phase is not Phase.CANCELLED)
    assert _opens_a_header(browse("edit", "C1", at=at)) == ("edit" in verbs)
    assert (browse("publish", "C1", at=at).status_code == 200) == ("publish" in verbs)
    for verb in ("move", "cancel"):
        assert (browse(verb, "C1", at=at).status_code == 200) == (verb in verbs), verb
    if "move" in verbs:
        assert "plan" in browse("move", "C1", at=at, days="1", periods="on").context
    with clock.set_to(at):
        if "cancel" in verbs:
            cancel_competition(by=buyer, competition=files.stored(), reason="No need", now=at)
        elif "archive" in verbs:
            browse("archive", "C1", at=at, post={})
            assert files.stored().archive_on == at


def _opens_a_header(answer):
    return answer.url.endswith("/header/")


@pytest.mark.django_db
def test_a_draft_that_is_cancelled_is_named_in_no_sentence(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    with clock.set_to(files.DRAFT):
        cancel_competition(by=buyer, competition=files.stored(), reason="No need", now=files.DRAFT)
    assert send(buyer, files.header_only(**{"Contact Email": "new@netz.test"})).preview["confirm"] == []
    assert not rules.verbs_for(files.stored(), files.DRAFT) & {"publish", "edit", "move"}


@pytest.mark.django_db
def test_a_change_that_was_begun_is_not_saved_once_the_competition_is_cancelled(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    pk = files.stored().pk
    header = browse("typed_header", pk).context
    browse(
        "typed_header", pk, post=header["copy"].header | {"contact_email": "new@netz.test", "go": "review"}
    )
    seen = browse("typed_review", pk).context["fingerprint"]
    with clock.set_to(files.DRAFT):
        cancel_competition(by=buyer, competition=files.stored(), reason="No need", now=files.DRAFT)
    answer = browse("typed_save", pk, post={"fingerprint": seen})
    assert answer.status_code == 422
    assert "C1 was cancelled, so there is nothing to change." in answer.content.decode()
    assert files.stored().contact_email != "new@netz.test"
