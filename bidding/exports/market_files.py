"""The files of market data that are about bids, as they are made for everybody."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, BinaryIO

from bidding.domain.queries import historic_bids
from bidding.domain.results.bidder_disclosure import PublishedBid, published_bids
from bidding.exports.downloads import result_row
from bidding.models import NamingRule
from bidding.workbooks.specs import HISTORIC_BIDS, SHEET
from marketplace.jobs.public_kinds import PublicKind
from marketplace.workbooks.write import write_bulk
from marketplace.workbooks.write import write_csv as csv_of_sheet

GROUP = "Historic bids"


def row_of(told: PublishedBid) -> dict[str, Any]:
    """A published bid by the columns of the historic bids."""
    row = result_row(told.bid) | {"decided_at": told.decided_at}
    if told.provider is None:
        row |= {"provider": None, "provider_id": None}
    return row


def state(now: datetime) -> str:
    """Which competitions with bids are confirmed, under which rules on names, and who is named."""
    bids = historic_bids(now).order_by()
    competitions = bids.order_by("ballot__competition").values_list(
        "ballot__competition", "ballot__competition__confirmed_at", "ballot__competition__changed_at"
    )
    names = bids.order_by("ballot__provider").values_list("ballot__provider", "ballot__provider__name")
    rules = NamingRule.objects.order_by("pk").values_list("pk", flat=True)
    return "\n".join(str(each) for each in (*competitions.distinct(), *names.distinct(), *rules))


def _counted(rows: Iterator[PublishedBid], count: list[int]) -> Iterator[dict[str, Any]]:
    for told in rows:
        count[0] += 1
        yield row_of(told)


def write_xlsx(target: BinaryIO, now: datetime) -> int:
    """The historic bids as a workbook; how many there are."""
    count = [0]
    write_bulk(HISTORIC_BIDS, {SHEET: _counted(published_bids(now), count)}, target)
    return count[0]


def write_csv(target: BinaryIO, now: datetime) -> int:
    """The same as CSV."""
    count = [0]
    csv_of_sheet(HISTORIC_BIDS.sheet(SHEET), _counted(published_bids(now), count), target)
    return count[0]


def public_kinds() -> Iterator[PublicKind]:
    """The files, each with how it is made."""
    about = "Every bid, accepted and rejected, of competitions whose results are confirmed."
    writers: dict[str, Callable[[BinaryIO, datetime], int]] = {"xlsx": write_xlsx, "csv": write_csv}
    for form, write in writers.items():
        yield PublicKind(f"historic-bids.{form}", GROUP, about, write, state, GROUP)
