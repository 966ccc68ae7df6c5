"""A case settled: every dispatch measured, every statement and document worked out. Pure."""

import gc
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from operations.domain.known_units import Called
from operations.domain.performance import Performance, performances
from settlement.domain.cases import CalledDispatch, Case
from settlement.domain.invoices import Invoice, invoices
from settlement.domain.lines import Statement, statement


@dataclass(frozen=True)
class Settled:
    """What a case came to."""

    case: Case
    performance: Sequence[Performance]
    without_effect: Sequence[CalledDispatch]
    statements: Sequence[Statement]
    invoices: Sequence[Invoice]


def settle(case: Case) -> Settled:
    """Measure the dispatches, make the statements of each contract and month, and the documents of each
    seller."""
    with _collecting_later():
        return _settled(case)


@contextmanager
def _collecting_later() -> Iterator[None]:
    """Let the garbage collector wait: a settlement makes millions of objects that live on, and looking through them again and
    again takes a third of its time."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()


def _settled(case: Case) -> Settled:
    measured = performances(
        [_called(each, case) for each in case.dispatches if each.requested.has_effect], case.units, case.zone
    )
    by_contract: dict[str, list[Performance]] = defaultdict(list)
    for each in measured:
        by_contract[each.called.contract].append(each)
    made = [
        statement(contract, month, by_contract[name], case.holidays, case.zone)
        for name, contract in case.contracts.items()
        for month in case.months
    ]
    void = sorted(
        (each for each in case.dispatches if not each.requested.has_effect),
        key=lambda each: (each.issued_at, each.id),
    )
    return Settled(case, measured, void, made, invoices(made, case.vat_rates))


def _called(dispatch: CalledDispatch, case: Case) -> Called:
    contract = case.contracts[dispatch.contract]
    return Called(
        dispatch.id,
        contract.id,
        dispatch.kind,
        dispatch.issued_at,
        dispatch.requested,
        contract.units,
        contract.sigma,
        contract.terms,
    )
