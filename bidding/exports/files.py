"""The uploads and generated files of bidding, as the jobs app knows them."""

from typing import BinaryIO

from accounts.models import Member
from bidding.domain.queries import get_confirmed
from bidding.domain.results.outcomes import outcome_for
from bidding.exports.downloads import write_bids, write_history, write_results, write_unconfirmed_bids
from bidding.exports.regulator import write_report
from competitions.domain.queries import operator_competitions
from competitions.models import Competition
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext


def bids(context: JobContext[Member], target: BinaryIO) -> str:
    """Every window that the company may bid in now, with its current bids."""
    write_bids(context.member, target, now=context.now, report=context.progress)
    return "bids.xlsx"


def unconfirmed_bids(context: JobContext[Member], target: BinaryIO) -> str:
    """The bids to decide, of all the operator's competitions or of the one whose ref is
    ``params["competition"]``."""
    write_unconfirmed_bids(context.member, target, _named(context), now=context.now, report=context.progress)
    return "unconfirmed_bids.xlsx"


def results(context: JobContext[Member], target: BinaryIO) -> str:
    """Confirmed results, of all the operator's competitions or of the one whose ref is
    ``params["competition"]``."""
    write_results(context.member, target, _named(context), now=context.now, report=context.progress)
    return "competition_results.xlsx"


def history(context: JobContext[Member], target: BinaryIO) -> str:
    """The company's own bids; to a member without the Bids role those whose results are confirmed."""
    write_history(context.member, target, context.progress)
    return "bidding_history.xlsx"


def outcome(context: JobContext[Member], target: BinaryIO) -> str:
    """The outcome letter of the confirmed competition whose id is ``params["competition"]``."""
    # Loaded by the first that is written, not at each start.
    from bidding.exports.outcome_letter import write_letter

    competition = get_confirmed(context.member, str(context.params.get("competition", "")), context.now)
    found = outcome_for(context.member, competition, context.now) if competition is not None else None
    if found is None:
        raise Refused("There is no outcome of this competition for your company.")
    write_letter(found, context.member.organisation, target)
    return f"outcome_{found.competition.ref}.pdf"


def regulator_report(context: JobContext[Member], target: BinaryIO) -> str:
    """The report of the financial year that begins in ``params["year"]``, as a workbook."""
    year = year_of(context)
    write_report(context.member, year, target, now=context.now)
    return f"regulator_report_{year}.xlsx"


def regulator_report_csv(context: JobContext[Member], target: BinaryIO) -> str:
    """The same as CSV."""
    year = year_of(context)
    write_report(context.member, year, target, now=context.now, as_csv=True)
    return f"regulator_report_{year}.csv"


def year_of(context: JobContext[Member]) -> int:
    """The financial year that a file of the regulator's report is asked for. Raises ``Refused`` for none."""
    text = str(context.params.get("year", ""))
    if not (text.isascii() and text.isdigit() and len(text) == 4 and int(text) > 1999):
        raise Refused("Choose the financial year by the year in which it begins, such as 2026.")
    return int(text)


def _named(context: JobContext[Member]) -> list[Competition] | None:
    named = context.params.get("competition")
    if not named:
        return None
    return list(operator_competitions(context.member).filter(ref__iexact=str(named)))
