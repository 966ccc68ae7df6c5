"""The demo's competitions: invented needs on groups of real areas, dated in days from today."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from rehearsal.demo.operator import DECLARED_REF, STRICT_REF


@dataclass(frozen=True)
class DemoWindow:
    """A service window of the demo; MW as text so that it stays exact."""

    name: str
    days: frozenset[int]
    start: str
    end: str
    required_mw: Decimal
    holidays: str = "ignore"
    dispatch_estimate: int | None = None
    dispatch_hours: int | None = None


@dataclass(frozen=True)
class DemoCompetition:
    """A competition of the demo. Dates are whole days from today; service starts ``service_in`` days from today, in
    ``periods`` of so many ``weeks``, one after the other."""

    ref: str
    name: str
    description: str
    areas: tuple[str, ...]
    publish: int
    qualification_open: int
    qualification_close: int
    bidding_open: int | None
    bidding_close: int | None
    service_in: int
    windows: tuple[DemoWindow, ...]
    weeks: int = 8
    periods: int = 1
    header: dict[str, Any] = field(default_factory=dict)
    entered_by: tuple[str, ...] = ()
    bid_by: tuple[str, ...] = ()
    decided: bool = False
    confirmed: bool = False
    sectors: tuple[str, ...] = ()
    postcodes: tuple[str, ...] = ()


WEEKDAYS = frozenset(range(5))
WEEKEND = frozenset({5, 6})
EVERY_DAY = frozenset(range(7))
ALL = ("HARBOUR", "FELLSIDE", "CINDER")
DPS_REFERENCE = "nrn-flex-2026"
RUNNING_REF = "NRN26_OUTAGE"
"""The competition whose service runs now."""
ACTIVE_DEFICIT = {"need_type": "pre_fault", "power_type": "active", "need_direction": "deficit"}


def evening(mw: str, **more: Any) -> DemoWindow:
    return DemoWindow(
        "Weekday evening peak", WEEKDAYS, "16:30", "19:30", Decimal(mw), holidays="exclude", **more
    )


COMPETITIONS = (
    DemoCompetition(
        ref=RUNNING_REF,
        name="Teesside autumn outages",
        description="While a transformer at North Tees is rebuilt, the others carry its load at any hour.",
        areas=("NORTH TEES T3 T4", "NORTH TEES T1 T2", "GRANGETOWN", "REDCAR"),
        publish=-90,
        qualification_open=-88,
        qualification_close=-70,
        bidding_open=-66,
        bidding_close=-50,
        service_in=-38,
        weeks=8,
        windows=(
            DemoWindow(
                "Any time", EVERY_DAY, "00:00", "00:00", Decimal("5"), dispatch_estimate=20, dispatch_hours=2
            ),
        ),
        header={
            **ACTIVE_DEFICIT,
            "need_type": "planned_maintenance",
            "competition_type": "availability_utilisation",
            "settlement_terms": DECLARED_REF,
        },
        entered_by=ALL,
        bid_by=ALL,
        decided=True,
        confirmed=True,
    ),
    DemoCompetition(
        ref="NRN26_TEES",
        name="Teesside winter peak",
        description="Two transformers at North Tees run above their firm rating on cold weekday evenings.",
        areas=(
            "NORTH TEES T3 T4",
            "NORTH TEES T1 T2",
            "GRANGETOWN",
            "REDCAR",
            "TEES INDUSTRIAL T1 T2",
            "GREATHAM",
        ),
        publish=-65,
        qualification_open=-60,
        qualification_close=-40,
        bidding_open=-35,
        bidding_close=-25,
        service_in=21,
        windows=(
            evening("12", dispatch_estimate=14, dispatch_hours=2),
            DemoWindow(
                "Saturday midday",
                frozenset({5}),
                "11:00",
                "14:00",
                Decimal("4"),
                dispatch_estimate=4,
                dispatch_hours=1,
            ),
        ),
        header={
            **ACTIVE_DEFICIT,
            "competition_type": "availability_utilisation",
            "maximum_budget": Decimal("400000"),
        },
        entered_by=ALL,
        bid_by=ALL,
        decided=True,
        confirmed=True,
    ),
    DemoCompetition(
        ref="NRN26_WEAR",
        name="Wear valley evening peak",
        description="Growth around Houghton and Birtley outpaces the reinforcement planned for 2028.",
        areas=("HOUGHTON", "USWORTH", "BIRTLEY GROVE 66/20KV", "BRANCEPETH", "SPENNYMOOR 66/20KV"),
        publish=-45,
        qualification_open=-40,
        qualification_close=-20,
        bidding_open=-15,
        bidding_close=-2,
        service_in=35,
        windows=(
            evening("8", dispatch_estimate=10, dispatch_hours=2),
            DemoWindow(
                "Winter nights",
                EVERY_DAY,
                "22:00",
                "02:00",
                Decimal("2.5"),
                dispatch_estimate=6,
                dispatch_hours=2,
            ),
        ),
        header={**ACTIVE_DEFICIT, "competition_type": "utilisation", "maximum_budget": Decimal("90000")},
        entered_by=ALL,
        bid_by=ALL,
    ),
    DemoCompetition(
        ref="NRN26_COAST",
        name="Durham coast wind excess",
        description="More wind than the lines can carry on mild weekends: turn generation down or demand up.",
        areas=("FISHBURN", "HAWTHORN PIT", "HARTMOOR 66/20KV", "PETERLEE INDUSTRIAL"),
        publish=-30,
        qualification_open=-25,
        qualification_close=-6,
        bidding_open=-3,
        bidding_close=7,
        service_in=45,
        windows=(DemoWindow("Weekend days", WEEKEND, "08:00", "18:00", Decimal("15"), holidays="include"),),
        header={
            "need_type": "planned_maintenance",
            "power_type": "active",
            "need_direction": "excess",
            "competition_type": "availability",
        },
        entered_by=ALL,
        bid_by=("HARBOUR", "FELLSIDE"),
    ),
    DemoCompetition(
        ref="NRN26_DARL",
        name="Darlington fixed price service",
        description="A fixed fee for each megawatt held ready through the spring.",
        areas=("SKERNESIDE", "DARLINGTON EAST", "DARLINGTON WEST", "RISE CARR", "HEIGHINGTON"),
        publish=-8,
        qualification_open=-5,
        qualification_close=9,
        bidding_open=12,
        bidding_close=22,
        service_in=60,
        windows=(evening("6"),),
        header={
            **ACTIVE_DEFICIT,
            "need_type": "reinforcement_deferral",
            "competition_type": "service_fee",
            "pricing_type": "fixed",
            "service_fee": Decimal("4200.00"),
            "area_buffer_km": Decimal("1.5"),
        },
        entered_by=("FELLSIDE",),
    ),
    DemoCompetition(
        ref="NRN26_DERWENT",
        name="Derwent response after a fault",
        description="Fast response for the ring between Consett and Blaydon; announced, qualification opens soon.",
        areas=("CONSETT", "ANNFIELD 66/20KV", "BLAYDON BURN", "TANFIELD"),
        publish=-1,
        qualification_open=10,
        qualification_close=24,
        bidding_open=28,
        bidding_close=38,
        service_in=75,
        windows=(DemoWindow("Any time", EVERY_DAY, "00:00", "00:00", Decimal("5")),),
        header={
            **ACTIVE_DEFICIT,
            "need_type": "post_fault",
            "settlement_terms": STRICT_REF,
            "competition_type": "availability_utilisation",
            "dps_reference": DPS_REFERENCE,
        },
    ),
    DemoCompetition(
        ref="NRN28_CLEVELAND",
        name="Cleveland outlook 2028",
        description="For visibility only: where we expect to need flexibility when the new load connects.",
        areas=("GUISBOROUGH T1 T2",),
        publish=-10,
        qualification_open=-8,
        qualification_close=40,
        bidding_open=None,
        bidding_close=None,
        service_in=500,
        windows=(evening("9"),),
        header=dict(ACTIVE_DEFICIT),
    ),
    DemoCompetition(
        ref="NRN28_BLYTH",
        name="Blyth and Cramlington outlook 2028",
        description="For visibility only: the postcodes behind a cable that new factories will fill.",
        areas=(),
        sectors=("NE24 1", "NE24 2", "NE24 3", "NE24 4", "NE24 5"),
        postcodes=("NE23 1JY",),
        publish=-6,
        qualification_open=-4,
        qualification_close=45,
        bidding_open=None,
        bidding_close=None,
        service_in=500,
        windows=(evening("3"),),
        header=dict(ACTIVE_DEFICIT),
    ),
)
