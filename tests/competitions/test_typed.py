"""A competition by page: the steps, what they keep, and that page and file are one."""

from datetime import UTC, datetime

import pytest

from competitions.domain.setting_up.terms import terms_of
from competitions.models import Competition, WorkingCopy
from marketplace.audit.models import AuditEntry
from tests.competitions import files
from tests.support.typed_competitions import HEADER, WINDOW, begun, browse, buyer, quiet, saved  # noqa: F401

pytestmark = pytest.mark.django_db


def test_a_competition_typed_through_the_steps_is_the_one_that_the_file_makes(browse, buyer):  # noqa: F811
    answer = saved(browse, begun(browse))
    assert answer.url == "/competitions/P1/"
    files.upload(
        buyer,
        files.workbook(
            [
                {"Competition Ref": "F1"}
                | files.HEADER
                | {
                    "Competition Name": "By page",
                    "Asset Categories": "Storage, Generation",
                    "Area Buffer (km)": 2,
                }
            ],
            [
                {"Competition Ref": "F1", "Boundary Type": kind, "Value": value}
                for kind, value in (
                    ("Area", "MONKTONHALL"),
                    ("Postcode", "EH21 8RE"),
                    ("Postcode Sector", "EH21 8"),
                )
            ],
            [{"Competition Ref": "F1"} | files.WINDOW],
        ),
    )
    by_page, by_file = terms_of(files.stored("P1")), terms_of(files.stored("F1"))
    assert by_page.header == by_file.header
    assert by_page.boundary == by_file.boundary
    assert by_page.windows == by_file.windows
    assert files.stored("P1").windows.get().available_minutes == 20 * 240
    assert not WorkingCopy.objects.exists()


def test_what_was_saved_comes_back_to_the_pages_unchanged(browse, buyer):  # noqa: F811
    files.upload(
        buyer, files.competition(header={"Archive On": "01/01/2027 09:00", "Minimum Run Time": "01:30:20"})
    )
    assert browse("typed_review", files.stored().pk).context["change"].action == "unchanged"


def test_problems_stand_at_their_fields_and_what_was_typed_is_kept(browse):  # noqa: F811
    answer = browse("start", post=HEADER | {"bidding_close": "2026-01-20T09:00", "maximum_budget": "x"})
    copy = WorkingCopy.objects.get()
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"bidding_close", "maximum_budget"}
    copy.refresh_from_db()
    assert copy.header["maximum_budget"] == "x"
    assert not Competition.objects.exists()


def test_the_review_names_every_step_that_lacks_something_and_saving_is_refused(browse):  # noqa: F811
    browse("start", post=HEADER)
    copy = WorkingCopy.objects.get()
    shown = browse("typed_review", copy.pk)
    assert {page[1] for page, _ in shown.context["errors"]} == {"Boundary", "Periods and windows"}
    assert saved(browse, copy).status_code == 422
    assert not Competition.objects.exists()


def test_a_window_that_breaks_a_rule_is_not_kept(browse):  # noqa: F811
    copy = begun(browse)
    answer = browse("typed_windows", copy.pk, post=WINDOW)
    assert answer.context["form"].errors == {
        "name": ["The period “February” already has a window named “Evening”."]
    }
    copy.refresh_from_db()
    assert len(copy.sheets["Service Windows"]) == 1


def test_windows_are_copied_changed_and_removed(browse):  # noqa: F811
    copy = begun(browse)
    browse("typed_window_copy", copy.pk, 0, post={})
    browse("typed_window", copy.pk, 1, post=WINDOW | {"name": "Late", "end": "00:00"})
    copy.refresh_from_db()
    assert [row["name"] for row in copy.sheets["Service Windows"]] == ["Evening", "Late"]
    browse("typed_window_remove", copy.pk, 0, post={})
    saved(browse, copy)
    assert [(window.name, window.available_minutes) for window in files.stored("P1").windows.all()] == [
        ("Late", 20 * 480)
    ]


