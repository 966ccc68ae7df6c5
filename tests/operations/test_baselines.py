"""Nominations, fixed references and days left out: by file and page, and what they make of a dispatch."""

from datetime import date, time, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import Organisation
from competitions.domain.settlement_terms import BaselineMethod, BaselineTerms
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.actions import apply_upload, start_file, start_upload
from marketplace.jobs.enums import State
from marketplace.jobs.worker import run_now
from marketplace.workbooks.write import write_template
from operations.domain import kept_figures
from operations.domain.baselines.candidate_days import may_look_at
from operations.domain.called import occurrences_of
from operations.domain.late_nominations import accept_late, late_days_of
from operations.domain.measuring import measured_dispatch
from operations.domain.metered_groups import meter_as_one
from operations.domain.nominating import (
    Dated,
    answer_exclusion,
    ask_to_exclude,
    excluded_days_of,
    nominate,
    store_references,
)
from operations.domain.trusting import trust_in
from operations.domain.unit_facts import facts_for
from operations.domain.units import Known, made_units
from operations.forms.baselines import WeekForm
from operations.models import DatedNomination, DeliveryUnit, Dispatch, ExcludedDay, LateNomination
from operations.tasks import keep_trust
from operations.workbooks.baseline_files import NOMINATION_FILE, NOMINATIONS, REFERENCE_FILE, REFERENCES
from qualification.domain.assets.groups import put_into_group
from qualification.models import AssetGroup
from tests.operations.baseline_scene import dispatched, once, scene  # noqa: F401
from tests.operations.metered import HALF_HOUR, give, half_hours, issue, tell
from tests.operations.scene import browser
from tests.qualification import market as base

pytestmark = pytest.mark.django_db


def send(member, kind, spec, rows):
    job = run_now(
        start_upload(
            by=member,
            kind=kind,
            filename="a.xlsx",
            data=write_template(spec, rows),
            params={},
            now=clock.now(),
        ).pk
    )
    if job.state == State.CHECKED:
        apply_upload(by=member, job=job, now=clock.now())
        job = run_now(job.pk)
    return job


def test_of_several_nominations_the_last_before_the_deadline_counts(scene):  # noqa: F811
    contract = give(
        scene,
        scene.contract,
        "nominated",
        {"baseline": {"method": "nominated"}, "availability": {"mode": "fixed"}},
    )
    deadline = scene.start.replace(hour=12) - timedelta(days=1)
    for kw, at in (
        ("-2000", deadline - timedelta(hours=20)),
        ("-2400", deadline - timedelta(minutes=1)),
        ("-9999", deadline),
    ):
        with clock.set_to(at):
            job = send(
                scene.north,
                NOMINATIONS,
                NOMINATION_FILE,
                {"Nominated": [{"asset": "N1", "start": scene.start, "kw": Decimal(kw)}]},
            )
            assert job.state == State.DONE, job.error
    found = dispatched(scene, contract)
    assert (found.periods[0].baseline, found.periods[0].flexibility) == (-1200, 200)
    late = DatedNomination.objects.order_by("-id").first()
    with pytest.raises(NotAllowed):
        accept_late(by=base.member(base.operator()), nominations=[late], reason="no", now=clock.now())
    accept_late(by=scene.buyer, nominations=[late], reason="the mail was late", now=clock.now())


def test_a_week_holds_until_it_is_replaced_and_a_period_goes_before_it(scene):  # noqa: F811
    contract = give(
        scene,
        scene.contract,
        "weekly",
        {"baseline": {"method": "nominated"}, "availability": {"mode": "fixed"}},
    )
    rows = [{"asset": "N1", "day": 6, "start": time(16), "kw": Decimal(-2200)}]
    assert send(scene.north, NOMINATIONS, NOMINATION_FILE, {"Week": rows}).state == State.DONE
    assert send(scene.north, NOMINATIONS, NOMINATION_FILE, {"Week": rows}).state == State.NOTHING
    assert dispatched(scene, contract).periods[0].baseline == -1100
    send(
        scene.north,
        NOMINATIONS,
        NOMINATION_FILE,
        {"Nominated": [{"asset": "N1", "start": scene.start, "kw": Decimal(-2600)}]},
    )
    assert (
        measured_dispatch(Dispatch.objects.get(), scene.start + HALF_HOUR).performance.periods[0].baseline
        == -1300
    )


