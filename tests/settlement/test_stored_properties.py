"""What holds of production's measuring whatever is dispatched and metered: of rows in the database, not of a case alone."""

import json
from datetime import timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace import clock
from marketplace.jobs.actions import apply_upload, start_upload
from marketplace.jobs.enums import State
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from settlement.domain.cases import case_of
from tests.settlement.case import HEADER, Meter, at, contract, dispatch
from tests.settlement.clashing import calls, kwh, minutes_after, three_contracts
from tests.settlement.stored_case import Stored
from tests.support.walking import undone

pytestmark = pytest.mark.django_db
START = "2026-06-16 15:00"
NOW = at("2026-07-10 12:00")


def stored(contracts, dispatches, meters=()):
    told = {
        "zone": "Europe/London",
        "months": ["2026-06"],
        "contracts": contracts,
        "dispatches": dispatches,
    }
    return Stored(case_of(json.dumps(told), {}), told, meters)


@given(calls, st.lists(kwh, min_size=32, max_size=32))
@settings(max_examples=12, deadline=None)
def test_what_all_contracts_are_credited_never_exceeds_what_the_meter_gave(told, energies):
    meters = [
        Meter(ref, "2026-06-16", "2026-06-17", minutes=15).put(
            START, *(str(int(each) // 2) for each in energies)
        )
        for ref in "AB"
    ]
    dispatches = [
        dispatch(
            f"X{number}",
            minutes_after(START, 15 * first),
            minutes_after(START, 15 * (first + length)),
            str(mw / 10),
            contract=who,
        )
        for number, (who, first, length, mw) in enumerate(told)
    ]
    with undone():
        measured = stored(three_contracts(), dispatches, meters).measured()
    assert len(measured) == len(dispatches)
    credited = dict.fromkeys("AB", Fraction(0))
    for period in (each for one in measured for each in one.periods):
        assert 0 <= period.delivered <= period.requested
        assert sum(unit.credited for unit in period.units) == period.delivered
        for unit in period.units:
            credited[unit.unit] += unit.credited
    for meter in meters:
        gave = sum(max(0, 500 - int(each)) for each in meter.imports.values())
        assert credited[meter.ref] <= gave


def upload(made, text):
    """As the page takes the file: checked, then applied where it tells something new."""
    told = {"by": made.seller, "kind": "operations.readings", "filename": "meter.csv", "params": {}}
    job = run_now(start_upload(data=text.encode(), now=clock.now(), **told).pk)
    if job.state == State.CHECKED:
        apply_upload(by=made.seller, job=job, now=clock.now())
        job = run_now(job.pk)
    return job.state


@given(st.lists(kwh, min_size=4, max_size=4), st.integers(1, 3))
@settings(max_examples=4, deadline=None)
def test_a_file_split_in_two_or_uploaded_twice_changes_nothing(energies, where):
    meter = Meter("A", "2026-06-01", "2026-06-20").put(START, *energies)
    rows = meter.text().splitlines()[1:]
    cut = rows.index(next(row for row in rows if "2026-06-16T15:00" in row)) + where
    parts = ["\n".join([HEADER, *rows[:cut]]), "\n".join([HEADER, *rows[cut:]])]
    found = []
    with run_jobs_inline(), clock.set_to(NOW):
        for texts in ([meter.text()], [meter.text(), meter.text()], parts, parts[::-1]):
            with undone():
                made = stored([contract()], [dispatch("X", START, "2026-06-16 17:00", "1")])
                states = [upload(made, text) for text in texts]
                found.append((made.measured()[0].periods, states))
    assert found[0][0][0].complete
    assert all(periods == found[0][0] for periods, _ in found)
    assert [states for _, states in found] == [
        [State.DONE],
        [State.DONE, State.NOTHING],
        [State.DONE] * 2,
        [State.DONE] * 2,
    ]


@given(st.lists(kwh, min_size=48 * 2, max_size=48 * 2), st.sampled_from(["recent_days", "meter_before"]))
@settings(max_examples=6, deadline=None)
def test_everything_a_week_later_comes_to_the_same_away_from_clock_changes(energies, method):
    """A week, so that the class of the days stays; one day for a baseline that looks at no other day."""
    shift = timedelta(days=7 if method == "recent_days" else 1)

    def figures(by):
        def moved(text):
            return (at(text) + by).strftime("%Y-%m-%d %H:%M")

        meter = Meter("A", moved("2026-05-01 00:00"), moved("2026-06-18 00:00"))
        meter.put(moved("2026-06-15 00:00"), *energies)
        terms = {"baseline": {"method": method}, "penalty": {"price": "7"}}
        called = dispatch("X", moved("2026-06-16 15:10"), moved("2026-06-16 17:20"), "0.7")
        with undone():
            (one,) = stored([contract(terms=terms)], [called], [meter]).measured()
        return [
            (
                each.requested,
                each.baseline,
                each.metered,
                each.delivered,
                each.deficiency,
                each.start - by,
            )
            for each in one.periods
        ]

    assert figures(timedelta(0)) == figures(shift)
