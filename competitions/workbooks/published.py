"""What everybody may read of competitions: the sheets of the competition file without budgets, each column explained."""

from dataclasses import replace

from competitions.workbooks.specs import BOUNDARIES, COMPETITIONS, WINDOWS
from marketplace.workbooks import Column, Sheet, WorkbookSpec

NOT_PUBLIC = frozenset({"minimum_budget", "maximum_budget"})
"""What an operator is willing to spend is told to nobody."""

REF = ("The competition's reference, unique on the platform for ever; the same in all files.", "MONK_2026_01")
_COMPETITIONS = {
    "ref": REF,
    "name": ("The competition's name.", "Monktonhall January 2026"),
    "round_name": ("The round that it belongs to, if any.", "Winter 2026"),
    "need_type": ("Why the operator needs flexibility.", "Pre Fault"),
    "product_type": ("The product as the operator calls it; blank: not said.", "Scheduled Utilisation"),
    "power_type": ("Active power (MW), or reactive power (then every MW in these files is MVAr).", "Active Power"),
    "need_direction": ("Deficit: turn generation up or demand down. Excess: the reverse.", "Deficit"),
    "competition_type": ("Which prices a bid carries; blank: visibility only, nobody bids.", "Utilisation"),
    "pricing_type": ("Auction: bidders name prices. Fixed: the operator does.", "Auction"),
    "availability_price": ("With Auction a guide, with Fixed the price: for each MW and hour available.", "12.5"),
    "utilisation_price": ("With Auction a guide, with Fixed the price: for each MWh dispatched.", "250"),
    "service_fee": ("With Auction a guide, with Fixed the price: for each MW, for the whole period.", "900"),
    "publish_on": ("When the competition became public.", "2025-12-01T09:00:00Z"),
    "qualification_open": ("From when companies may enter.", "2026-01-05T12:00:00Z"),
    "qualification_close": (
        "Until when companies may enter; assets are judged as at this instant.",
        "2026-01-19T17:00:00Z",
    ),
    "bidding_open": ("From when bids are taken.", "2026-01-26T12:00:00Z"),
    "bidding_close": ("Until when bids are taken; a bid at this instant is late.", "2026-02-02T17:00:00Z"),
    "archive_on": ("When the competition leaves the lists, if that is set.", "2026-05-31T23:00:00Z"),
    "area_buffer_km": ("How far outside its boundary an asset may lie.", "0.5"),
    "minimum_voltage_kv": ("The lowest connection voltage that qualifies; blank: any.", "0.4"),
    "maximum_voltage_kv": ("The highest connection voltage that qualifies; blank: any.", "33"),
    "dps_reference": ("The purchasing system whose approval a company needs; blank: none.", "flex_2025"),
    "asset_statuses": ("Statuses of assets that qualify.", "Operational, In Development"),
    "asset_categories": ("Categories of assets that qualify.", "Storage, Generation"),
    "meter_id_required": ("Whether an asset needs a meter ID.", "No"),
    "meter_id_in_zone": ("Whether its meter ID must be on the operator's list of the area.", "No"),
    "maximum_response_time": ("The slowest response that qualifies; blank: any.", "00:30:00"),
    "maximum_ramping_period": ("The longest ramp that qualifies; blank: any.", "00:10:00"),
    "maximum_recovery_time": ("The longest recovery that qualifies; blank: any.", "02:00:00"),
    "minimum_run_time": ("The shortest run time of an asset that qualifies; blank: any.", "01:00:00"),
    "duplicate_overrides_of": (
        "Earlier competitions of the operator whose decisions on assets were carried over.",
        "MONK_2025_01",
    ),
    "contact_email": ("Whom to ask; blank: the operator's own address.", "flexibility@operator.example"),
    "documents_url": ("Where the operator's documents are.", "https://operator.example/flexibility"),
    "description": ("The operator's own words.", "Peaks of winter evenings at Monktonhall."),
}
_BOUNDARIES = {
    "ref": REF,
    "kind": ("What the part is: an area of the operator, a postcode, a postcode sector or a box.", "Area"),
    "value": ("The area's reference, the postcode or the sector; blank for a box.", "MONKTONHALL"),
    "north": ("Of a box: its northern edge, WGS84 degrees.", "55.96"),
    "south": ("Of a box: its southern edge, WGS84 degrees.", "55.9"),
    "east": ("Of a box: its eastern edge, WGS84 degrees.", "-3.01"),
    "west": ("Of a box: its western edge, WGS84 degrees.", "-3.12"),
}
_WINDOWS = {
    "ref": REF,
    "period": ("The service period's name, unique in its competition.", "January"),
    "first_day": ("The period's first day, in the operator's time zone.", "2026-01-01"),
    "last_day": ("The period's last day, inclusive.", "2026-01-31"),
    "name": ("The window's name, unique in its period.", "Evening"),
    "weekdays": ("The weekdays of service.", "Monday, Tuesday, Wednesday"),
    "start": ("Local time at which service begins.", "16:30"),
    "end": ("Local time at which it ends; not after the start: runs past midnight.", "20:00"),
    "public_holidays": (
        "Ignore: a day like any other. Exclude: no service. Include: service whatever the weekday.",
        "Exclude",
    ),
    "capacity_required_mw": ("What the operator needs in the window.", "1.366"),
    "minimum_aggregate_mw": ("The least that one bid may offer.", "0.1"),
    "minimum_run_time": ("How long a bidder must at least be able to run; blank: any.", "01:00:00"),
    "required_response_time": ("How fast a bidder should respond; blank: not said.", "00:15:00"),
    "dispatch_estimate": ("Dispatches expected in the period; blank: not estimated.", "12"),
    "dispatch_duration": ("How long each dispatch is expected to last.", "01:30:00"),
}


def _explained(sheet: Sheet, meanings: dict[str, tuple[str, str]]) -> Sheet:
    return Sheet(sheet.name, tuple(_column(each, meanings) for each in sheet.columns if each.key not in NOT_PUBLIC))


def _column(column: Column, meanings: dict[str, tuple[str, str]]) -> Column:
    meaning, example = meanings[column.key]
    return replace(column, meaning=meaning, example=example, rule=meaning, required=False, information=True)


SHEETS = (
    _explained(COMPETITIONS, _COMPETITIONS),
    _explained(BOUNDARIES, _BOUNDARIES),
    _explained(WINDOWS, _WINDOWS),
)
HISTORIC_COMPETITIONS = WorkbookSpec(
    name="historic_competitions",
    title="Historic competitions",
    purpose="Competitions that were published and are over: what was needed, where, when and on which terms.",
    how_to="For reading; it can't be uploaded. Instants are in UTC.",
    sheets=SHEETS,
)
LIVE_COMPETITIONS = WorkbookSpec(
    name="live_competitions",
    title="Live competitions",
    purpose="Competitions that are published and not over: what is needed, where, when and on which terms.",
    how_to="For reading; it can't be uploaded. Instants are in UTC.",
    sheets=SHEETS,
)
