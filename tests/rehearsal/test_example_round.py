"""The example round, rehearsed by the command: everything that was worked out independently holds."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

ROOT = Path(__file__).parents[2]
ROUND = ROOT / "tests" / "data" / "example_round"
EXPECTED = json.loads((ROUND / "expected.json").read_text())


def rehearse(folder: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "rehearse", str(folder), "--out", str(out)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    done = rehearse(ROUND, folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def report(out: Path) -> dict:
    return json.loads((out / "report.json").read_text())


@pytest.fixture(scope="module")
def competitions(report: dict) -> dict:
    return {competition["ref"]: competition for competition in report["competitions"]}


def rows(path: Path, sheet: str) -> list[dict]:
    first, *others = openpyxl.load_workbook(path, read_only=True)[sheet].iter_rows(values_only=True)
    return [dict(zip(first, other, strict=True)) for other in others]


def error_rows(report: dict, name: str) -> list[int]:
    [file] = [file for file in report["files"] if file["file"] == name]
    return sorted({error["row"] for error in file["errors"]})


def test_all_competitions_but_the_refused_one_are_played(competitions):
    assert set(competitions) == set(EXPECTED["hours"])
    assert EXPECTED["refused_competition"] not in competitions


def test_available_hours(competitions):
    assert {ref: told["available_hours"] for ref, told in competitions.items()} == EXPECTED["hours"]


def test_qualified_assets(competitions):
    assert {ref: told["qualified"] for ref, told in competitions.items()} == EXPECTED["qualified"]


def test_assets_within_the_boundary_that_are_not_eligible_and_why(competitions):
    assert {ref: told["not_eligible"] for ref, told in competitions.items()} == EXPECTED["not_eligible"]


def test_refused_rows_of_the_assets_files(report):
    assert error_rows(report, "assets-west.xlsx") == EXPECTED["asset_errors"]["WEST"]
    assert error_rows(report, "assets-north.xlsx") == []


def test_refused_rows_of_the_bids_files(report):
    assert error_rows(report, "bids-west.xlsx") == EXPECTED["bid_errors"]["WEST"]
    assert error_rows(report, "bids-north.xlsx") == error_rows(report, "bids-south.xlsx") == []


def test_every_bid_has_the_expected_capacity_and_cost(out):
    found = sorted(
        (row["Competition Ref"], f"{row['Offered Capacity (MW)']:.3f}", f"{row['Expected Cost (£)']:.2f}")
        for row in rows(out / "unconfirmed_bids.xlsx", "Bids")
    )
    assert found == sorted((bid["ref"], bid["mw"], bid["cost"]) for bid in EXPECTED["bids"])


def test_the_recommendation_has_the_least_shortfall_and_cost(competitions):
    best = {
        ref: {"shortfall": sum(told["recommended"]["uncovered"].values()), "cost": told["recommended"]["cost"]}
        for ref, told in competitions.items()
        if "recommended" in told
    }
    assert best == EXPECTED["best"]
    names = {bid["name"] for bid in EXPECTED["bids"]}
    assert all(set(told["recommended"]["bids"]) <= names for told in competitions.values() if "recommended" in told)


def test_accepted_bids_are_contracts_with_their_assets(out, competitions):
    contracts = rows(out / "contractual_obligations.xlsx", "Contracts")
    accepted = [row for row in rows(out / "competition_results.xlsx", "Bids") if row["Decision"] == "Accept"]
    assert len(contracts) == len(accepted) == sum(len(t["recommended"]["bids"]) for t in competitions.values() if "recommended" in t)
    total = sum(Decimal(str(row["Expected Cost (£)"])) for row in contracts)
    assert total == sum(Decimal(str(best["cost"])) for best in EXPECTED["best"].values())
    covered = {row["Contract ID"] for row in rows(out / "contractual_obligations.xlsx", "Contracted Assets")}
    assert covered == {row["Contract ID"] for row in contracts}


def test_phases_reached(competitions):
    phases = {ref: told["phase_reached"] for ref, told in competitions.items()}
    assert phases == {
        "H1_AVUT": "confirmed",
        "H1_FIXED": "confirmed",
        "H1_FEE": "confirmed",
        "H1_REACT": "confirmed",
        "H1_VIS": "qualification closed",
    }


def test_an_unusable_folder_ends_with_one_sentence_and_status_2(tmp_path):
    done = rehearse(tmp_path, tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.strip() == f"There is no round.toml in {tmp_path}."
