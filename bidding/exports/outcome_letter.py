"""The outcome as a letter to the bidder, in PDF."""

from typing import BinaryIO

from reportlab.platypus import Flowable, Table

from accounts.models import Organisation
from bidding.domain.results.outcomes import Outcome, OutcomeLine
from bidding.models import Bid
from marketplace.pdf import space, table, text, write_pdf
from marketplace.units import PER, power_unit
from marketplace.web.templatetags.marketplace import megawatts, moment, money

HEADS = ("Service window", "Capacity", "Price", "Place", "Reason")
WIDTHS = (44, 20, 30, 40, 40)


def write_letter(outcome: Outcome, to: Organisation, target: BinaryIO) -> None:
    """Write the letter of a confirmed competition's operator to the company ``to``."""
    competition = outcome.competition
    title, author = f"Outcome of {competition.ref}", competition.operator.name
    write_pdf(_story(outcome, to), target, title=title, author=author)


def _story(outcome: Outcome, to: Organisation) -> list[Flowable]:
    competition, operator = outcome.competition, outcome.competition.operator
    contact = competition.contact_email or operator.contact_email
    story: list[Flowable] = [
        text(operator.name, "name"),
        text(f"{to.name}\n{to.registered_address}".strip(), "small"),
        space(6),
        text(moment(competition.confirmed_at, operator.zone), "small"),
        text(f"Outcome of {competition.ref}: {competition.name}", "title"),
        text(summary(outcome), "body"),
    ]
    for heading, lines in (("Accepted bids", outcome.accepted), ("Rejected bids", outcome.rejected)):
        if lines:
            story += [text(heading, "heading"), _table(lines, outcome)]
    story += [
        space(6),
        text(
            "The place is that of the bid among all bids for its service window, the cheapest per MW first. "
            "Each accepted bid is a contractual obligation, which you find with its terms under Contracts.",
            "small",
        ),
        text(f"Questions about this outcome: {contact}", "small"),
    ]
    return story


def summary(outcome: Outcome) -> str:
    """The outcome in a sentence or two."""
    competition = outcome.competition
    accepted, total = len(outcome.accepted), len(outcome.lines)
    if not accepted:
        none = "Your bid was not accepted." if total == 1 else f"None of your {total} bids was accepted."
        return f"{none} Why stands below."
    power = str(megawatts(outcome.accepted_mw, competition.power_type))
    cost = money(outcome.accepted_cost, competition.operator.currency)
    which = (
        "Your bid was"
        if total == 1
        else f"{accepted} of your {total} bids {'was' if accepted == 1 else 'were'}"
    )
    return f"{which} accepted: {power} summed over windows, at an expected cost of {cost}."


def _table(lines: tuple[OutcomeLine, ...], outcome: Outcome) -> Table:
    currency, power = outcome.competition.operator.currency, outcome.competition.power_type
    rows = [
        (
            f"{line.bid.window.period.name}\n{line.bid.window.name}",
            str(megawatts(line.bid.capacity_mw, power)),
            prices(line.bid, currency),
            place(line, outcome),
            reason(line.bid) or "Accepted",
        )
        for line in lines
    ]
    return table(HEADS, rows, WIDTHS)


def place(line: OutcomeLine, outcome: Outcome) -> str:
    """The place in the merit order, the bid's cost per MW, and that of the dearest bid that was accepted."""
    currency, unit = outcome.competition.operator.currency, power_unit(outcome.competition.power_type)
    told = [line.place_text, f"{money(line.per_mw, currency)} per {unit}"]
    if line.dearest_per_mw is not None:
        told.append(f"dearest accepted {money(line.dearest_per_mw, currency)}")
    return "\n".join(told)


def prices(bid: Bid, currency: str) -> str:
    """The bid's prices, a line each."""
    return "\n".join(
        f"{money(getattr(bid, name), currency)} {per}"
        for name, per in PER.items()
        if getattr(bid, name) is not None
    )


def reason(bid: Bid) -> str:
    """Why the bid was rejected; empty for an accepted one."""
    if not bid.rejection_reason:
        return ""
    comment = f": {bid.rejection_comment}" if bid.rejection_comment else ""
    return f"{bid.get_rejection_reason_display()}{comment}"
