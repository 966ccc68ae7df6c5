"""Rehearsing a competition file: the counts are right, nothing stays, and nothing is told that was not seen
before."""

from decimal import Decimal
from io import BytesIO

import pytest
from django.urls import reverse

from accounts.enums import Role
from bidding.workbooks import dry_run as module
from bidding.workbooks.dry_run import dry_run
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from marketplace.workbooks.declare import Unreadable
from qualification.models import AssetInOperatingArea, Override, Requalification
from tests.competitions import files
from tests.qualification import market

pytestmark = pytest.mark.django_db
NO_PRICES = dict.fromkeys(("availability_price", "utilisation_price", "service_fee"))


@pytest.fixture
def so():
    with run_jobs_inline(), clock.set_to(files.DRAFT):
        member = files.operator()
        files.draw_area(member)
        yield member


@pytest.fixture
def assets(so):
    """Of two providers: eligible, mothballed, and one that the operator doesn't see; all in the boundary."""
    north, south = market.provider("North"), market.provider("South")
    seen = [
        market.asset(north, -3.05, 55.95, first_uploaded_at=files.DRAFT),
        market.asset(
            south, -3.05, 55.95, first_uploaded_at=files.DRAFT, generation_turn_up_mw=Decimal("0.25")
        ),
        market.asset(south, -3.05, 55.95, first_uploaded_at=files.DRAFT, status="mothballed"),
    ]
    market.asset(north, -3.05, 55.95, first_uploaded_at=files.DRAFT, generation_turn_up_mw=Decimal(50))
    for asset in seen:
        AssetInOperatingArea.objects.create(operator=so.organisation, asset=asset)
    return seen


def a_file(**header):
    return files.workbook(
        [{"Competition Ref": "C1", **files.HEADER, "Utilisation Price (£/MWh)": 100, **header}],
        [{"Competition Ref": "C1", **files.BOUNDARY}],
        [
            {
                "Competition Ref": "C1",
                **files.WINDOW,
                "Minimum Aggregate Size (MW)": minimum,
                "Service Window Name": name,
            }
            for name, minimum in (("Evening", 0), ("Large", "0.5"))
        ],
    )


def stored():
    models = (Competition, AuditEntry, Notification, Requalification)
    return [model.objects.count() for model in models]


def tried(so, data, **prices):
    return dry_run(by=so, data=data, prices=NO_PRICES | prices, now=files.DRAFT)


def test_it_counts_what_is_eligible_what_fails_and_what_the_windows_could_get(so, assets):
    [run] = tried(so, a_file()).dry_runs
    assert (run.ref, run.within, run.eligible, run.eligible_mw, run.providers) == (
        "C1",
        3,
        2,
        Decimal("1.25"),
        2,
    )
    assert run.failing == (("Status", 1),)
    evening, large = run.windows
    assert (evening.name, large.name) == ("February/Evening", "February/Large")
    assert (evening.offered_mw, evening.providers, evening.short_mw) == (Decimal("1.25"), 2, Decimal("0.25"))
    assert (large.offered_mw, large.providers, large.short_mw) == (1, 1, Decimal("0.5"))
    assert (evening.cost, large.cost, run.cost) == (500, 400, 900)


def test_sample_prices_take_the_place_of_the_files(so, assets):
    [run] = tried(so, a_file(), utilisation_price=Decimal(10), availability_price=Decimal(999)).dry_runs
    assert run.cost == 90
    [free] = tried(so, a_file(), utilisation_price=Decimal(0)).dry_runs
    assert free.cost == 0


def test_without_a_price_no_cost_is_told_and_a_missing_one_is_named(so, assets):
    [run] = tried(so, a_file(**{"Utilisation Price (£/MWh)": None})).dry_runs
    assert (run.cost, run.missing_prices) == (None, ("utilisation price",))
    assert {window.cost for window in run.windows} == {None}
    both = a_file(**{"Competition Type": "Availability & Utilisation"})
    [run] = tried(so, both).dry_runs
    assert run.missing_prices == ("availability price",)
    assert run.cost == 900


def test_a_window_that_gets_less_than_is_eligible_says_why(so, assets):
    [run] = tried(so, a_file()).dry_runs
    assert [window.why_less for window in run.windows] == [
        "",
        "1 of 2 providers stays below the minimum aggregate size of 0.5 MW",
    ]


def test_a_window_that_gets_nothing_says_why(so, assets):
    [run] = tried(so, a_file(**{"Asset Statuses": "In Development"})).dry_runs
    assert {window.why_less for window in run.windows} == {"no asset is eligible"}
    large = a_file()
    assets[0].generation_turn_up_mw = Decimal("0.4")
    assets[0].save()
    [run] = tried(so, large).dry_runs
    assert [window.why_less for window in run.windows] == [
        "",
        "each of 2 providers stays below the minimum aggregate size of 0.5 MW",
    ]


