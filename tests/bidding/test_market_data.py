"""Historic bids: published with the confirmation and never before, with names or so that nobody can be told
by them."""

import csv
import re
from datetime import timedelta
from io import BytesIO, StringIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from accounts.models import Organisation
from bidding.domain.decisions.deciding import decide_as_recommended
from bidding.domain.decisions.policy import change_policy
from bidding.domain.results.bidder_disclosure import names_bidders
from bidding.enums import Decision
from bidding.models import Bid, NamingRule
from competitions.domain.setting_up.saving import cancel_competition
from marketplace.audit.models import AuditEntry
from marketplace.errors import Refused
from marketplace.jobs import public_files
from marketplace.jobs.models import PublicFile, StoredFile
from qualification.domain.verdicts.freeze import ensure_frozen
from tests.bidding.confirming import confirm_results
from tests.bidding.market import AFTER, BIDDING, at, market
from tests.qualification import market as base
from tests.support.ballots import place

pytestmark = pytest.mark.django_db
MASKED = re.compile(rb'(csrfmiddlewaretoken" value|X-CSRFToken": )[^>]*>')
BEFORE_BIDDING = base.BIDDING_OPEN - timedelta(minutes=1)
HEADERS = [
    "Bid ID",
    "Competition ID",
    "Competition Ref",
    "Competition Name",
    "DPS Reference",
    "FSP ID",
    "FSP Name",
    "Service Period Name",
    "Service Window Name",
    "Capacity Required (MW)",
    "Offered Capacity (MW)",
    "Maximum Run Time",
    "Availability Price (£/MW/h)",
    "Utilisation Price (£/MWh)",
    "Service Fee (£/MW)",
    "Available Hours",
    "Decision",
    "Rejection Reason",
    "Decided At",
    "Confirmed At",
]
ALL = (
    "historic-bids.csv",
    "historic-bids.xlsx",
    "historic-competitions.xlsx",
    "historic-competitions.csv",
    "historic-competition-boundaries.csv",
    "historic-service-windows.csv",
    "historic-boundaries.geojson",
    "live-boundaries.geojson",
)


def get(client, name, **headers):
    return client.get(reverse("market_data:file", args=[name]), headers=headers)


def rows(client):
    return list(csv.DictReader(StringIO(get(client, "historic-bids.csv").content.decode())))


def offered(names=None):
    """North and South with a ballot each; the operator's rule on names is set before bidding opens."""
    here = market()
    if names is not None:
        with at(BEFORE_BIDDING) as now:
            change_policy(by=here.buyer, four_eyes=False, standstill_days=0, names_published=names, now=now)
    place(here, here.north, "1")
    place(here, here.south, "1")
    return here


def confirm(here):
    with at(AFTER) as now:
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        confirm_results(by=here.buyer, competition=here.competition, now=now)
        public_files.refresh_due(now)
    return here


def test_the_bids_of_a_confirmed_competition_are_published_under_the_declared_columns(client):
    here = confirm(offered())
    told = rows(client)
    assert list(told[0]) == HEADERS
    assert {row["Bid ID"] for row in told} == {str(bid.pk) for bid in Bid.objects.all()}
    assert {row["Competition Ref"] for row in told} == {here.competition.ref}
    sheet = load_workbook(BytesIO(get(client, "historic-bids.xlsx").content))["Bids"]
    assert [cell.value for cell in sheet[1]] == HEADERS
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [row["Bid ID"] for row in told]


def test_before_the_confirmation_every_public_byte_is_the_same_whether_or_not_there_are_bids(client):
    here = market()
    seen = {}
    for step in ("none", "bids", "closed and decided"):
        if step == "bids":
            place(here, here.north, "1")
            place(here, here.south, "1")
        if step == "closed and decided":
            with at(AFTER) as now:
                decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        with at(AFTER if step == "closed and decided" else BIDDING) as now:
            public_files.refresh_due(now)
            answers = [get(client, name) for name in ALL]
        seen[step] = [
            (each.status_code, each.content, each["ETag"], each["Last-Modified"]) for each in answers
        ]
    assert Bid.objects.exists()
    assert seen["none"] == seen["bids"] == seen["closed and decided"]
    assert seen["none"][0][0] == 200


def test_a_competition_cancelled_after_the_close_never_appears(client):
    here = offered()
    with at(AFTER) as now:
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        cancel_competition(by=here.buyer, competition=here.competition, reason="No longer needed.", now=now)
        public_files.refresh_due(now)
    assert rows(client) == []
    assert here.competition.ref.encode() not in b"".join(get(client, name).content for name in ALL)