def test_the_download_of_nominations_uploads_unchanged(scene):  # noqa: F811
    rows = {
        "Nominated": [{"asset": "N1", "start": scene.start, "kw": Decimal("-1.5")}],
        "Week": [{"asset": "N1", "day": 0, "start": time(0, 30), "kw": Decimal(3)}],
    }
    send(scene.north, NOMINATIONS, NOMINATION_FILE, rows)
    made = run_now(start_file(by=scene.north, kind=NOMINATIONS, params={}, now=clock.now()).pk)
    again = start_upload(
        by=scene.north,
        kind=NOMINATIONS,
        filename="a.xlsx",
        data=bytes(made.output.content),
        params={},
        now=clock.now(),
    )
    assert run_now(again.pk).state == State.NOTHING


@pytest.mark.parametrize(("minutes", "taken"), [(30, ["16:00"]), (15, ["16:00", "16:15"])])
def test_a_nomination_that_begins_no_settlement_period_is_refused(scene, minutes, taken):  # noqa: F811
    terms = {
        "period_minutes": minutes,
        "baseline": {"method": "nominated"},
        "availability": {"mode": "fixed"},
    }
    give(scene, scene.contract, "grid", terms)
    starts = [scene.start + timedelta(minutes=after) for after in (0, 7, 15)]
    rows = [{"asset": "N1", "start": start, "kw": Decimal(-1)} for start in starts]
    job = send(scene.north, NOMINATIONS, NOMINATION_FILE, {"Nominated": rows})
    assert job.state == State.DONE
    told = DatedNomination.objects.order_by("period_start").values_list("period_start", flat=True)
    assert [f"{each:%H:%M}" for each in told] == taken
    assert f"starts on a multiple of {minutes} minutes" in str(job.preview["problems"])


def test_nominations_stand_in_the_logs_of_the_provider_and_of_the_buyers_of_the_assets(scene):  # noqa: F811
    rows = [{"asset": ref, "start": scene.start, "kw": Decimal(-1)} for ref in ("N1", "N2")]
    week = [{"asset": "N1", "day": 0, "start": time(0, 30), "kw": Decimal(3)}]
    send(scene.north, NOMINATIONS, NOMINATION_FILE, {"Nominated": rows, "Week": week})
    told = {
        each.organisation_id: each.changes for each in AuditEntry.objects.filter(action="baselines nominated")
    }
    north, buyer = scene.north.organisation_id, scene.buyer.organisation_id
    assert told == {
        north: {"units": [None, ["N1", "N2"]], "periods": [None, 2], "week": [None, 1]},
        buyer: {"units": [None, ["N1"]], "periods": [None, 1], "week": [None, 1]},
    }


def test_where_nothing_is_nominated_nothing_stands_in_a_log(scene):  # noqa: F811
    nominate(by=scene.north, dated=[], weekly=[], now=clock.now())
    assert not AuditEntry.objects.filter(action="baselines nominated").exists()


