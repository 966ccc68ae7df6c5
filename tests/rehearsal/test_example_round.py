"""The example round, rehearsed by the command: everything that was worked out independently holds."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import openpyxl
import psycopg2
import pytest

from tests.support import loaded

ROOT = Path(__file__).parents[2]
ROUND = ROOT / "tests" / "data" / "example_round"
EXPECTED = json.loads((ROUND / "expected.json").read_text())


def rehearse(folder: Path, out: Path) -> subprocess.CompletedProcess[str]:
    alone = os.environ | {"REDIS_URL": "redis+socket:///nowhere/valkey.sock"}  # neither cache nor queue
    return loaded.run(["manage", "rehearse", str(folder), "--out", str(out)], env=alone, timeout=300)


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
    first, *others = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
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
        ref: {
            "shortfall": sum(told["recommended"]["uncovered"].values()),
            "cost": told["recommended"]["cost"],
        }
        for ref, told in competitions.items()
        if "recommended" in told
    }
    assert best == EXPECTED["best"]
    names = {bid["name"] for bid in EXPECTED["bids"]}
    assert all(
        set(told["recommended"]["bids"]) <= names for told in competitions.values() if "recommended" in told
    )


def test_accepted_bids_are_contracts_with_their_assets(out, competitions):
    contracts = rows(out / "contractual_obligations.xlsx", "Contracts")
    accepted = [row for row in rows(out / "competition_results.xlsx", "Bids") if row["Decision"] == "Accept"]
    recommended = [
        name for told in competitions.values() for name in told.get("recommended", {"bids": []})["bids"]
    ]
    assert len(contracts) == len(accepted) == len(recommended)
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


@dataclass(frozen=True)
class Varied:
    """The same round once more, changed in three ways that do not touch each other, and what came of it.

    A decisions file accepts one bid by its name and rejects the others. H1_FEE is bound to a DPS on which NORTH and SOUTH
    are approved, and WEST is not. Two files of overrides: the second takes back what the first did to one asset.
    """

    out: Path
    accepted: str
    ref: str
    code: str
    refs: Sequence[str]

    @property
    def report(self) -> dict:
        return json.loads((self.out / "report.json").read_text())

    @property
    def competitions(self) -> dict:
        return {competition["ref"]: competition for competition in self.report["competitions"]}


@pytest.fixture(scope="module")
def varied(tmp_path_factory: pytest.TempPathFactory) -> Varied:
    folder, out = tmp_path_factory.mktemp("varied") / "round", tmp_path_factory.mktemp("varied_out")
    shutil.copytree(ROUND, folder)
    accepted = EXPECTED["bids"][0]["name"]
    [ref, *_] = sorted(EXPECTED["qualified"])
    code, refs = next((code, refs) for code, refs in EXPECTED["qualified"][ref].items() if len(refs) > 1)
    decide_by_file(folder, accepted)
    bind_to_a_dps(folder, "H1_FEE")
    override_in_two_files(folder, ref, code, refs)
    done = rehearse(folder, out)
    assert done.returncode == 0, done.stderr
    return Varied(out, accepted, ref, code, refs)


def decide_by_file(folder: Path, accepted: str) -> None:
    reason = "Price too high"
    decisions = [
        [bid["name"], "Accept", None, None]
        if bid["name"] == accepted
        else [bid["name"], "Reject", reason, None]
        for bid in EXPECTED["bids"]
    ]
    save(
        folder / "decisions.xlsx",
        "Bids",
        ["Bid ID", "Decision", "Rejection Reason", "Rejection Comment"],
        *decisions,
        ["NOBODY/H1_FEE/1/Year end/Mornings", "Accept", None, None],
    )
    reword(folder, "recommended = true", 'file = "decisions.xlsx"')


def bind_to_a_dps(folder: Path, ref: str) -> None:
    book = openpyxl.load_workbook(folder / "competitions.xlsx")
    sheet = book["Competitions"]
    column = sheet.max_column + 1
    sheet.cell(1, column, "DPS Reference")
    for row in range(2, sheet.max_row + 1):
        if sheet.cell(row, 1).value == ref:
            sheet.cell(row, column, "flex_2025")
    book.save(folder / "competitions.xlsx")
    for code in ("NORTH", "SOUTH"):
        reword(folder, f'code = "{code}"', f'code = "{code}"\ndps_approved = ["flex_2025"]')
    add(folder, '[[dps]]\nreference = "flex_2025"\n')


def override_in_two_files(folder: Path, ref: str, code: str, refs: Sequence[str]) -> None:
    heads = ["Competition Ref", "Asset ID", "Override", "Override Reason"]
    first = [ref, f"{code}/{refs[0]}", "Disqualify", "Out of order"]
    second = [ref, f"{code}/{refs[1]}", "Disqualify", "Mistaken"]
    save(folder / "first.xlsx", "Qualified Assets", heads, first, second)
    taken_back, unknown = [ref, f"{code}/{refs[1]}", "", ""], ["NOWHERE", f"{code}/{refs[0]}", "", ""]
    save(folder / "second.xlsx", "Qualified Assets", heads, taken_back, unknown)
    add(folder, '\n[[overrides]]\nfile = "first.xlsx"\n[[overrides]]\nfile = "second.xlsx"\n')


def save(path: Path, title: str, *lines: Sequence[str | None]) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for line in lines:
        sheet.append(line)
    book.save(path)


def reword(folder: Path, old: str, new: str) -> None:
    text = (folder / "round.toml").read_text()
    assert old in text
    (folder / "round.toml").write_text(text.replace(old, new))


def add(folder: Path, text: str) -> None:
    with (folder / "round.toml").open("a") as file:
        file.write(text)


def test_decisions_by_file_name_bids_and_make_just_the_accepted_one_a_contract(varied):
    results = rows(varied.out / "competition_results.xlsx", "Bids")
    assert [row["Decision"] for row in results].count("Accept") == 1
    [contract] = rows(varied.out / "contractual_obligations.xlsx", "Contracts")
    assert contract["Competition Ref"] == varied.accepted.split("/")[1]
    assert contract["Expected Cost (£)"] == float(EXPECTED["bids"][0]["cost"])


def test_a_decision_on_an_unknown_bid_is_a_located_error(varied):
    [file] = [file for file in varied.report["files"] if file["file"] == "decisions.xlsx"]
    assert [(error["sheet"], error["row"]) for error in file["errors"]] == [
        ("Bids", len(EXPECTED["bids"]) + 2)
    ]


def test_nothing_of_a_rehearsal_stays_in_the_database_server(out, varied):
    left = rehearsals_left()
    for _ in range(240):  # another process of this test run may be rehearsing
        if not left:
            break
        time.sleep(0.5)
        left &= rehearsals_left()
    assert left == set()


def rehearsals_left() -> set[str]:
    with psycopg2.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'rehearsal%'")
        names = {name for (name,) in cursor.fetchall()}
    connection.close()
    return names


def test_only_companies_approved_on_the_dps_qualify_where_a_competition_names_one(varied):
    before, failing = EXPECTED["qualified"]["H1_FEE"], EXPECTED["not_eligible"]["H1_FEE"]
    told = varied.competitions["H1_FEE"]
    assert told["qualified"] == {code: refs for code, refs in before.items() if code != "WEST"}
    west = {ref: sorted([*criteria, "dps"]) for ref, criteria in failing["WEST"].items()}
    west |= {ref: ["dps"] for ref in before["WEST"]}
    assert told["not_eligible"] == {
        **{code: failing[code] for code in failing if code != "WEST"},
        "WEST": west,
    }
    assert not any(name.startswith("WEST/") for name in told["recommended"]["bids"])


def test_neither_a_dps_nor_an_override_changes_anything_in_other_competitions(varied):
    changed = {"H1_FEE", varied.ref}
    others = {ref: told["qualified"] for ref, told in varied.competitions.items() if ref not in changed}
    assert others == {ref: told for ref, told in EXPECTED["qualified"].items() if ref not in changed}
    assert len(others) == len(EXPECTED["qualified"]) - 2


def test_overrides_are_played_in_the_order_of_their_files(varied):
    told = varied.competitions[varied.ref]
    expected = EXPECTED["qualified"][varied.ref]
    left = [ref for ref in expected[varied.code] if ref != varied.refs[0]]
    assert told["qualified"] == {**expected, varied.code: left}
    files = {each["file"]: each for each in varied.report["files"]}
    assert files["first.xlsx"]["updated"] == 1
    assert files["first.xlsx"]["errors"] == []
    assert [error["column"] for error in files["second.xlsx"]["errors"]] == ["Competition Ref"]
    found = rows(varied.out / "qualified_assets.xlsx", "Qualified Assets")
    [row] = [each for each in found if each["Override"]]
    assert (row["Asset Ref"], row["Override"], row["Override Reason"]) == (
        varied.refs[0],
        "Disqualify",
        "Out of order",
    )
    assert (row["Automatic Result"], row["Final Status"]) == ("Eligible", "Disqualified")


def test_an_unusable_folder_ends_with_one_sentence_and_status_2(tmp_path):
    done = rehearse(tmp_path, tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.strip() == f"There is no round.toml in {tmp_path}."
