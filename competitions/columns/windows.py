"""The sheet Service Windows: what is needed at which hours of which days."""

from decimal import Decimal

from competitions.columns.field import Field, labels, ref
from competitions.enums import HolidayRuleChoice
from marketplace.workbooks.choices import Choice, Days
from marketplace.workbooks.kinds import Number, Text, Whole
from marketplace.workbooks.moments import Date, Duration, Time


def megawatts(*, minimum: int | None = None, above: int | None = None) -> Number:
    return Number(minimum=minimum, above=above, maximum=99_999_999, places=6)


WINDOW: tuple[Field, ...] = (
    ref("A ref in this file or of an existing competition."),
    Field(
        "Service Period Name",
        "period",
        Text(60, is_key=True),
        required=True,
        rule="Rows with the same name carry the same dates.",
        example="January",
        meaning="The service period's name, unique in its competition.",
        stored="period.name",
    ),
    Field(
        "Period Start Date",
        "first_day",
        Date(),
        required=True,
        example="01/01/2026",
        meaning="The period's first day, in the operator's time zone.",
        published_example="2026-01-01",
        stored="period.first_day",
    ),
    Field(
        "Period End Date",
        "last_day",
        Date(),
        required=True,
        rule="Inclusive, not before the start.",
        example="31/01/2026",
        meaning="The period's last day, inclusive.",
        published_example="2026-01-31",
        stored="period.last_day",
    ),
    Field(
        "Service Window Name",
        "name",
        Text(60, is_key=True),
        required=True,
        rule="Unique in its period.",
        example="Evening",
        meaning="The window's name, unique in its period.",
    ),
    Field(
        "Service Days",
        "weekdays",
        Days(),
        required=True,
        example="Monday, Tuesday, Wednesday",
        meaning="The weekdays of service.",
    ),
    Field(
        "Start Time",
        "start",
        Time(),
        required=True,
        example="16:30",
        meaning="Local time at which service begins.",
    ),
    Field(
        "End Time",
        "end",
        Time(end=True),
        required=True,
        rule="Not after the start: runs past midnight. 00:00 to 00:00 is the whole day.",
        example="20:00",
        meaning="Local time at which it ends; not after the start: runs past midnight.",
    ),
    Field(
        "Public Holidays",
        "public_holidays",
        Choice(labels(HolidayRuleChoice)),
        rule="Ignore (default): a day like any other. Exclude: no service. Include: service whatever the weekday.",
        meaning="Ignore: a day like any other. Exclude: no service. Include: service whatever the weekday.",
        published_example="Exclude",
        default=HolidayRuleChoice.IGNORE.value,
        wording="public holidays: {}",
    ),
    Field(
        "Capacity Required (MW)",
        "capacity_required_mw",
        megawatts(above=0),
        required=True,
        example="1.366",
        meaning="What the operator needs in the window.",
        wording="{} {unit}",
    ),
    Field(
        "Minimum Aggregate Size (MW)",
        "minimum_aggregate_mw",
        megawatts(minimum=0),
        rule="At most the capacity required; default 0.",
        example="0.1",
        meaning="The least that one bid may offer.",
        default=Decimal(0),
        wording="at least {} {unit}",
    ),
    Field(
        "Minimum Run Time",
        "minimum_run_time",
        Duration(),
        meaning="How long a bidder must at least be able to run; blank: any.",
        published_example="01:00:00",
        wording="run time {}",
    ),
    Field(
        "Required Response Time",
        "required_response_time",
        Duration(),
        meaning="How fast a bidder should respond; blank: not said.",
        published_example="00:15:00",
        wording="response {}",
    ),
    Field(
        "Dispatch Estimate",
        "dispatch_estimate",
        Whole(minimum=0, maximum=2_000_000_000),
        rule="Dispatches expected in the period.",
        meaning="Dispatches expected in the period; blank: not estimated.",
        published_example="12",
        wording="dispatches {}",
    ),
    Field(
        "Dispatch Duration",
        "dispatch_duration",
        Duration(),
        rule="Of each dispatch.",
        meaning="How long each dispatch is expected to last.",
        published_example="01:30:00",
        wording="of each {}",
    ),
)
