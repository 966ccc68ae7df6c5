"""What the confined process does with a case. It knows no database and answers with plain values only."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marketplace.workbooks.declare import WorkbookSpec
from settlement.domain.case_archive import unpacked
from settlement.domain.cases import UnusableCase, case_of
from settlement.domain.report import report_of
from settlement.domain.settling import Settled, settle
from settlement.exports.workbooks import invoice_rows, settlement_rows
from settlement.workbooks.specs import INVOICE_DATA, SETTLEMENT


@dataclass(frozen=True)
class CaseWorkbook:
    """A workbook of a settled case: its sheets, and what their rows are."""

    spec: WorkbookSpec
    rows: Callable[[Settled], Mapping[str, Iterator[Mapping[str, Any]]]]


WORKBOOKS = {
    "settlement": CaseWorkbook(SETTLEMENT, settlement_rows),
    "invoice_data": CaseWorkbook(INVOICE_DATA, invoice_rows),
}


def report_in_child(data: bytes) -> tuple[str, dict[str, Any]]:
    """A refusal, or the report."""
    try:
        return "", report_of(_settled(data))
    except UnusableCase as error:
        return str(error), {}


def rows_in_child(data: bytes, name: str) -> tuple[str, tuple[str, dict[str, list[dict[str, Any]]]]]:
    """A refusal, or the zone of the case and the rows of each sheet."""
    try:
        settled = _settled(data)
    except UnusableCase as error:
        return str(error), ("", {})
    sheets = WORKBOOKS[name].rows(settled)
    return "", (settled.case.zone.key, {sheet: [dict(row) for row in rows] for sheet, rows in sheets.items()})


def _settled(data: bytes) -> Settled:
    return settle(case_of(*unpacked(data)))
