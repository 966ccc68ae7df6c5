"""Whatever happens in whatever order, the stored verdicts are what brute force says, and frozen ones stay."""

from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal

import pytest
import shapely
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from competitions.models import Area, Boundary, Competition
from competitions.signals import competition_changed
from marketplace import clock, geo
from marketplace.errors import Refused
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.assets import statuses
from qualification.domain.assets.saving import Saved, save_assets
from qualification.domain.meters.lists import replace_meters
from qualification.domain.overrides.deciding import Decided, override_assets
from qualification.domain.verdicts import engine
from qualification.domain.verdicts.requalification import work_off
from qualification.models import Asset, DpsApplication, Freeze, Override, Verdict
from tests.qualification import dps, market
from tests.qualification.brute_force import brute_covers, brute_failing, brute_force, rings_of
from tests.qualification.market import CLOSE, OPEN

METERS = ("1200023305967", "2000050773929")
DAY = timedelta(days=1)
HALF = timedelta(minutes=30)
SQUARES = [shapely.box(x, y, x + 2, y + 2) for x, y in ((0, 0), (1, 1), (3, 0))]
PLACES = st.sampled_from([(0.5, 0.5), (1.5, 1.5), (2, 2), (2.2, 1), (3.5, 0.5), (9, 9)])
numbers = st.integers(min_value=0, max_value=50)
assets = st.fixed_dictionaries(
    {
        "place": PLACES,
        "status": st.sampled_from(["operational", "operational", "mothballed", "archived"]),
        "generation_turn_up_mw": st.sampled_from([Decimal("0.0005"), Decimal(2)]),
        "voltage_kv": st.sampled_from([Decimal("0.4"), Decimal(11), Decimal(33)]),
        "import_meter_id": st.sampled_from(["", *METERS]),
        "response_time": st.sampled_from([None, HALF, HALF + timedelta(seconds=1)]),
    }
)
terms = st.fixed_dictionaries(
    {
        "minimum_voltage_kv": st.sampled_from([None, Decimal(11)]),
        "meter_id_in_zone": st.booleans(),
        "maximum_response_time": st.sampled_from([None, HALF]),
    }
)


