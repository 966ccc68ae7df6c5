"""The sheet Competition Boundaries: the parts that a boundary is made of."""

from competitions.columns.field import Field, labels, ref
from competitions.enums import BoundaryType
from marketplace.workbooks.choices import Choice
from marketplace.workbooks.kinds import Number, Text

BOUNDARY: tuple[Field, ...] = (
    ref("A ref in this file or of an existing competition."),
    Field(
        "Boundary Type",
        "kind",
        Choice(labels(BoundaryType)),
        required=True,
        example="Area",
        meaning="What the part is: an area of the operator, a postcode, a postcode sector or a box.",
    ),
    Field(
        "Value",
        "value",
        Text(80, is_key=True),
        rule="Area reference, postcode (EH21 8RE) or sector (EH21 8); blank for a Bounding Box.",
        example="MONKTONHALL",
        meaning="The area's reference, the postcode or the sector; blank for a box.",
    ),
    Field(
        "North",
        "north",
        Number(minimum=-90, maximum=90, places=15, rounded=True),
        rule="For a Bounding Box only: WGS84 degrees.",
        meaning="Of a box: its northern edge, WGS84 degrees.",
        published_example="55.96",
    ),
    Field(
        "South",
        "south",
        Number(minimum=-90, maximum=90, places=15, rounded=True),
        rule="Less than North.",
        meaning="Of a box: its southern edge, WGS84 degrees.",
        published_example="55.9",
    ),
    Field(
        "East",
        "east",
        Number(minimum=-180, maximum=180, places=15, rounded=True),
        rule="For a Bounding Box only: WGS84 degrees.",
        meaning="Of a box: its eastern edge, WGS84 degrees.",
        published_example="-3.01",
    ),
    Field(
        "West",
        "west",
        Number(minimum=-180, maximum=180, places=15, rounded=True),
        rule="Less than East.",
        meaning="Of a box: its western edge, WGS84 degrees.",
        published_example="-3.12",
    ),
)
