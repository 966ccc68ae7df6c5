"""Why a line of a month is another than before: one thing changed at a time, told without a database."""

import copy

import pytest

from settlement.domain.differences import Since, changed_amounts, differences, differs

UTILISATION = ("Utilisation", "D1")


def result() -> dict:
    """A month of two dispatches, D2 after D1, of the asset A; a line of each kind."""
    amounts = {"Utilisation": "10.00", "Penalty": "-1.00", "Availability": "70.00", "Service fee": "5.00"}
    return {
        "terms": {"cap": "1"},
        "until": None,
        "lines": [
            line(kind, "D1" if kind in ("Utilisation", "Penalty") else "", amount)
            for kind, amount in amounts.items()
        ],
        "dispatches": [dispatch("D1"), dispatch("D2")],
    }


def line(kind: str, reference: str, amount: str, quantity: str = "40") -> dict:
    return {"kind": kind, "reference": reference, "quantity": quantity, "amount": amount}


def dispatch(name: str) -> dict:
    asset = {"metered": "3", "baseline": "5", "taken": "0"}
    return {"id": name, "status": "done", "assets": ["A"], "periods": [{"requested": "2", "assets": [asset]}]}


def changed(kind: str, change, since=Since()) -> str:  # noqa: B008
    """Why the line of a kind is another once ``change`` was made to the first dispatch and the line's amount."""
    before, after = result(), result()
    [told] = [each for each in after["lines"] if each["kind"] == kind]
    told["amount"] = "0.00"
    change(after)
    [found] = [each for each in differences(before, after, since) if each["kind"] == kind]
    return found["why"]


def first(after) -> dict:
    return after["dispatches"][0]


def asset(after) -> dict:
    return first(after)["periods"][0]["assets"][0]


def nothing(after) -> None:
    """Only the amount is another."""


CAUSES = {
    "new meter data": lambda after: asset(after).update(metered="4", baseline="6", taken="1"),
    "new meter data of the days of the baseline": lambda after: asset(after).update(baseline="6", taken="1"),
    "energy credited to a dispatch issued earlier": lambda after: asset(after).update(taken="1"),
    "other assets deliver": lambda after: first(after).update(assets=["B"], status="stopped"),
    "the dispatch itself was changed": lambda after: first(after)["periods"][0].update(requested="1"),
    "the dispatch has no effect any more": lambda after: after["dispatches"].pop(0),
    "other terms": lambda after: after.update(terms={"cap": "2"}),
}


@pytest.mark.parametrize("kind", ["Utilisation", "Penalty", "Availability"])
@pytest.mark.parametrize("why", CAUSES)
def test_a_line_is_another_for_what_happened_to_its_dispatch(kind, why):
    assert changed(kind, CAUSES[why]) == why


def test_a_stop_that_asks_for_as_much_is_a_change_of_the_dispatch_too():
    assert (
        changed("Utilisation", lambda after: first(after).update(status="stopped"))
        == "the dispatch itself was changed"
    )


def test_another_baseline_is_that_of_a_late_nomination_or_of_a_day_left_out_of_one_of_its_assets():
    other_baseline = lambda after: asset(after).update(baseline="6")  # noqa: E731
    both = Since(late=["A"], left_out=["A"])
    assert changed("Utilisation", other_baseline, both) == "a late nomination was accepted"
    assert (
        changed("Utilisation", other_baseline, Since(left_out=["A"])) == "a day was left out of the baseline"
    )
    assert changed("Utilisation", other_baseline, Since(late=["B"], left_out=["C"])) == (
        "new meter data of the days of the baseline"
    )


def test_a_dispatch_that_was_not_there_has_its_effect_only_now():
    before, after = result(), result()
    before["dispatches"].pop(0)
    before["lines"] = before["lines"][1:]
    assert differences(before, after, Since()) == [
        {
            "kind": "Utilisation",
            "reference": "D1",
            "before": None,
            "after": "10.00",
            "why": "a dispatch that had no effect before",
        }
    ]


def test_a_line_that_is_gone_is_told_after_those_that_are_there():
    before, after = result(), result()
    after["lines"][0] = line("Utilisation", "D2", "4.00")
    told = [
        (each["reference"], each["before"], each["after"], each["why"])
        for each in differences(before, after, Since())
    ]
    assert told == [
        ("D2", None, "4.00", "follows from the other lines"),
        ("D1", "10.00", None, "follows from the other lines"),
    ]


@pytest.mark.parametrize(
    ("until", "why"),
    [(None, "a notice of unavailability"), ("2026-02-20T00:00:00Z", "the contract was withdrawn")],
)
def test_fewer_hours_of_availability_are_those_noticed_or_those_after_a_withdrawal(until, why):
    def fewer(after):
        after.update(until=until)
        after["lines"][2].update(quantity="36")

    assert changed("Availability", fewer) == why


def test_availability_without_a_changed_dispatch_follows_the_meters():
    assert changed("Availability", nothing) == "new meter data"


def test_a_service_fee_changes_with_the_withdrawal_and_else_follows_the_other_lines():
    assert changed("Service fee", lambda after: after.update(until="2026-02-20T00:00:00Z")) == (
        "the contract was withdrawn"
    )
    assert changed("Service fee", nothing) == "follows from the other lines"


def test_what_a_dispute_upheld_is_said_before_the_cause():
    upheld = Since(upheld={UTILISATION})
    assert changed("Utilisation", CAUSES["other terms"], upheld) == "dispute upheld: other terms"
    assert changed("Penalty", CAUSES["other terms"], upheld) == "other terms"


def test_the_same_lines_differ_in_nothing_whatever_else_is_known():
    before, after = result(), copy.deepcopy(result())
    CAUSES["new meter data"](after)
    assert not differs(before, after)
    assert differences(before, after, Since()) == []
    assert changed_amounts(before, after) == {}


def test_an_amount_changes_by_the_new_one_less_the_old_one_and_one_that_is_not_there_is_nothing():
    before, after = result(), result()
    after["lines"][0]["amount"] = "12.50"
    after["lines"][1] = line("Penalty", "D2", "-4.00")
    after["lines"][2]["quantity"] = "39"
    assert differs(before, after)
    assert {key: str(amount) for key, amount in changed_amounts(before, after).items()} == {
        ("Utilisation", "D1"): "2.50",
        ("Penalty", "D2"): "-4.00",
        ("Penalty", "D1"): "1.00",
    }