def profile(kw, from_day=date(2026, 1, 1), ref="EV"):
    return [
        {"ref": ref, "from_day": from_day, "start": time(place // 2, place % 2 * 30), "kw": Decimal(kw)}
        for place in range(48)
    ]


def test_a_fixed_reference_counts_times_the_devices_from_its_day_on(scene):  # noqa: F811
    contract = give(
        scene,
        scene.contract,
        "fixed",
        {"baseline": {"method": "fixed_reference"}, "availability": {"mode": "fixed"}},
    )
    unit = tell(scene.north, scene.assets["N1"], half_hours(scene.start - timedelta(days=9), 1, 1))
    follows = [
        {"asset": str(unit.asset_id), "ref": "EV", "devices": devices, "from_day": day}
        for devices, day in ((100, date(2026, 1, 1)), (300, date(2026, 2, 1)), (999, date(2026, 2, 2)))
    ]
    job = send(
        scene.buyer,
        REFERENCES,
        REFERENCE_FILE,
        {"Fixed References": profile(-8), "Reference Assets": follows},
    )
    assert job.state == State.DONE, job.error
    assert dispatched(scene, contract).periods[0].baseline == -1200


def test_a_fixed_reference_counts_the_members_of_a_group_on_the_day_as_devices(scene):  # noqa: F811
    """Of four contracted members one leaves on 31 January and one comes on 2 February; 1 February has two."""
    contract = give(
        scene,
        scene.contract,
        "fleet",
        {"baseline": {"method": "fixed_reference"}, "availability": {"mode": "fixed"}},
    )
    more = [base.asset(scene.north.organisation) for _ in range(3)]
    members = [scene.assets["N1"], *more]
    put_into_group(by=scene.north, asset_ids=[each.pk for each in members], ref="FLEET", now=clock.now())
    for each in more:
        ContractedAsset.objects.create(contract=contract, asset_id=each.pk, asset_ref=each.ref, data={})
    group = AssetGroup.objects.get(ref="FLEET")
    meter_as_one(by=scene.north, group_id=group.pk, from_day=clock.now().date(), now=clock.now())
    rows = ContractedAsset.objects.filter(contract=contract)
    rows.filter(asset_id=more[1].pk).update(last_day=date(2026, 1, 31), removed_at=clock.now())
    rows.filter(asset_id=more[2].pk).update(from_day=date(2026, 2, 2), added_at=clock.now())
    follows = [{"asset": str(group.pk), "ref": "EV", "devices": 999, "from_day": date(2026, 1, 1)}]
    job = send(
        scene.buyer,
        REFERENCES,
        REFERENCE_FILE,
        {"Fixed References": profile(-8), "Reference Assets": follows},
    )
    assert job.state == State.DONE, job.error
    (fleet,) = dispatched(scene, contract).periods[0].units
    assert fleet.baseline == -8, "2 × -8 kW for half an hour"
    unit = DeliveryUnit.objects.get(group=group)
    held = facts_for([contract.buyer], [unit.pk], date(2026, 1, 1), date(2026, 3, 1), clock.now())
    references = held[contract.buyer_id][unit.pk].references
    assert [(each.from_day.isoformat(), each.devices) for each in references] == [
        ("2026-01-01", 3),
        ("2026-02-01", 2),
        ("2026-02-02", 3),
    ]
    made = run_now(
        start_file(by=scene.buyer, kind=REFERENCES, params={"sheet": "Reference Assets"}, now=clock.now()).pk
    )
    assert str(group.pk) in bytes(made.output.content).decode()


def test_an_asset_follows_a_reference_before_anything_was_told_of_it(scene):  # noqa: F811
    contract = give(
        scene,
        scene.contract,
        "new",
        {"baseline": {"method": "fixed_reference"}, "availability": {"mode": "fixed"}},
    )
    assert not DeliveryUnit.objects.exists()
    follows = [
        {"asset": str(scene.assets["N1"].pk), "ref": "EV", "devices": 100, "from_day": date(2026, 1, 1)}
    ]
    rows = {"Fixed References": profile(-8), "Reference Assets": follows}
    job = send(scene.buyer, REFERENCES, REFERENCE_FILE, rows)
    assert job.state == State.DONE, (job.error, job.preview)
    assert dispatched(scene, contract).periods[0].baseline == -400


def test_a_reference_needs_its_48_half_hours_and_assets_of_own_contracts(scene):  # noqa: F811
    unit = tell(scene.north, scene.assets["N2"], half_hours(scene.start - timedelta(days=9), 1, 1))
    follows = [{"asset": str(unit.asset_id), "ref": "EV", "devices": 1, "from_day": date(2026, 1, 1)}]
    job = send(
        scene.buyer,
        REFERENCES,
        REFERENCE_FILE,
        {"Fixed References": profile(-8)[:47], "Reference Assets": follows},
    )
    assert job.state == State.NOTHING
    assert "No contract of yours counts on this asset" in str(job.preview["problems"])


def test_days_are_left_out_only_by_agreement_and_before_a_dispatch_is_issued(scene):  # noqa: F811
    contract = give(
        scene,
        scene.contract,
        "asked",
        {"availability": {"mode": "fixed"}},
    )
    unit = tell(scene.north, scene.assets["N1"], half_hours(scene.start - timedelta(days=9), 1, 1))
    told = {"by": scene.north, "unit": unit, "operator": scene.buyer.organisation, "now": clock.now()}
    asked = ask_to_exclude(**told, day=date(2026, 1, 28), reason="outage")
    with pytest.raises(Refused, match="asked about already"):
        ask_to_exclude(**told, day=date(2026, 1, 28), reason="outage")
    with pytest.raises(NotAllowed):
        answer_exclusion(by=scene.north, asked=asked, approve=True, now=clock.now())
    with pytest.raises(Refused, match="Say why"):
        answer_exclusion(by=scene.buyer, asked=asked, approve=False, now=clock.now())
    answer_exclusion(by=scene.buyer, asked=asked, approve=True, now=clock.now())
    with pytest.raises(Refused, match="answered already"):
        answer_exclusion(by=scene.buyer, asked=asked, approve=False, answer="no", now=clock.now())
    assert ExcludedDay.objects.get().state == "approved"
    assert not excluded_days_of(scene.south).exists()
    issue(scene, contract, scene.start, scene.start + HALF_HOUR, "0.5")
    with pytest.raises(Refused, match="was issued already"):
        ask_to_exclude(**told, day=date(2026, 1, 27), reason="outage")
    long_ago = scene.start.date() - timedelta(days=61)
    ask_to_exclude(**told, day=long_ago, reason="The baseline looks 60 days back, not at this one.")


def test_a_day_is_asked_about_with_a_reason_and_of_an_operator_whose_contract_counts_on_the_asset(scene):  # noqa: F811
    give(scene, scene.contract, "asked", {"availability": {"mode": "fixed"}})
    units = made_units(scene.north.organisation_id, [scene.assets["N1"], scene.assets["N2"]])
    own, other = (units[scene.assets[ref].pk] for ref in ("N1", "N2"))
    told = {"by": scene.north, "day": date(2026, 1, 28), "now": clock.now()}
    buyer, stranger = scene.buyer.organisation, base.operator()
    for unit, operator, reason, sentence in (
        (own, buyer, " ", "Say why the day is to be left out."),
        (own, stranger, "outage", f"{stranger} has no contract that counts on N1."),
        (other, buyer, "outage", f"{buyer} has no contract that counts on N2."),
    ):
        with pytest.raises(Refused, match=sentence):
            ask_to_exclude(unit=unit, operator=operator, reason=reason, **told)
    assert not ExcludedDay.objects.exists()


def test_fixed_references_are_kept_by_operators_alone(scene):  # noqa: F811
    with pytest.raises(NotAllowed, match="need the role Operations of a system operator"):
        store_references(by=scene.north, profiles=[], follows=[], now=clock.now())


@pytest.mark.parametrize(("day", "looks"), [(0, False), (1, True), (60, True), (61, False), (-1, False)])
def test_a_baseline_may_look_at_the_days_before_the_dispatch_as_far_as_its_terms_say(day, looks):
    called = date(2026, 6, 16)
    baseline = BaselineTerms(lookback_days=60)
    assert may_look_at(called - timedelta(days=day), called, baseline) is looks
    assert not may_look_at(called - timedelta(days=day), called, BaselineTerms(BaselineMethod.CONSTANT))


def test_a_day_may_be_asked_about_though_a_dispatch_of_that_local_day_was_issued(scene):  # noqa: F811
    """In Los Angeles 16:00 on 1 February is 2 February in UTC: the dispatch is of the first, at which it does not look."""
    give(scene, scene.contract, "far", {"availability": {"mode": "fixed"}})
    Organisation.objects.filter(pk=scene.buyer.organisation_id).update(time_zone="America/Los_Angeles")
    contract = Contract.objects.get(pk=scene.contract.pk)
    unit = tell(scene.north, scene.assets["N1"], half_hours(scene.start - timedelta(days=9), 1, 1))
    start = occurrences_of(contract)[0].start
    dispatch = issue(scene, contract, start, start + HALF_HOUR, "0.5")
    local = start.astimezone(contract.buyer.zone).date()
    assert start.date() > local
    told = {"by": scene.north, "unit": unit, "operator": scene.buyer.organisation, "now": clock.now()}
    with pytest.raises(Refused, match=dispatch.ref):
        ask_to_exclude(**told, day=local - timedelta(days=1), reason="outage")
    ask_to_exclude(**told, day=local, reason="outage")


def test_trust_compares_the_baseline_with_days_on_which_nothing_was_asked(scene):  # noqa: F811
    contract = give(
        scene,
        scene.contract,
        "trust",
        {"baseline": {"method": "constant", "kw": "-2000"}, "availability": {"mode": "fixed"}},
    )
    for back in range(3, 8):
        tell(scene.north, scene.assets["N1"], half_hours(scene.start - timedelta(days=back), 8, 800))
    found = trust_in(contract, clock.now())["N1"]
    assert (found.bias, found.days, found.periods) == (Decimal("-0.25"), 5, 40)
    assert found.is_doubtful


def test_a_worker_works_the_trust_in_many_units_out_while_the_page_waits(scene, monkeypatch):  # noqa: F811
    terms = {"baseline": {"method": "constant", "kw": "-2000"}, "availability": {"mode": "fixed"}}
    contract = give(scene, scene.contract, "trust", terms)
    for back in range(3, 8):
        tell(scene.north, scene.assets["N1"], half_hours(scene.start - timedelta(days=back), 8, 800))
    asked, told = [], ("being worked out", "every 2s", "Expects more import")
    monkeypatch.setattr(kept_figures, "TRUST_AT_ONCE", 0)
    monkeypatch.setattr(kept_figures, "jobs_run_inline", lambda: False)
    monkeypatch.setattr(kept_figures, "hand_over", lambda *task: asked.append(task) or True)
    path = reverse("operations:contract_baseline", args=[contract.pk])
    for member in (scene.buyer, scene.north):
        waiting = browser(member).get(path).content.decode()
        assert [word in waiting for word in told] == [True, True, False]
    assert asked == [("operations.keep_trust", str(contract.pk))], "asked once for both"
    assert keep_trust(str(contract.pk)) == keep_trust(str(contract.pk)) == 1
    done = browser(scene.buyer).get(path).content.decode()
    assert [word in done for word in told] == [False, False, True]
    assert keep_trust(str(uuid4())) == 0


def test_trust_in_few_units_and_where_no_worker_can_be_asked_is_shown_at_once(scene, monkeypatch):  # noqa: F811
    contract = give(scene, scene.contract, "trust", {"availability": {"mode": "fixed"}})
    path = reverse("operations:contract_baseline", args=[contract.pk])
    asked = []
    monkeypatch.setattr(kept_figures, "jobs_run_inline", lambda: False)
    monkeypatch.setattr(kept_figures, "hand_over", lambda *task: bool(asked.append(task)))
    for most, number in ((10, 0), (0, 1)):
        monkeypatch.setattr(kept_figures, "TRUST_AT_ONCE", most)
        cache.clear()
        page = browser(scene.buyer).get(path)
        assert (page.context["waiting"], len(page.context["rows"]), len(asked)) == (False, 1, number)


def test_the_page_nominates_a_week_and_both_parties_open_it(scene):  # noqa: F811
    give(
        scene,
        scene.contract,
        "page",
        {"baseline": {"method": "nominated"}, "availability": {"mode": "fixed"}},
    )
    client = Client()
    client.force_login(scene.north.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    sent = {"unit": "N1", "days": ["0", "6"], "start": "16:00", "end": "18:00", "kw": "-2000"}
    assert client.post(reverse("operations:nominate_week"), sent).status_code == 302
    assert DeliveryUnit.objects.get().week_nominations.count() == 8
    assert client.post(reverse("operations:nominate_week"), sent | {"end": "16:00"}).status_code == 422
    for member in (scene.north, scene.buyer):
        client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        assert client.get(reverse("operations:baselines")).status_code == 200
        assert (
            client.get(reverse("operations:contract_baseline", args=[scene.contract.pk])).status_code == 200
        )


def test_the_page_lets_nominations_count_that_came_too_late_and_only_those(scene):  # noqa: F811
    contract = give(
        scene,
        scene.contract,
        "late",
        {"baseline": {"method": "nominated"}, "availability": {"mode": "fixed"}},
    )
    rows = [
        {"asset": "N1", "start": scene.start + place * HALF_HOUR, "kw": Decimal(-2000 - place)}
        for place in range(2)
    ]
    buyer, page = browser(scene.buyer), reverse("operations:baselines")
    with clock.set_to(scene.start - timedelta(hours=2)):
        send(scene.north, NOMINATIONS, NOMINATION_FILE, {"Nominated": rows})
        shown = buyer.get(page)
        assert "Nominations that came too late" in shown.content.decode()
        (late,) = shown.context["late"]
        assert (late.ref, late.periods, late.kw) == ("N1", 2, "-2001 to -2000")
        accept = reverse("operations:accept_late")
        assert browser(scene.north).post(accept, {"nominations": late.ids, "reason": "x"}).status_code == 404
        stranger = browser(base.member(base.operator()))
        stranger.post(accept, {"nominations": late.ids, "reason": "x"})
        buyer.post(accept, {"nominations": late.ids, "reason": " "})
        assert not LateNomination.objects.exists()
        buyer.post(accept, {"nominations": late.ids, "reason": "The mail was late."})
        assert LateNomination.objects.count() == 2
        assert not buyer.get(page).context["late"]
    assert dispatched(scene, contract).periods[0].baseline == -1000


def test_of_a_group_metered_as_one_what_came_too_late_waits_for_the_operator(scene):  # noqa: F811
    nominated = {"baseline": {"method": "nominated"}, "availability": {"mode": "fixed"}}
    give(scene, scene.contract, "late", nominated)
    put_into_group(by=scene.north, asset_ids=[scene.assets["N1"].pk], ref="FLEET", now=clock.now())
    group = AssetGroup.objects.get(ref="FLEET")
    meter_as_one(by=scene.north, group_id=group.pk, from_day=clock.now().date(), now=clock.now())
    fleet = Known("FLEET", None, DeliveryUnit.objects.get(group=group))
    apart = Known("N2", scene.assets["N2"], None)
    told = {"by": scene.north, "weekly": []}
    nominate(**told, dated=[Dated(fleet, scene.start, Decimal(-1))], now=clock.now())
    assert late_days_of(scene.buyer, clock.now()) == []
    with clock.set_to(scene.start - timedelta(hours=2)):
        second = scene.start + HALF_HOUR
        nominate(**told, dated=[Dated(each, second, Decimal(-1)) for each in (fleet, apart)], now=clock.now())
        (late,) = late_days_of(scene.buyer, clock.now())
        assert (late.unit.ref, [each.period_start for each in late.nominations]) == ("FLEET", [second])
        both = list(DatedNomination.objects.filter(period_start=second))
        with pytest.raises(Refused, match="one asset count at a time"):
            accept_late(by=scene.buyer, nominations=both, reason="both", now=clock.now())


def test_nominations_and_references_go_and_come_as_csv_a_file_a_sheet(scene):  # noqa: F811
    unit = tell(scene.north, scene.assets["N1"], half_hours(scene.start - timedelta(days=9), 1, 1))
    lines = {
        (scene.north, NOMINATIONS, "Nominated"): [
            "Asset Ref,Period Start,Baseline (kW)",
            f"N1,{scene.start.isoformat()},-1.5",
        ],
        (scene.north, NOMINATIONS, "Week"): ["Asset Ref,Day,Start,Baseline (kW)", "N1,Monday,00:30,3"],
        (scene.buyer, REFERENCES, "Fixed References"): [
            "Reference,From Date,Start,Baseline per Device (kW)",
            *(f"EV,2026-01-01,{place // 2:02}:{place % 2 * 30:02},-8" for place in range(48)),
        ],
        (scene.buyer, REFERENCES, "Reference Assets"): [
            "Asset ID,Reference,Devices,From Date",
            f"{unit.asset_id},EV,10,2026-01-01",
        ],
    }
    for (member, kind, sheet), rows in lines.items():
        told = {"by": member, "kind": kind, "filename": "a.csv", "params": {}, "now": clock.now()}
        job = run_now(start_upload(data="\n".join(rows).encode(), **told).pk)
        assert job.state == State.CHECKED, (sheet, job.error, job.preview)
        apply_upload(by=member, job=job, now=clock.now())
        assert run_now(job.pk).state == State.DONE
        made = run_now(start_file(by=member, kind=kind, params={"sheet": sheet}, now=clock.now()).pk)
        written = bytes(made.output.content).decode("utf-8-sig").splitlines()
        assert (written[0], len(written)) == (rows[0], len(rows)), sheet


def test_an_asset_is_chosen_from_a_menu_of_few_and_typed_among_many():
    sent = {"days": ["0"], "start": "16:00", "end": "18:00", "kw": "-2000"}
    few, many = (WeekForm(sent | {"unit": "q-1"}, units=[f"Q-{each}" for each in range(n)]) for n in (50, 51))
    assert few.is_valid()
    assert many.is_valid()
    assert few.cleaned_data["unit"] == many.cleaned_data["unit"] == "Q-1"
    assert "<select" in str(few["unit"])
    assert "<select" not in str(many["unit"])
    assert many["unit"].help_text == "Its ref, such as Q-0; one of 51."
    unknown = WeekForm(sent | {"unit": "Q-51"}, units=[f"Q-{each}" for each in range(51)])
    assert unknown.errors["unit"] == ["No asset with the ref “Q-51” can be chosen here."]
