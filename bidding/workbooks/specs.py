"""The workbooks of bidding, declared: bids, decisions, results and history.

Column keys are the code's names for what a cell holds.
"""

from dataclasses import replace

from bidding.enums import Decision, RejectionReason
from bidding.models import Bid
from marketplace.workbooks.choices import Choice, Days, TextList
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Number, Text, Whole
from marketplace.workbooks.moments import Date, DateTime, Duration, Time

SHEET, ASSET_SHEET = "Bids", "Ballot Assets"
MOST_IN_A_CELL = 50
"""Assets of a ballot that the download writes into its cell; more stand in the sheet of assets."""

_PRICE_RULE = (
    "Needed where the competition's type asks for it, blank otherwise; at least 0, up to 2 decimals."
)


def _prices(*, information: bool) -> tuple[Column, ...]:
    rule = "" if information else _PRICE_RULE
    return (
        Column(
            "Availability Price (£/MW/h)",
            "availability_price",
            Number(),
            rule=rule,
            example="12.50",
            information=information,
        ),
        Column(
            "Utilisation Price (£/MWh)",
            "utilisation_price",
            Number(),
            rule=rule,
            example="250.00",
            information=information,
        ),
        Column(
            "Service Fee (£/MW)",
            "service_fee",
            Number(),
            rule=rule,
            example="900.00",
            information=information,
        ),
    )


BIDS = WorkbookSpec(
    name="bids",
    title="Bids",
    purpose="Offer capacity in the service windows of competitions that you have entered.",
    how_to=(
        "Each row is a bid for one service window. Fill in capacity, run time and prices; rows without a capacity are "
        "skipped.",
        "Rows with the same competition and ballot form a ballot, which is taken or refused whole. Two rows for the "
        "same window are a split bid.",
        "A ballot in the file replaces your ballot of that label; ballots that are not in the file stay. To take a "
        "ballot back, withdraw it on the page.",
        f"The assets of a ballot of more than {MOST_IN_A_CELL} stand in the sheet {ASSET_SHEET}, one in a row. Where "
        "neither that sheet nor the cell Assets names any, the ballot keeps the assets that it has.",
        "The file counts once you apply it, and only if that is before bidding closes.",
    ),
    sheets=(
        Sheet(
            SHEET,
            (
                Column(
                    "Competition Ref",
                    "ref",
                    Text(40),
                    required=True,
                    rule="A competition that you have entered.",
                    example="SPEN_26_001",
                ),
                Column(
                    "Ballot",
                    "ballot",
                    Text(20, is_key=True),
                    rule="Your own label, up to 20 characters; blank is 1.",
                    example="1",
                ),
                Column("Service Period Name", "period", Text(60), required=True, example="Winter 2026"),
                Column("Service Window Name", "window", Text(60), required=True, example="Weekday evening"),
                Column(
                    "Capacity (MW)",
                    "capacity",
                    Number(),
                    required=True,
                    may_be_blank=True,
                    rule="What you offer, above 0 with up to 6 decimals; a row without it is skipped.",
                    example="2.5",
                ),
                Column(
                    "Maximum Run Time",
                    "run_time",
                    Duration(),
                    required=True,
                    may_be_blank=True,
                    rule="Needed in a row with a capacity: a duration such as 02:00:00.",
                    example="02:00:00",
                ),
                *_prices(information=False),
                Column(
                    "Assets",
                    "assets",
                    TextList(repeats=True),  # of the parts of refs that hold commas themselves
                    rule="Asset refs and groups (group:REF) with commas between, or all: those that are in no other "
                    "ballot. The same on every row of a ballot. Blank: a ballot that stands keeps its assets, a new "
                    "one takes all.",
                    example="BAT-01, BAT-02, group:FLEET-NORTH",
                ),
                Column("Competition Name", "competition_name", Text(), information=True),
                Column("Bidding Close", "bidding_close", DateTime(), information=True),
                Column("Period Start Date", "first_day", Date(), information=True),
                Column("Period End Date", "last_day", Date(), information=True),
                Column("Service Days", "weekdays", Days(), information=True),
                Column("Start Time", "start", Time(), information=True),
                Column("End Time", "end", Time(end=True), information=True),
                Column("Available Hours", "available_hours", Number(), information=True),
                Column("Capacity Required (MW)", "required_mw", Number(), information=True),
                Column("Qualified Capacity (MW)", "qualified_mw", Number(), information=True),
                Column(
                    "Guide Availability Price (£/MW/h)",
                    "guide_availability_price",
                    Number(),
                    information=True,
                ),
                Column(
                    "Guide Utilisation Price (£/MWh)", "guide_utilisation_price", Number(), information=True
                ),
                Column("Guide Service Fee (£/MW)", "guide_service_fee", Number(), information=True),
                Column("Dispatch Estimate", "dispatch_estimate", Whole(), information=True),
                Column("Dispatch Duration", "dispatch_duration", Duration(), information=True),
                Column("Expected Revenue (£)", "revenue", Number(), information=True),
            ),
        ),
        Sheet(
            ASSET_SHEET,
            (
                Column("Competition Ref", "ref", Text(40), required=True, rule="As in the sheet Bids."),
                Column("Ballot", "ballot", Text(20, is_key=True), rule="As in the sheet Bids; blank is 1."),
                Column(
                    "Asset Ref",
                    "asset",
                    Text(64),
                    required=True,
                    rule="One asset of the ballot, whose cell Assets stays blank then.",
                    example="BAT-01",
                ),
            ),
            required=False,
        ),
    ),
)

