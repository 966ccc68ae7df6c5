"""The settlement of files against one written a second time from the rules, on cases made at random."""

import json
from typing import Any

import pytest

from settlement.domain.cases import case_of
from settlement.domain.report import report_of
from settlement.domain.settling import settle
from tests.settlement.random_cases import case_from
from tests.settlement.second_settling import Second

CASES = range(50)


def differences(ours: Any, theirs: Any, where: str = "") -> list[str]:
    """Where two reports differ, and how."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        names = sorted(ours.keys() | theirs.keys())
        return [
            told
            for name in names
            for told in differences(ours.get(name), theirs.get(name), f"{where}/{name}")
        ]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [told for place, (one, other) in pairs for told in differences(one, other, f"{where}/{place}")]
    return [] if ours == theirs else [f"{where}: {ours} instead of {theirs}"]


@pytest.mark.parametrize("seed", CASES)
def test_every_figure_is_the_one_that_the_rules_worked_out_a_second_time_give(seed):
    case, meters = case_from(seed)
    files = {f"meter-{number}.csv": text for number, text in enumerate(meters)}
    report = report_of(settle(case_of(json.dumps(case), files)))
    second = Second(case, meters).report()
    assert differences({name: report[name] for name in second}, second) == []