def test_names_are_published_only_where_bidders_were_told_so_before_bidding_opened(client):
    confirm(offered(names=True))
    told = {row["FSP Name"] for row in rows(client)}
    rows_of_named = {row["FSP ID"] for row in rows(client)}
    assert told == {"North", "South"}
    assert rows_of_named == {
        str(pk) for pk in Organisation.objects.filter(kind="fsp").values_list("pk", flat=True)
    }


def test_a_rule_set_once_bidding_is_open_names_nobody_who_bid_without_a_name(client):
    here = offered()
    with at(base.BIDDING_OPEN) as now:
        change_policy(by=here.buyer, four_eyes=False, standstill_days=0, names_published=True, now=now)
    assert not names_bidders(here.competition)
    confirm(here)
    assert {row["FSP Name"] for row in rows(client)} == {""}
    assert str(here.north.organisation_id).encode() not in b"".join(get(client, name).content for name in ALL)


def test_a_rule_taken_back_once_bidding_is_open_still_names_those_who_were_told(client):
    here = offered(names=True)
    with at(BIDDING) as now:
        change_policy(by=here.buyer, four_eyes=False, standstill_days=0, names_published=False, now=now)
    confirm(here)
    assert {row["FSP Name"] for row in rows(client)} == {"North", "South"}


def test_nameless_bids_of_one_company_share_nothing_that_others_lack(client):
    here = market()
    for number in "123":
        place(here, here.north, number, [f"N{number}"])
        place(here, here.south, number, [f"S{number}"])
    with at(AFTER) as now:
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        Bid.objects.filter(ballot__provider=here.north.organisation_id).update(
            decided_at=now - timedelta(seconds=30)
        )
        confirm_results(by=here.buyer, competition=here.competition, now=now)
        public_files.refresh_due(now)
    told = rows(client)
    assert len({row["Decided At"] for row in told}) == 1
    assert {(row["FSP ID"], row["FSP Name"]) for row in told} == {("", "")}
    windows = list(dict.fromkeys(row["Service Window Name"] for row in told))
    assert len(told) == 6
    for window in windows:
        within = [row["Bid ID"] for row in told if row["Service Window Name"] == window]
        assert within == sorted(within)
    content = get(client, "historic-bids.csv").content.decode()
    for secret in (*Organisation.objects.filter(kind="fsp").values_list("pk", "code"),):
        assert not any(str(each) in content for each in secret)


def test_the_rule_on_names_is_for_members_with_the_account_role_and_is_audited():
    here = market()
    outsider = base.member(here.buyer.organisation, roles=("bids",))
    with at(BEFORE_BIDDING) as now:
        with pytest.raises(Refused):
            change_policy(by=outsider, four_eyes=False, standstill_days=0, names_published=True, now=now)
        assert not NamingRule.objects.exists()
        change_policy(by=here.buyer, four_eyes=False, standstill_days=0, names_published=True, now=now)
        change_policy(by=here.buyer, four_eyes=False, standstill_days=0, names_published=True, now=now)
    assert NamingRule.objects.count() == 1
    assert AuditEntry.objects.filter(action="naming of bidders changed").count() == 1


@pytest.mark.parametrize("names", [True, False])
def test_a_bidder_reads_before_bidding_whether_it_is_named(client, names):
    here = market()
    with at(BEFORE_BIDDING) as now:
        change_policy(by=here.buyer, four_eyes=False, standstill_days=0, names_published=names, now=now)
    client.force_login(here.north.user)
    wanted, other = ("with", "without") if names else ("without", "with")
    with at(BIDDING):
        for name in ("bidding:competition", "bidding:new"):
            page = client.get(reverse(name, args=[here.competition.pk])).content.decode()
            assert f"<strong>{wanted}</strong>" in page
            assert f"<strong>{other}</strong>" not in page


def test_a_file_never_made_is_promised_and_not_made_by_the_request(client):
    answer = get(client, "historic-bids.csv")
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert "being made for the first time" in answer.content.decode()
    assert not PublicFile.objects.exists()


