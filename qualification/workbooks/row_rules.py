"""The rules of one row of the assets file that look at several cells, or at what is stored."""

from datetime import timedelta
from typing import Any

import pyproj

from competitions.enums import AssetCategory, AssetStatus
from marketplace.keys import key_form, tidy_key
from marketplace.numbers import exact_text
from marketplace.postcodes import postcode_of
from marketplace.workbooks.declare import Problem, Row
from qualification.domain.assets.statuses import HELD, NO_DATE
from qualification.domain.facts.data import FIELDS
from qualification.enums import CapacityType
from qualification.models import Asset, AssetGroup, AssetType, PlannedAsset
from qualification.workbooks.drafts import Known

MOVED_METRES = 100
EARTH = pyproj.Geod(ellps="WGS84")
TEXTS = frozenset(name for name in FIELDS if Asset._meta.get_field(name).get_internal_type() == "CharField")
NO_CAPACITY = "At least one of the six capacities must be above 0."
NO_PLACE = "Latitude and longitude are needed."
UNKNOWN_POSTCODE = "The postcode {} is not known here, so latitude and longitude are needed."
NEEDS_ITS_OWN = (
    "Its place was only known by its postcode before, and this is none that is known here: give its own latitude and"
    " longitude."
)
PLACE = ("latitude", "longitude")
CAPACITIES = frozenset(CapacityType.values)
NO_POSTCODES = "Latitude and longitude are needed: no postcodes are known here yet, so a postcode alone does not give the place."


def asset(
    row: Row, present: Asset | None, after: dict[str, Any], known: Known
) -> tuple[Asset | None, list[Problem]]:
    """The asset as the row makes it, or the problems that refuse the row. ``after`` is completed on the
    way."""
    problems: list[Problem] = []
    kind = _type(row, after, known, problems)
    is_approximate = _postcode(row, after, known, problems) and _place(row, present, after, known, problems)
    _capacities(row, after, problems)
    _run_times(row, after, problems)
    if (
        after["status"] == AssetStatus.IN_DEVELOPMENT
        and after["operational_date"] is None
        and "operational_date" not in row.bad
    ):
        problems.append(row.problem("operational_date", NO_DATE))
    if problems or row.bad or kind is None:
        return None, problems
    values = {name: "" if after[name] is None and name in TEXTS else after[name] for name in FIELDS}
    group = _group(after, known)
    made = Asset(
        provider=known.provider, group=group, asset_type=kind, is_place_approximate=is_approximate, **values
    )
    if present is not None:
        made.pk, made.first_uploaded_at, made.changed_at = (
            present.pk,
            present.first_uploaded_at,
            present.changed_at,
        )
    return made, problems


def _group(after: dict[str, Any], known: Known) -> AssetGroup | None:
    """The group that the row names; a new one, not stored and without the time of its making, if none is
    known."""
    if not after["group"]:
        return None
    key = key_form(after["group"])
    group = known.groups.get(key)
    if group is None:
        ref = tidy_key(after["group"])
        group = known.groups[key] = AssetGroup(provider=known.provider, ref=ref, ref_key=key, name=ref)
    after["group"] = group.ref
    return group


def _type(row: Row, after: dict[str, Any], known: Known, problems: list[Problem]) -> AssetType | None:
    category, name = after["category"], after["asset_type"]
    if category is None or name is None:
        return None
    kind = known.types.get((category, key_form(name)))
    if kind is None:
        label = AssetCategory(category).label
        types = ", ".join(each.name for (of, _), each in known.types.items() if of == category)
        problems.append(row.problem("asset_type", f"Is not a type of {label}; its types are {types}."))
        return None
    after["asset_type"] = kind.name
    return kind


def _postcode(row: Row, after: dict[str, Any], known: Known, problems: list[Problem]) -> bool:
    """Bring the postcode into its form; returns whether nothing is wrong with it."""
    if not after["postcode"] or known.provider.country != "GB":
        return True
    code = postcode_of(after["postcode"])
    if code is None:
        problems.append(row.problem("postcode", "Must be a GB postcode, such as EH21 8RE."))
        return False
    after["postcode"] = code
    return True


