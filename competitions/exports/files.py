"""The uploads and generated files of competitions, as the jobs app knows them."""

from typing import BinaryIO

from accounts.models import Member
from competitions.domain.queries import operator_competitions, shapes_of
from competitions.models import Competition
from competitions.workbooks.rows import rows_of
from competitions.workbooks.specs import COMPETITION_FILE
from marketplace import geo
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.write import write_bulk


def write_competitions(context: JobContext[Member], target: BinaryIO) -> str:
    """Write the template, empty with ``params["template"]``, else with the member's competitions as they
    upload again."""
    if context.params.get("template"):
        write_bulk(COMPETITION_FILE, {}, target, zone=context.member.organisation.zone)
        return "competition_file_template.xlsx"
    competitions = (
        operator_competitions(context.member)
        .order_by("ref")
        .prefetch_related("boundaries__area", "windows__period")
    )
    write_competition_file(list(competitions), target)
    return "competitions.xlsx"


def write_competition_file(competitions: list[Competition], target: BinaryIO) -> None:
    """Write stored competitions as a competition file, times in their operator's zone."""
    zone = competitions[0].operator.zone if competitions else None
    write_bulk(COMPETITION_FILE, rows_of(competitions), target, zone=zone)


def write_area_file(context: JobContext[Member], target: BinaryIO) -> str:
    """Write the member's areas that are in use: a GeoPackage, or GeoJSON with ``params["format"]`` of
    ``geojson``."""
    kept = [
        (area.reference, area.display_name, geo.from_wkb(area.shape_wkb))
        for area in shapes_of(context.member).order_by("reference")
    ]
    is_geojson = context.params.get("format") == "geojson"
    target.write(geo.write_geojson(kept) if is_geojson else geo.write_geopackage(kept))
    return "areas.geojson" if is_geojson else "areas.gpkg"
