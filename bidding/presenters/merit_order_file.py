"""The merit order as CSV."""

import csv
import io
from collections.abc import Iterable

from bidding.presenters.decisions import BidRow
from marketplace.numbers import exact_text
from marketplace.units import currency_sign
from marketplace.workbooks.write import EVALUATED


def merit_order_csv(rows: Iterable[BidRow], currency: str) -> str:
    """One line for each bid, windows in the order of the calendar, in each the cheapest per MW first."""
    sign = currency_sign(currency).strip()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        [
            "Service Period Name",
            "Service Window Name",
            "Place",
            "FSP Name",
            "Ballot",
            "Offered Capacity (MW)",
            f"Cost per MW ({sign})",
            f"Expected Cost ({sign})",
            "Recommendation",
            "Decision",
        ]
    )
    window, place = None, 0
    for row in rows:
        place = place + 1 if row.bid.window_id == window else 1
        window = row.bid.window_id
        writer.writerow(
            [
                _plain(row.bid.window.period.name),
                _plain(row.bid.window.name),
                place,
                _plain(row.bid.ballot.provider.name),
                _plain(row.bid.ballot.label),
                exact_text(row.bid.capacity_mw),
                f"{row.cost_per_mw:.2f}",
                f"{row.cost:.2f}",
                "Accept" if row.is_recommended else "Reject",
                row.decided,
            ]
        )
    return text.getvalue()


def _plain(text: str) -> str:
    """Text that a spreadsheet takes for a formula gets an apostrophe before it."""
    return f"'{text}" if text.startswith(EVALUATED) else text