def _place(
    row: Row, present: Asset | None, after: dict[str, Any], known: Known, problems: list[Problem]
) -> bool:
    """See to the place; returns whether it is approximate, the centroid of the postcode.

    That of an asset that was placed so stays, and follows its postcode, until other coordinates are given.
    """
    if row.bad & {"latitude", "longitude", "postcode"}:
        return False
    missing = [name for name in PLACE if after[name] is None]
    follows = present is not None and present.is_place_approximate and _is_there(present, after)
    if not missing and not follows:
        return False
    code = after["postcode"]
    if follows and present is not None and code == present.postcode:
        return True
    if code in known.postcodes and (follows or len(missing) == len(PLACE)):
        after["latitude"], after["longitude"] = known.postcodes[code]
        return True
    if follows:
        problems.append(row.problem("postcode", NEEDS_ITS_OWN))
    elif not code or len(missing) < len(PLACE):
        problems.append(row.problem(missing[0], NO_PLACE))
    elif not known.knows_postcodes:
        problems.append(row.problem(missing[0], NO_POSTCODES))
    else:
        problems.append(row.problem("postcode", UNKNOWN_POSTCODE.format(code)))
    return False


def _is_there(present: Asset, after: dict[str, Any]) -> bool:
    """Whether the row leaves the asset where it is, or says nothing of the place."""
    given = [after[name] for name in PLACE]
    return given == [getattr(present, name) for name in PLACE]


def _capacities(row: Row, after: dict[str, Any], problems: list[Problem]) -> None:
    if not row.bad & CAPACITIES and not any(after[name] for name in CAPACITIES):
        problems.append(row.problem(CapacityType.GENERATION_TURN_UP, NO_CAPACITY))
    for turn_up, limit, words in (
        (
            "demand_turn_up_mw",
            "maximum_import_mw",
            "The demand turn-up of {} MW is above the maximum import of {} MW.",
        ),
        (
            "generation_turn_up_mw",
            "maximum_export_mw",
            "The generation turn-up of {} MW is above the maximum export of {} MW.",
        ),
    ):
        if after[limit] is not None and after[turn_up] > after[limit]:
            problems.append(
                row.problem(turn_up, words.format(exact_text(after[turn_up]), exact_text(after[limit])))
            )


def _run_times(row: Row, after: dict[str, Any], problems: list[Problem]) -> None:
    shortest: timedelta | None = after["minimum_run_time"]
    longest: timedelta | None = after["maximum_run_time"]
    if shortest is not None and longest is not None and shortest > longest:
        problems.append(
            row.problem(
                "minimum_run_time", f"The minimum run time is above the maximum run time of {longest}."
            )
        )


def planned(
    row: Row, present: PlannedAsset | None, after: dict[str, Any], known: Known
) -> tuple[PlannedAsset | None, list[Problem]]:
    """The planned asset as the row makes it, or the problems that refuse the row."""
    problems: list[Problem] = []
    kind = _type(row, after, known, problems)
    _run_times(row, after, problems)
    competition = known.competitions.get((after["competition"] or "").upper())
    if competition is not None:
        after["competition"] = competition.ref
    elif present is not None and (after["competition"] or "").upper() == present.competition.ref.upper():
        competition = present.competition
        after["competition"] = competition.ref
        if _differs(present, kind, after):
            problems.append(row.problem("competition", f"Qualification for {competition.ref} has closed."))
    elif after["competition"]:
        problems.append(
            row.problem("competition", "Is not a published competition before its qualification close.")
        )
    if problems or row.bad or kind is None or competition is None:
        return None, problems
    names = set(after) - {"category", "asset_type", "competition"}
    made = PlannedAsset(
        provider=known.provider,
        asset_type=kind,
        competition=competition,
        **{name: after[name] for name in names},
    )
    if present is not None:
        made.pk, made.first_uploaded_at, made.changed_at = (
            present.pk,
            present.first_uploaded_at,
            present.changed_at,
        )
    return made, problems


def _differs(present: PlannedAsset, kind: AssetType | None, after: dict[str, Any]) -> bool:
    names = set(after) - {"category", "asset_type", "competition"}
    return present.asset_type != kind or any(getattr(present, name) != after[name] for name in names)


def moves_away(before: dict[str, Any], after: dict[str, Any]) -> str:
    """Why an asset that a bid or contract holds may not change like this; empty when it may."""
    if after["status"] == AssetStatus.ARCHIVED and before["status"] != AssetStatus.ARCHIVED:
        return HELD
    here, there = ((float(each["longitude"]), float(each["latitude"])) for each in (before, after))
    if here != there and EARTH.inv(*here, *there)[2] > MOVED_METRES:
        return f"A live bid or contract holds this asset, so it can't be moved by more than {MOVED_METRES} m."
    return ""