def test_who_has_a_file_gets_304_until_its_bytes_change(client):
    here = offered()
    with at(AFTER) as now:
        public_files.refresh_due(now)
        first = get(client, "historic-bids.csv")
        assert get(client, "historic-bids.csv", if_none_match=first["ETag"]).status_code == 304
        assert get(client, "historic-bids.csv", if_modified_since=first["Last-Modified"]).status_code == 304
    confirm(here)
    changed = get(client, "historic-bids.csv", if_none_match=first["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_a_worker_that_dies_leaves_the_former_file_and_nothing_half_made(client, monkeypatch):
    here = offered()
    with at(AFTER) as now:
        public_files.refresh_due(now)
        before = get(client, "historic-bids.csv")
        stored = StoredFile.objects.count()
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        confirm_results(by=here.buyer, competition=here.competition, now=now)

        def dies(*_, **__):
            raise SystemExit

        with monkeypatch.context() as patched:
            patched.setattr(public_files.PublicFile.objects, "update_or_create", dies)
            with pytest.raises(SystemExit):
                public_files.refresh_due(now)
        assert get(client, "historic-bids.csv").content == before.content
        assert StoredFile.objects.count() == stored
        public_files.refresh_due(now)
        assert get(client, "historic-bids.csv").content != before.content
        assert StoredFile.objects.count() == stored
        assert public_files.refresh_due(now) == []


def test_text_that_a_spreadsheet_would_evaluate_is_disarmed(client):
    here = offered(names=True)
    Organisation.objects.filter(pk=here.north.organisation_id).update(name="=HYPERLINK(1)")
    confirm(here)
    assert "'=HYPERLINK(1)" in {row["FSP Name"] for row in rows(client)}
    sheet = load_workbook(BytesIO(get(client, "historic-bids.xlsx").content))["Bids"]
    cells = [cell for row in sheet.iter_rows(min_row=2) for cell in row if cell.value == "=HYPERLINK(1)"]
    assert cells
    assert all(cell.data_type == "s" or cell.quotePrefix for cell in cells)


def test_the_old_address_leads_to_the_file(client):
    assert (
        client.get(reverse("bidding:historic", args=["csv"]))["Location"] == "/market-data/historic-bids.csv"
    )


def test_results_confirmed_hand_the_files_to_a_worker(django_capture_on_commit_callbacks, monkeypatch):
    asked = []
    monkeypatch.setattr(public_files.publishing, "hand_over", lambda task, *args: asked.append(task))
    here = offered()
    with at(AFTER) as now, django_capture_on_commit_callbacks(execute=True):
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
        confirm_results(by=here.buyer, competition=here.competition, now=now)
    assert public_files.TASK in asked
    assert set(Bid.objects.values_list("decision", flat=True)) <= {Decision.ACCEPTED, Decision.REJECTED}


def test_prices_are_drawn_once_results_are_confirmed_and_not_before(client):
    here = offered()

    def charts(now):
        with at(now):
            return client.get(reverse("market_data:index")).context["prices"].charts

    with at(AFTER) as now:
        decide_as_recommended(by=here.buyer, competition=here.competition, now=now)
    assert charts(AFTER) == []
    with at(AFTER) as now:
        confirm_results(by=here.buyer, competition=here.competition, now=now)
    accepted = Bid.objects.filter(decision=Decision.ACCEPTED)
    mw = sum(bid.capacity_mw for bid in accepted)
    average = sum(bid.capacity_mw * bid.utilisation_price for bid in accepted) / mw
    [chart] = charts(AFTER + timedelta(minutes=1))
    [row] = chart.rows
    assert row[0] == here.competition.ref
    assert (row[4], row[6], row[7]) == (f"{average:.2f}", f"{mw.normalize():f}", str(accepted.count()))


@pytest.mark.parametrize(
    "tab", ["competition", "competition_windows", "competition_bids", "competition_history"]
)
def test_before_the_close_no_tab_of_a_competition_tells_anybody_whether_there_are_bids(client, tab):
    here = market()
    viewers = [here.buyer, here.south, None]
    with at(BIDDING) as now:
        ensure_frozen(here.competition, now)

    def seen():
        pages = []
        for viewer in viewers:
            client.logout()
            if viewer is not None:
                client.force_login(viewer.user)
            with at(BIDDING):
                page = client.get(reverse(f"competitions:{tab}", args=[here.competition.ref]))
            assert page.status_code == 200
            pages.append(MASKED.sub(b"", page.content))
        return pages

    none = seen()
    place(here, here.north, "1")
    assert Bid.objects.exists()
    for before, after in zip(none, seen(), strict=True):
        assert before.splitlines() == after.splitlines()
