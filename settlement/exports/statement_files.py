"""Files of statements: a version as workbook and PDF, and a run with what it came to."""

from collections.abc import Iterator, Sequence
from typing import Any, BinaryIO
from uuid import UUID

from accounts.models import Member
from marketplace.dates import month_code, named_month
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.notifications.addresses import site_host
from marketplace.workbooks.write import write_bulk
from settlement.domain.flex_settlement import flex_settlement
from settlement.domain.issuing import Outcome
from settlement.domain.results import unpacked
from settlement.domain.runs import run_statements, runnable
from settlement.domain.statement_queries import counts, of_pair_and_month, versions_of
from settlement.exports.statement_rows import statement_rows
from settlement.exports.uftp import write_uftp
from settlement.models import StatementVersion
from settlement.workbooks.specs import RUN, STATEMENT_FILE


def write_statement(context: JobContext[Member], target: BinaryIO) -> str:
    """The workbook of the version whose id is ``params["version"]``; gives the file's name."""
    version = _version(context)
    zone = version.statement.contract.buyer.zone
    write_bulk(STATEMENT_FILE, statement_rows(version, unpacked(version.result)), target, zone=zone)
    return f"{_name(version)}.xlsx"


def write_statement_pdf(context: JobContext[Member], target: BinaryIO) -> str:
    """The same for reading and filing, in PDF."""
    # Loaded by the first that is written, not at each start.
    from settlement.exports.statement_pdf import write_statement_letter

    version = _version(context)
    write_statement_letter(version, target)
    return f"{_name(version)}.pdf"


def write_statement_uftp(context: JobContext[Member], target: BinaryIO) -> str:
    """The message FlexSettlement on all statements of the provider and month of that version, by the newest of each."""
    statement = _version(context).statement
    statements = of_pair_and_month(context.member, statement)
    versions = (
        StatementVersion.objects.filter(counts(), statement__in=statements.order_by())
        .order_by("number")
        .prefetch_related("lines")
    )
    message = flex_settlement(statements, versions)
    write_uftp(message, target, site_host())
    return f"uftp_{message.buyer_code}_{message.seller_code}_{month_code(statement.month)}.xml"


def write_run(context: JobContext[Member], target: BinaryIO) -> str:
    """Run statements of a month: of one contract, of a round, or of all; gives the name of the file on what came of it."""
    try:
        month = named_month(str(context.params.get("month", "")))
    except ValueError:
        raise Refused("Name the month, such as 2026-06.") from None
    contracts = runnable(context.member, month)
    if contract := context.params.get("contract"):
        contracts = contracts.filter(pk=_id(contract))
    if name := context.params.get("round"):
        contracts = contracts.filter(competition__round_name=str(name))
    outcomes = run_statements(
        by=context.member, contracts=contracts, month=month, now=context.now, report=context.progress
    )
    rows = {"Run": _runs(outcomes), "Differences": _differences(outcomes)}
    write_bulk(RUN, rows, target, zone=context.member.organisation.zone)
    return f"statement_run_{month_code(month)}.xlsx"


def _version(context: JobContext[Member]) -> StatementVersion:
    found = versions_of(context.member).filter(pk=_id(context.params.get("version"))).first()
    if found is None:
        raise Refused("There is no such statement of your company.")
    return found


def _id(told: Any) -> UUID:
    try:
        return UUID(str(told))
    except ValueError:
        raise Refused("Name the statement or contract by its ID.") from None


def _name(version: StatementVersion) -> str:
    statement = version.statement
    ref = statement.contract.competition.ref
    return f"statement_{ref}_{month_code(statement.month)}_{str(statement.pk)[:8]}_v{version.number}"


def _runs(outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    for each in outcomes:
        row = {
            "contract": str(each.contract.pk),
            "competition": each.contract.competition.ref,
            "window": each.contract.window_name,
            "seller": each.contract.seller.name,
            "month": month_code(each.month),
            "result": each.came.value,
            "before": each.before,
            "total": each.before,
        }
        if not each.versions:
            yield row
        for made in each.versions:
            yield row | {
                "month": month_code(made.statement.month),
                "version": made.number,
                "total": made.total,
            }


def _differences(outcomes: Sequence[Outcome]) -> Iterator[dict[str, Any]]:
    for each in outcomes:
        for made in each.versions:
            for told in made.differences:
                yield {"contract": str(each.contract.pk), "version": made.number, **told}
