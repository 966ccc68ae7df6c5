"""The files of market data that are about competitions, as they are made for everybody."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO

from django.db.models import QuerySet

from competitions.domain.places.boundaries import boundary_of
from competitions.domain.queries import historic_competitions, live_competitions, public_refs
from competitions.models import Competition
from competitions.workbooks.published import HISTORIC_COMPETITIONS, LIVE_COMPETITIONS, SHEETS
from competitions.workbooks.rows import rows_of
from marketplace import geo
from marketplace.jobs.public_kinds import PublicKind
from marketplace.workbooks.declare import Sheet, WorkbookSpec
from marketplace.workbooks.write import write_bulk, write_csv

Competitions = Callable[[datetime], QuerySet[Competition]]
Rows = dict[str, list[Mapping[str, Any]]]
HISTORIC, LIVE = "Historic competitions", "Live competitions"
CSV_NAMES = ("historic-competitions", "historic-competition-boundaries", "historic-service-windows")
CSV_ABOUT = (
    "One row a competition.",
    "One row for each area, postcode, sector or box of a competition.",
    "One row a service window.",
)


def public_rows(competitions: Iterable[Competition], now: datetime) -> Rows:
    """The published sheets' rows; refs of competitions that are not public themselves are left out."""
    rows = rows_of(competitions)
    told = {ref for row in rows[SHEETS[0].name] for ref in row.get("duplicate_overrides_of", ())}
    known = public_refs(told, now)
    for number, row in enumerate(rows[SHEETS[0].name]):
        named = tuple(ref for ref in row.get("duplicate_overrides_of", ()) if ref in known)
        rows[SHEETS[0].name][number] = {**row, "duplicate_overrides_of": named or None}
    return rows


def state_of(competitions: Competitions) -> Callable[[datetime], str]:
    """Which competitions there are, and when each and its shape were last changed."""

    def state(now: datetime) -> str:
        facts = (
            competitions(now)
            .order_by("pk")
            .values_list(
                "pk",
                "changed_at",
                "confirmed_at",
                "boundary_shape__made_at",
                "operator__name",
                "purchasing_system__reference",
            )
        )
        return "\n".join(str(each) for each in facts)

    return state


def _loaded(competitions: Competitions, now: datetime) -> list[Competition]:
    found = (
        competitions(now).select_related("operator", "purchasing_system", "settlement_terms").order_by("ref")
    )
    return list(found.prefetch_related("boundaries__area", "windows__period"))


def _workbook(spec: WorkbookSpec, competitions: Competitions) -> Callable[[BinaryIO, datetime], int]:
    def write(target: BinaryIO, now: datetime) -> int:
        rows = public_rows(_loaded(competitions, now), now)
        write_bulk(spec, rows, target)
        return len(rows[SHEETS[0].name])

    return write


def _csv(sheet: Sheet) -> Callable[[BinaryIO, datetime], int]:
    def write(target: BinaryIO, now: datetime) -> int:
        rows = public_rows(_loaded(historic_competitions, now), now)[sheet.name]
        write_csv(sheet, rows, target)
        return len(rows)

    return write


def _boundaries(competitions: Competitions) -> Callable[[BinaryIO, datetime], int]:
    def write(target: BinaryIO, now: datetime) -> int:
        features = competitions(now).select_related("operator", "boundary_shape").order_by("ref")
        made = [_feature(each) for each in features.prefetch_related("boundaries")]
        collection = {"type": "FeatureCollection", "features": made}
        target.write(json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode())
        return len(made)

    return write


def _feature(competition: Competition) -> dict[str, Any]:
    """The boundary without its buffer, not simplified; null where it is only postcodes, which are named."""
    parts = boundary_of(competition)
    return {
        "type": "Feature",
        "id": competition.ref,
        "geometry": None if parts.inside.is_empty else geo.to_geojson(parts.inside, decimals=6),
        "properties": {
            "competition_ref": competition.ref,
            "competition_name": competition.name,
            "operator": competition.operator.name,
            "area_buffer_km": float(competition.area_buffer_km),
            "postcodes": sorted(parts.postcodes),
            "postcode_sectors": sorted(parts.sectors),
        },
    }


def public_kinds() -> Iterator[PublicKind]:
    """The files, each with how it is made."""
    historic, live = state_of(historic_competitions), state_of(live_competitions)
    yield PublicKind(
        "historic-competitions.xlsx",
        "Historic competitions",
        "Competitions, their boundaries and their service windows, a sheet each.",
        _workbook(HISTORIC_COMPETITIONS, historic_competitions),
        historic,
        HISTORIC,
    )
    for sheet, name, about in zip(SHEETS, CSV_NAMES, CSV_ABOUT, strict=True):
        yield PublicKind(f"{name}.csv", sheet.name, about, _csv(sheet), historic, HISTORIC)
    yield PublicKind(
        "historic-boundaries.geojson",
        "Boundaries of historic competitions",
        "One feature a competition, WGS84, without its buffer.",
        _boundaries(historic_competitions),
        historic,
        HISTORIC,
    )
    yield PublicKind(
        "live-boundaries.geojson",
        "Boundaries of live competitions",
        "One feature a competition, WGS84, without its buffer.",
        _boundaries(live_competitions),
        live,
        LIVE,
    )
    yield PublicKind(
        "live-competitions.xlsx",
        "Live competitions",
        "Competitions, their boundaries and their service windows, a sheet each. For signed-in providers.",
        _workbook(LIVE_COMPETITIONS, live_competitions),
        live,
        LIVE,
        "fsp",
    )