def test_the_page_says_what_is_missing_and_what_stays_as_it_is(client, so, assets):
    files.upload(so, a_file(**{"Utilisation Price (£/MWh)": None}))
    client.force_login(so.user)
    sent = BytesIO(a_file(**{"Utilisation Price (£/MWh)": None}))
    sent.name = "competitions.xlsx"
    page = client.post(reverse("bidding:dry_run"), {"file": sent}).content.decode()
    assert "the file changes nothing in it" in page
    assert "Give a sample utilisation price above." in page
    assert "£0.00" not in page


def test_nothing_of_a_rehearsal_stays(so, assets):
    before = stored()
    assert tried(so, a_file()).dry_runs
    assert stored() == before


def test_a_change_of_a_stored_competition_is_rehearsed_and_not_made(so, assets):
    files.upload(so, a_file())
    before = stored()
    [run] = tried(so, a_file(**{"Asset Statuses": "Mothballed"})).dry_runs
    assert (run.eligible, run.failing) == (1, (("Status", 2),))
    assert stored() == before
    assert Competition.objects.get().asset_statuses == ["operational", "in_development"]
    assert [(each.ref, each.is_unchanged, each.eligible) for each in tried(so, a_file()).dry_runs] == [
        ("C1", True, 2)
    ]


def test_a_rehearsal_locks_no_competition_that_takes_bids(so, assets, monkeypatch):
    files.upload(so, a_file())
    stored, applied = Competition.objects.get(), []
    monkeypatch.setattr(module.competition_file, "apply", lambda context, plan: applied.append(plan.payload))
    for now, locked in ((files.DRAFT, 1), (stored.bidding_open, 0), (stored.bidding_close, 1)):
        with clock.set_to(now):
            change = a_file(**{"Documents URL": "https://example.org/terms"})
            [run] = dry_run(by=so, data=change, prices=NO_PRICES, now=now).dry_runs
        assert (run.ref, len(applied.pop())) == ("C1", locked)


def test_overrides_of_a_stored_competition_count(so, assets):
    files.upload(so, a_file())
    competition = Competition.objects.get()
    for asset, decision in zip(assets[1:], ("disqualify", "qualify"), strict=True):
        Override.objects.create(
            competition=competition, asset=asset, decision=decision, reason="Seen.", decided_at=files.DRAFT
        )
    [run] = tried(so, a_file(**{"Competition Name": "Another name"})).dry_runs
    assert (run.eligible, run.eligible_mw, run.providers, run.failing) == (2, 2, 2, ())


def test_an_asset_that_the_operator_does_not_see_stays_out_however_wide_the_boundary(so, assets):
    AssetInOperatingArea.objects.all().delete()
    [run] = tried(so, a_file()).dry_runs
    assert (run.within, run.eligible_mw, run.providers) == (0, 0, 0)


def test_a_file_with_faults_says_them_and_rehearses_the_rest(so, assets):
    outcome = tried(so, a_file(**{"Need Direction": "Sideways"}))
    assert outcome.dry_runs == []
    assert [problem.column for problem in outcome.problems if problem.level == "error"] == ["Need Direction"]


def test_too_much_at_once_and_what_is_no_file_are_refused(so, monkeypatch):
    with pytest.raises(Unreadable):
        tried(so, b"PK nothing")
    monkeypatch.setattr(module, "MOST_COMPETITIONS", 0)
    with pytest.raises(Refused, match="At most 0"):
        tried(so, a_file())
    assert not Competition.objects.exists()


def test_only_procurement_members_of_an_operator_rehearse(so):
    for other in (market.member(market.provider()), market.member(so.organisation, (Role.BIDS,))):
        with pytest.raises(NotAllowed):
            tried(other, a_file())


def test_the_page_shows_it(client, so, assets):
    client.force_login(so.user)
    sent = BytesIO(a_file())
    sent.name = "competitions.xlsx"
    page = client.post(reverse("bidding:dry_run"), {"file": sent}).content.decode()
    assert "3 assets in the boundary; 2 eligible, of 2 providers, with 1.25 MW." in page
    assert "The others fail: status (1)." in page
    assert "£900.00" in page
    assert "North" not in page.split("<main")[1]
    sent = BytesIO(b"x")
    sent.name = "competitions.csv"
    answer = client.post(reverse("bidding:dry_run"), {"file": sent})
    assert answer.status_code == 422
    assert "must be a file of type .xlsx" in answer.content.decode()