DECISION_LABELS = {Decision.ACCEPTED.label: Decision.ACCEPTED, Decision.REJECTED.label: Decision.REJECTED}
REASON_LABELS = {reason.label: reason for reason in RejectionReason}

_ABOUT_THE_BID = (
    Column("Competition ID", "competition_id", Text(), information=True),
    Column("Competition Ref", "ref", Text(), information=True),
    Column("Competition Name", "competition_name", Text(), information=True),
    Column("DPS Reference", "dps", Text(), information=True),
    Column("FSP ID", "provider_id", Text(), information=True),
    Column("FSP Name", "provider", Text(), information=True),
    Column("Service Period Name", "period", Text(), information=True),
    Column("Service Window Name", "window", Text(), information=True),
    Column("Capacity Required (MW)", "required_mw", Number(), information=True),
    Column("Offered Capacity (MW)", "capacity", Number(), information=True),
    Column("Maximum Run Time", "run_time", Duration(), information=True),
    *_prices(information=True),
    Column("Available Hours", "available_hours", Number(), information=True),
)
_BALLOT = Column("Ballot ID", "ballot_id", Text(), information=True)
_BID = Column("Bid ID", "bid_id", Text(300), required=True, rule="As in the file that you downloaded.")
_COST = Column("Expected Cost (£)", "cost", Number(), information=True)
_DECISION = (
    Column("Decision", "decision", Choice(DECISION_LABELS), rule="Accept, Reject, or blank for undecided."),
    Column(
        "Rejection Reason",
        "reason",
        Choice(REASON_LABELS),
        rule=f"Needed with Reject. One of: {' · '.join(REASON_LABELS)}.",
    ),
    Column(
        "Rejection Comment", "comment", Text(1000, multiline=True), rule="Told to the bidder with the reason."
    ),
)
_WHEN = (
    Column("Decided At", "decided_at", DateTime(), information=True),
    Column("Confirmed At", "confirmed_at", DateTime(), information=True),
)

DECISIONS = WorkbookSpec(
    name="decisions",
    title="Unconfirmed bids",
    purpose="See every bid whose results are not confirmed yet, and decide on it.",
    how_to=(
        "Fill in Decision, and for a rejection its reason and, if you like, a comment. Upload reads these three and "
        "the Bid ID; the other columns are information.",
        "The decisions on a competition's bids are taken or refused together. A blank Decision makes a bid undecided "
        "again; bids that are not in the file stay as they are.",
    ),
    sheets=(
        Sheet(
            SHEET,
            (
                _BALLOT,
                _BID,
                *_ABOUT_THE_BID,
                _COST,
                Column(
                    "Recommendation",
                    "recommendation",
                    Choice(DECISION_LABELS),
                    rule="The cheapest set of whole bids that covers what is required, within the maximum budget. "
                    "Advice only.",
                    information=True,
                ),
                *_DECISION,
            ),
        ),
    ),
)

