"""The example round's assets, judged and frozen as worked out independently."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from accounts.enums import Role
from competitions.models import Competition
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.entries import entering
from qualification.domain.verdicts import freeze, requalification
from qualification.domain.verdicts.standing import qualified_assets
from qualification.models import Asset, Verdict
from rehearsal.round.cast import register_operator
from rehearsal.round.file import OperatorEntry
from rehearsal.round.uploads import hand_in
from tests.qualification import market

ROUND = Path(__file__).parents[1] / "data" / "example_round"
EXPECTED = json.loads((ROUND / "expected.json").read_text())
BEFORE = datetime(2026, 1, 4, 12, tzinfo=UTC)
OPEN = datetime(2026, 1, 5, 12, tzinfo=UTC)
BEFORE_CLOSE = datetime(2026, 1, 19, 16, 59, tzinfo=UTC)
BIDDING = datetime(2026, 1, 21, 9, 1, tzinfo=UTC)
ENTERS = {"NORTH": None, "SOUTH": ["H1_AVUT", "H1_FEE", "H1_REACT"], "WEST": None}


def provider(code):
    made = market.provider(code)
    made.code = code
    made.save()
    return market.member(made, (Role.PROCUREMENT,))


@pytest.fixture
def played(db):
    """The round until bidding opens: reports of the assets files by provider, and the providers' members."""
    operator = register_operator(OperatorEntry("HIDDEN", "Hidden Networks", "GB", "SCT", "Europe/London"))
    members = {code: provider(code) for code in ENTERS}
    with run_jobs_inline():
        with clock.set_to(BEFORE):
            params = {"layer": "zones", "reference_field": "zone_ref"}
            hand_in(by=operator, kind="competitions.areas", path=ROUND / "areas.gpkg", params=params)
            hand_in(by=operator, kind="competitions.competition_file", path=ROUND / "competitions.xlsx")
        with clock.set_to(OPEN):
            reports = {
                code: hand_in(
                    by=member,
                    kind="qualification.assets",
                    path=ROUND / f"assets-{code.lower()}.xlsx",
                    params={},
                )
                for code, member in members.items()
            }
            requalification.work_off(OPEN)
        with clock.set_to(BEFORE_CLOSE):
            for code, member in members.items():
                chosen = Competition.objects.order_by("ref")
                if ENTERS[code] is not None:
                    chosen = chosen.filter(ref__in=ENTERS[code])
                entering.enter_many(by=member, competitions=chosen, now=BEFORE_CLOSE)
        with clock.set_to(BIDDING):
            freeze.freeze_due(BIDDING)
    return reports, members


def test_the_broken_rows_are_refused_and_all_others_stored(played):
    reports, _ = played
    refused = {code: sorted({error["row"] for error in report.errors}) for code, report in reports.items()}
    assert {code: rows for code, rows in refused.items() if rows} == EXPECTED["asset_errors"]
    assert Asset.objects.count() == sum(report.created for report in reports.values())


def test_every_asset_stands_as_worked_out_by_hand(played):
    got = {}
    for verdict in Verdict.objects.exclude(failed=[]).select_related("competition", "asset__provider"):
        of_competition = got.setdefault(verdict.competition.ref, {})
        of_competition.setdefault(verdict.asset.provider.code, {})[verdict.asset.ref] = sorted(verdict.failed)
    assert got == EXPECTED["not_eligible"]


def test_the_qualified_are_those_eligible_whose_provider_entered(played):
    _, members = played
    got = {}
    for competition in Competition.objects.all():
        of_competition = got.setdefault(competition.ref, {})
        for code, member in members.items():
            refs = [one.ref for one in qualified_assets(competition, member.organisation, BIDDING)]
            if refs:
                of_competition[code] = refs
    assert got == EXPECTED["qualified"]
