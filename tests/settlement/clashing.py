"""Contracts that call the same assets at the same time, as random tests draw them."""

from datetime import timedelta

from hypothesis import strategies as st

from tests.settlement.case import at, contract

TERMS = {"baseline": {"method": "constant", "kw": "-2000"}}
kwh = st.integers(0, 2500).map(str)
calls = st.lists(
    st.tuples(st.sampled_from("CDE"), st.integers(0, 10), st.integers(1, 6), st.integers(1, 30)),
    min_size=1,
    max_size=6,
)


def minutes_after(start: str, minutes: int) -> str:
    return (at(start) + timedelta(minutes=minutes)).strftime("%Y-%m-%d %H:%M")


def three_contracts():
    """C and D call the same way, E on half-hours where the others settle by quarters."""
    return [
        contract(id="C", assets=["A", "B"], terms=TERMS),
        contract(id="D", assets=["B"], terms=TERMS | {"period_minutes": 15}),
        contract(id="E", assets=["A", "B"], terms=TERMS),
    ]
