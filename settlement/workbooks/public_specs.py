"""The published sheets of dispatches and volumes; the headers of the first are those of the largest British operator."""

from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec
from marketplace.workbooks.kinds import Number, Text

_OF_AVAILABILITY = "Of an accepted availability; 0 in the row of a dispatch."
_OF_DISPATCH = "Of a dispatch; 0 in the row of an accepted availability."

PUBLIC_DISPATCHES = Sheet(
    "dispatches",
    (
        Column(
            "company_name",
            "company",
            Text(),
            meaning="The provider; blank where the operator's rule when bidding opened names none.",
            example="North Flex Ltd",
        ),
        Column(
            "fu_id",
            "unit",
            Text(),
            meaning="The contract that was called, by its ID; blank where no company is named.",
            example="6f1c2f5e-0000-4000-8000-000000000001",
        ),
        Column(
            "zone", "zone", Text(), meaning="The areas of the competition, else its ref.", example="Leith"
        ),
        Column(
            "product", "product", Text(), meaning="The competition's product type.", example="Peak Reduction"
        ),
        Column(
            "start_time_local",
            "start_local",
            Text(),
            meaning="When it begins, in the operator's time zone, ISO 8601 without offset.",
            example="2026-06-09T16:00:00",
        ),
        Column(
            "end_time_local",
            "end_local",
            Text(),
            meaning="When it ends, the same.",
            example="2026-06-09T20:00:00",
        ),
        Column(
            "availability_mw_req",
            "availability_mw",
            Number(),
            meaning=f"MW accepted. {_OF_AVAILABILITY}",
            example="0.6",
        ),
        Column(
            "utilisation_mw_req",
            "utilisation_mw",
            Number(),
            meaning=f"The highest MW asked for. {_OF_DISPATCH}",
            example="0.5",
        ),
        Column(
            "availability_price",
            "availability_price",
            Number(places=2),
            meaning=f"For a MW and hour, in the operator's currency. {_OF_AVAILABILITY}",
            example="10",
        ),
        Column(
            "utilisation_price",
            "utilisation_price",
            Number(places=2),
            meaning=f"For a MWh, in the operator's currency. {_OF_DISPATCH}",
            example="200",
        ),
        Column(
            "availability_mwh_req",
            "availability_mwh",
            Number(places=2),
            meaning=f"MW × hours. {_OF_AVAILABILITY}",
            example="2.4",
        ),
        Column(
            "utilisation_mwh_req",
            "utilisation_mwh",
            Number(places=2),
            meaning=f"MWh asked for, after amendments and stops. {_OF_DISPATCH}",
            example="0.5",
        ),
        Column(
            "technology",
            "technology",
            Text(),
            meaning="The asset type with the most relevant capacity among the contract's assets.",
            example="Battery",
        ),
        Column(
            "dispatch_type",
            "dispatch_type",
            Text(),
            meaning="demand_turn_down, demand_turn_up, generation_turn_up or generation_turn_down, by the need and what "
            "the assets have more of.",
            example="demand_turn_down",
        ),
        Column("hours_requested", "hours", Number(), meaning="From start to end, in hours.", example="4"),
        Column(
            "dispatch_method",
            "method",
            Text(),
            meaning="operational, scheduled or test; availability in the row of an accepted availability.",
            example="operational",
        ),
        Column(
            "start_time_utc",
            "start_utc",
            Text(),
            meaning="When it begins, in UTC.",
            example="2026-06-09T15:00:00Z",
        ),
        Column(
            "end_time_utc", "end_utc", Text(), meaning="When it ends, in UTC.", example="2026-06-09T19:00:00Z"
        ),
    ),
)
VOLUMES = Sheet(
    "volumes",
    (
        Column(
            "operator", "operator", Text(), meaning="The operator that buys.", example="Northern Networks"
        ),
        Column(
            "zone", "zone", Text(), meaning="The areas of the competitions, else their ref.", example="Leith"
        ),
        Column(
            "product", "product", Text(), meaning="The competitions' product type.", example="Peak Reduction"
        ),
        Column("month", "month", Text(), meaning="The month of service.", example="2026-06"),
        Column(
            "requested_mwh",
            "requested",
            Number(places=2),
            meaning="MWh that dispatches asked for, of statements that are final.",
            example="12.5",
        ),
        Column(
            "delivered_mwh", "delivered", Number(places=2), meaning="MWh delivered of that.", example="11.87"
        ),
        Column(
            "paid",
            "paid",
            Number(places=2),
            meaning="The totals of these statements: availability, utilisation, service fees, less penalties.",
            example="2374",
        ),
        Column("currency", "currency", Text(), meaning="Of what is paid.", example="GBP"),
    ),
)
DISPATCH_DATA = WorkbookSpec(
    name="dispatches",
    title="Dispatches",
    purpose="Accepted availability and dispatches, from a month after the month of service.",
    how_to="For reading: this file is not uploaded again.",
    sheets=(PUBLIC_DISPATCHES,),
)
VOLUME_DATA = WorkbookSpec(
    name="dispatch_volumes",
    title="Volumes",
    purpose="What was requested, delivered and paid by zone, product and month.",
    how_to="For reading: this file is not uploaded again.",
    sheets=(VOLUMES,),
)
_NOT_KNOWN = "“Not recorded” where neither the platform nor your settings know it."
REGULATOR_DISPATCHES = Sheet(
    "Dispatches",
    (
        Column("tender_reference", "tender_reference", Text(), rule="The competition's ref."),
        Column("incident_reference", "incident_reference", Text(), rule="As given with the dispatch."),
        Column("product", "product", Text()),
        Column("constraint_licence_area", "constraint_licence_area", Text(), rule=_NOT_KNOWN),
        Column("provider_licence_area", "provider_licence_area", Text(), rule=_NOT_KNOWN),
        Column(
            "incident_location_grid_supply_point",
            "incident_location_grid_supply_point",
            Text(),
            rule=_NOT_KNOWN,
        ),
        Column(
            "constraint_management_zone_name", "constraint_management_zone_name", Text(), rule="Its boundary."
        ),
        Column("constraint_trigger", "constraint_trigger", Text(), rule="The competition's need type."),
        Column("accepting_party", "accepting_party", Text(), rule="The provider."),
        Column("flexible_unit_reference", "flexible_unit_reference", Text(), rule="The contract's assets."),
        Column("main_technology", "main_technology", Text(), rule="The asset type with the most capacity."),
        Column(
            "maximum_connection_voltage", "maximum_connection_voltage", Text(), rule="kV, of these assets."
        ),
        Column("dispatch_capacity_mw", "dispatch_capacity_mw", Number(), rule="The highest MW asked for."),
        Column(
            "dispatch_volume_mwh",
            "dispatch_volume_mwh",
            Number(),
            rule="MWh asked for, after amendments and stops.",
        ),
    ),
)
REGULATOR_REPORT = WorkbookSpec(
    name="regulator_dispatches",
    title="Dispatches for the regulator",
    purpose="Every dispatch of a financial year, with the fields that GB licence condition 31E asks for.",
    how_to=(
        "A financial year has the dispatches that began from 1 April to 31 March, voids and cancelled ones left out.",
        "“Not recorded” marks what neither the platform nor your settings know: fill it in before you send the report.",
    ),
    sheets=(REGULATOR_DISPATCHES,),
)