_RESULT_COLUMNS = (_BALLOT, _BID, *_ABOUT_THE_BID, _COST, *_DECISION, *_WHEN)
RESULTS = WorkbookSpec(
    name="results",
    title="Competition results",
    purpose="Every bid in your competitions whose results are confirmed, and its result.",
    how_to="For reading; it can't be uploaded.",
    sheets=(Sheet(SHEET, _RESULT_COLUMNS),),
)
HISTORY = WorkbookSpec(
    name="history",
    title="Bidding history",
    purpose="All your own bids, with the result where it is confirmed.",
    how_to="For reading; it can't be uploaded.",
    sheets=(Sheet(SHEET, _RESULT_COLUMNS),),
)
_NOT_PUBLIC = {"ballot_id", "comment", "cost"}
_PUBLIC_MEANINGS = {
    "bid_id": (
        "The bid's ID: random, it tells neither order nor bidder.",
        "0b9f3c0e-7d54-4f0e-9a35-0d3f6a2f8c11",
    ),
    "competition_id": ("The competition's ID.", "5c1d6f0a-91f2-4b1c-8f58-6a1e2c7b9d20"),
    "ref": ("The competition's reference, as in the files of competitions.", "MONK_2026_01"),
    "competition_name": ("The competition's name.", "Monktonhall January 2026"),
    "dps": ("The purchasing system whose approval a company needed; blank: none.", "flex_2025"),
    "provider_id": (
        "The bidder's ID; blank where the operator doesn't name companies.",
        "8a7de0c1-3c1f-4b0e-a1d6-52f0c4e7b933",
    ),
    "provider": (
        "The bidder's name; blank where the operator doesn't name companies.",
        "Northern Batteries Ltd",
    ),
    "period": ("The service period.", "January"),
    "window": ("The service window in it.", "Evening"),
    "required_mw": ("What the operator needed in the window.", "1.366"),
    "capacity": ("What the bid offered.", "0.5"),
    "run_time": ("How long the bidder can run at a time.", "02:00:00"),
    "availability_price": ("Offered price for each MW and hour available.", "12.5"),
    "utilisation_price": ("Offered price for each MWh dispatched.", "250"),
    "service_fee": ("Offered price for each MW for the whole period.", "900"),
    "available_hours": (
        "Hours of the window over its whole period, holidays counted as the window says.",
        "52.5",
    ),
    "decision": ("What the operator decided.", "Accept"),
    "reason": ("Why a bid was rejected.", "Price too high"),
    "decided_at": (
        "When the operator decided; without company names, when it took the competition's last decision.",
        "2026-02-03T10:15:00Z",
    ),
    "confirmed_at": ("When the results became final and public.", "2026-02-04T09:00:00Z"),
}


def _published(column: Column) -> Column:
    meaning, example = _PUBLIC_MEANINGS[column.key]
    return replace(column, meaning=meaning, example=example, rule=meaning, required=False, information=True)


HISTORIC_BIDS = WorkbookSpec(
    name="historic_bids",
    title="Historic bids",
    purpose="The bids, accepted and rejected, of all competitions whose results are confirmed. Companies are named where "
    "the operator said so before bidding opened.",
    how_to="For reading; it can't be uploaded. Instants are in UTC.",
    sheets=(
        Sheet(SHEET, tuple(_published(each) for each in _RESULT_COLUMNS if each.key not in _NOT_PUBLIC)),
    ),
)


def bid_name(bid: Bid) -> str:
    """How people name a bid: FSP code, competition ref, ballot, period and window, and the number of a later
    split."""
    ballot, window = bid.ballot, bid.window
    name = (
        f"{ballot.provider.code}/{ballot.competition.ref}/{ballot.label}/{window.period.name}/{window.name}"
    )
    return name if bid.split == 1 else f"{name}/{bid.split}"