class Marketplace(RuleBasedStateMachine):
    """An operator with three competitions that close one after the other, and two providers."""

    def __init__(self):
        super().__init__()
        self.stack = ExitStack()
        self.stack.enter_context(run_jobs_inline())
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()
        self.now = OPEN + DAY
        self.frozen = {}

    def teardown(self):
        try:
            self.settle()
        finally:
            transaction.set_rollback(True)
            self.rolled_back.__exit__(None, None, None)
            self.stack.close()

    def at_now(self):
        return clock.set_to(self.now)

    @initialize()
    def begin(self):
        with self.at_now():
            self.so = market.member(market.operator())
            self.members = [market.member(market.provider()) for _ in range(2)]
            self.system = dps.system_of(self.so)
            self.area = Area.objects.create(
                operator=self.so.organisation,
                reference="EAST",
                shape_wkb=geo.to_wkb(SQUARES[0]),
                area_km2=1,
                updated_at=OPEN,
            )
            self.competitions = []
            for number, shape in enumerate(SQUARES):
                made = market.competition(
                    self.so.organisation,
                    shape,
                    shape.buffer(0.25, join_style="mitre"),
                    qualification_close=CLOSE + number * DAY,
                    bidding_open=CLOSE + (number + 2) * DAY,
                    bidding_close=CLOSE + (number + 3) * DAY,
                    purchasing_system=self.system if number == 1 else None,
                )
                Boundary.objects.create(competition=made, kind="area", area=self.area)
                self.competitions.append(made)
            for member in self.members:
                first = market.an_asset(member.organisation)
                save_assets(by=member, assets=[Saved(first, True)], now=self.now)
            work_off(self.now)

    def asset_at(self, number):
        found = list(Asset.objects.order_by("ref"))
        return found[number % len(found)]

    @rule(new=st.lists(assets, min_size=1, max_size=3), whose=st.integers(0, 1))
    def assets_are_uploaded(self, new, whose):
        member = self.members[whose]
        with self.at_now():
            made = []
            for told in new:
                told = dict(told)
                x, y = told.pop("place")
                made.append(Saved(market.an_asset(member.organisation, x, y, **told), True))
            save_assets(by=member, assets=made, now=self.now)

    @rule(number=numbers, told=assets)
    def an_asset_is_edited(self, number, told):
        present = self.asset_at(number)
        told = dict(told)
        x, y = told.pop("place")
        other = market.an_asset(present.provider, x, y, **told)
        for name in ("pk", "ref", "first_uploaded_at", "changed_at"):
            setattr(other, name, getattr(present, name))
        member = next(each for each in self.members if each.organisation_id == present.provider_id)
        with self.at_now():
            save_assets(by=member, assets=[Saved(other, False, {"name": ("a", "b")})], now=self.now)

    @rule(number=numbers, status=st.sampled_from(["archived", "operational"]))
    def an_asset_is_archived_or_comes_back(self, number, status):
        present = self.asset_at(number)
        member = next(each for each in self.members if each.organisation_id == present.provider_id)
        with self.at_now():
            to = statuses.AssetStatus(status)
            statuses.change_status(by=member, asset_ids=[present.pk], to=to, now=self.now)

    @rule(which=st.integers(0, 2), changed=terms, shape=st.sampled_from(SQUARES))
    def a_competition_changes(self, which, changed, shape):
        competition = self.competitions[which]
        if self.now >= competition.qualification_close:
            return
        with self.at_now():
            Competition.objects.filter(pk=competition.pk).update(**changed)
            market.put_boundary(competition, shape, shape.buffer(0.25, join_style="mitre"))
            competition_changed.send(Competition, competition_ids=[competition.pk], now=self.now)

    @rule(whose=st.integers(0, 1))
    def a_company_is_approved_or_its_approval_revoked(self, whose):
        member = self.members[whose]
        present = DpsApplication.objects.filter(provider=member.organisation, state="approved").first()
        scene = dps.SimpleNamespace(buyer=self.so, seller=member, system=self.system)
        with self.at_now():
            if present is None:
                dps.approved(scene, now=self.now)
            else:
                dps.revoke(scene, present, now=self.now)

    @rule(meters=st.lists(st.sampled_from(METERS), unique=True))
    def the_meter_list_is_replaced(self, meters):
        with self.at_now():
            replace_meters(by=self.so, area=self.area, meter_ids=sorted(meters), now=self.now)

    @rule(which=st.integers(0, 2), number=numbers, decision=st.sampled_from(["qualify", "disqualify", ""]))
    def an_asset_is_overridden(self, which, number, decision):
        competition, asset = self.competitions[which], self.asset_at(number)
        decided = [Decided(asset.pk, decision, "Seen." if decision else "")]
        with self.at_now():
            try:
                override_assets(by=self.so, competition=competition, decided=decided, now=self.now)
            except Refused:
                return
        if competition.pk in self.frozen:
            self.override_the_frozen(competition, asset, decision)

    def override_the_frozen(self, competition, asset, decision):
        rows = self.frozen[competition.pk]
        if asset.pk in rows and rows[asset.pk]["is_extra"] and not decision:
            del rows[asset.pk]
        elif asset.pk in rows:
            rows[asset.pk]["override"] = decision
        elif decision:
            rows[asset.pk] = self.extra(competition, asset, decision)

    def extra(self, competition, asset, decision):
        """What becomes of an asset that had no verdict at the close."""
        competition = Competition.objects.get(pk=competition.pk)
        asset = Asset.objects.select_related("asset_type").get(pk=asset.pk)
        failed, mw = brute_failing(competition, asset)
        x, y = float(asset.longitude), float(asset.latitude)
        rings, wide = rings_of(competition)
        counts_as_there = brute_covers(wide, x, y) and "deadline" in failed
        return {
            "in_buffer": counts_as_there and not brute_covers(rings, x, y),
            "failed": failed if counts_as_there else ("location", *failed),
            "mw": mw,
            "override": decision,
            "is_extra": True,
        }

    @rule(hours=st.sampled_from([1, 12, 24, 24 * 6]))
    def time_passes(self, hours):
        later = self.now + timedelta(hours=hours)
        closing = [
            each
            for each in self.competitions
            if each.pk not in self.frozen and each.qualification_close <= later
        ]
        expected = self.expected() if closing else {}
        for competition in closing:
            self.frozen[competition.pk] = {
                asset: told | {"is_extra": False}
                for (where, asset), told in expected.items()
                if where == competition.pk
            }
        self.now = later

    def expected(self):
        """What is to be stored of competitions that are not frozen."""
        found = {
            pair: {"in_buffer": in_buffer, "failed": failed, "mw": mw, "override": ""}
            for pair, (in_buffer, failed, mw) in brute_force().items()
            if pair[0] not in self.frozen
        }
        for each in (
            Override.objects.filter(is_latest=True).exclude(decision="").select_related("competition")
        ):
            pair = (each.competition_id, each.asset_id)
            asset = Asset.objects.select_related("asset_type").get(pk=each.asset_id)
            if each.competition_id in self.frozen or asset.status == "archived":
                continue
            if pair not in found:
                failed, mw = brute_failing(Competition.objects.get(pk=each.competition_id), asset)
                found[pair] = {"in_buffer": False, "failed": ("location", *failed), "mw": mw}
            found[pair]["override"] = each.decision
        return found

    @rule()
    def settle(self):
        """Workers get to it: what is stored is what brute force says, once each, and a full run changes
        nothing."""
        with self.at_now():
            work_off(self.now)
            expected = self.expected()
            for where, rows in self.frozen.items():
                expected |= {(where, asset): told for asset, told in rows.items()}
            stored = {}
            for each in Verdict.objects.order_by("pk"):
                told = expected.get((each.competition_id, each.asset_id))
                assert told is not None, "a verdict too many"
                got = (each.in_buffer, tuple(each.failed), each.relevant_capacity_mw, each.override)
                assert got == (told["in_buffer"], told["failed"], told["mw"], told["override"])
                passes = each.override == "qualify" or (not each.override and not told["failed"])
                assert each.eligible == passes
                assert (each.asset_as_frozen is not None) == (each.competition_id in self.frozen)
                stored[each.competition_id, each.asset_id] = each.pk
            assert stored.keys() == expected.keys()
            assert set(Freeze.objects.values_list("competition_id", flat=True)) == set(self.frozen)
            assert engine.qualify(now=self.now) == set()


@pytest.mark.slow
def test_no_sequence_of_changes_leaves_other_verdicts_than_brute_force(db):
    run_state_machine_as_test(
        Marketplace,
        settings=settings(
            max_examples=16, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