def test_all_windows_removed_from_a_stored_competition_is_refused(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    copy = browse("typed_header", files.stored().pk).context["copy"]
    browse("typed_window_remove", copy.pk, 0, post={})
    shown = browse("typed_review", copy.pk)
    assert [page[1] for page, _ in shown.context["errors"]] == ["Periods and windows"]


def test_what_changed_after_the_review_is_looked_at_again(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    copy = browse("typed_header", files.stored().pk).context["copy"]
    browse("typed_header", copy.pk, post=_posted(copy) | {"name": "Mine"})
    fingerprint = browse("typed_review", copy.pk).context["fingerprint"]
    files.upload(buyer, files.header_only(**{"Competition Name": "Theirs"}))
    answer = browse("typed_save", copy.pk, post={"fingerprint": fingerprint})
    assert answer.status_code == 422
    assert files.stored().name == "Theirs"


def _posted(copy):
    lists = ("asset_statuses", "asset_categories")
    return {key: cell.split(", ") if key in lists else cell for key, cell in copy.header.items()}


def test_the_ref_of_a_stored_competition_cant_be_changed_by_a_forged_form(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    copy = browse("typed_header", files.stored().pk).context["copy"]
    browse("typed_header", copy.pk, post=_posted(copy) | {"ref": "OTHER"})
    assert saved(browse, copy).status_code == 422
    assert [one.ref for one in Competition.objects.all()] == ["C1"]


def test_a_visibility_only_competition_by_page_has_no_bidding(browse):  # noqa: F811
    blank = {"competition_type": "", "bidding_open": "", "bidding_close": ""}
    saved(browse, begun(browse, **blank))
    assert files.stored("P1").is_visibility_only
    copy = begun(browse, **blank | {"ref": "P2"})
    browse("typed_header", copy.pk, post=HEADER | {"ref": "P2", "competition_type": ""})
    messages = [problem.message for _, problem in browse("typed_review", copy.pk).context["errors"]]
    assert len(messages) == 2
    assert all("visibility-only" in message for message in messages)


def test_a_duplicate_has_a_new_ref_and_dates_at_the_same_time_of_day(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    answer = browse("duplicate", "C1", post={"ref": "C2", "name": "Next", "days": "180"})
    copy = WorkingCopy.objects.get()
    assert answer.url.endswith(f"{copy.pk}/review/")
    saved(browse, copy)
    twin = files.stored("C2")
    assert twin.qualification_open == datetime(2026, 7, 4, 11, tzinfo=UTC)  # noon in summer time
    assert twin.periods.get().first_day.isoformat() == "2026-07-31"
    assert terms_of(twin).boundary == terms_of(files.stored("C1")).boundary


def test_dates_move_as_previewed_and_not_against_the_rules_of_the_phase(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    shown = browse("move", "C1", days="7", periods="on")
    fields = {field for field, _, _ in shown.context["plan"].changes[0].fields}
    assert fields >= {"Publish On", "Bidding Close", "Service windows"}
    assert files.stored().bidding_close == datetime(2026, 1, 23, 17, tzinfo=UTC)
    post = {"days": "7", "periods": "on", "fingerprint": shown.context["fingerprint"], "confirmed": "yes"}
    assert browse("move", "C1", post=post).status_code == 302
    assert files.stored().bidding_close == datetime(2026, 1, 30, 17, tzinfo=UTC)
    late = browse("move", "C1", at=datetime(2026, 1, 28, 12, tzinfo=UTC), days="-1")
    assert "plan" not in late.context
    assert "may only be moved later in the phase “Bidding open”" in late.content.decode()


def test_a_draft_is_published_once_and_audited(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    browse("publish", "C1", post={})
    assert files.stored().publish_on == files.DRAFT
    entry = AuditEntry.objects.filter(action="competition changed").latest("sequence")
    assert set(entry.changes) == {"publish_on"}
    again = browse("publish", "C1", at=files.PUBLISHED, post={})
    assert again.status_code == 302
    assert files.stored().publish_on == files.DRAFT


def test_a_competition_is_archived_after_its_last_date_only(browse, buyer):  # noqa: F811
    files.upload(buyer, files.competition())
    browse("archive", "C1", at=datetime(2026, 1, 22, tzinfo=UTC), post={})
    assert files.stored().archive_on is None
    at = datetime(2026, 1, 24, tzinfo=UTC)
    browse("archive", "C1", at=at, post={})
    assert files.stored().archive_on == at


def test_a_working_copy_is_its_operators_alone(browse, client):  # noqa: F811
    copy = begun(browse)
    other = files.operator("OTHER")
    client.force_login(other.user)
    for name in ("typed_header", "typed_boundary", "typed_windows", "typed_review"):
        assert browse(name, copy.pk).status_code == 404
    assert browse("typed_discard", copy.pk, post={}).status_code == 404
    assert WorkingCopy.objects.filter(pk=copy.pk).exists()


def test_a_draft_in_which_somebody_typed_more_is_not_discarded_unseen(browse):  # noqa: F811
    copy = begun(browse)
    seen = browse("typed_review", copy.pk).context["draft_mark"]
    browse("typed_boundary", copy.pk, post={"postcodes": "EH21 8RE"})
    answer = browse("typed_discard", copy.pk, post={"seen": seen})
    assert answer.url.endswith("/review/")
    shown = browse("typed_review", copy.pk)
    assert "More was typed since your page was made" in shown.content.decode()
    browse("typed_discard", copy.pk, post={"seen": shown.context["draft_mark"]})
    assert not WorkingCopy.objects.exists()


def test_more_postcodes_than_a_page_takes_are_refused_and_what_was_kept_stays(browse):  # noqa: F811
    copy = begun(browse)
    many = ",".join(f"EH{area} {number % 10}AA" for area in range(1, 52) for number in range(40))
    answer = browse("typed_boundary", copy.pk, post={"postcodes": many})
    assert answer.status_code == 422
    assert "use the competition file for more" in answer.content.decode()
    copy.refresh_from_db()
    assert len(copy.sheets["Competition Boundaries"]) == 3
