"""The uploads and generated files of competitions, as the jobs app knows them."""

from typing import BinaryIO

from accounts.enums import Role
from competitions.domain.demand_series import KEPT_FOR
from competitions.domain.places import area_layers, areas
from competitions.domain.queries import operator_competitions, shapes_of
from competitions.models import Competition
from competitions.workbooks import competition_file
from competitions.workbooks.rows import rows_of
from competitions.workbooks.specs import COMPETITION_FILE
from marketplace import geo, jobs, workbooks


def write_competitions(context: jobs.JobContext, target: BinaryIO) -> str:
    """Write the template, empty with ``params["template"]``, else with the member's competitions as they upload again."""
    if context.params.get("template"):
        workbooks.write_bulk(COMPETITION_FILE, {}, target, zone=context.member.organisation.zone)
        return "competition_file_template.xlsx"
    competitions = (
        operator_competitions(context.member).order_by("ref").prefetch_related("boundaries__area", "windows__period")
    )
    write_competition_file(list(competitions), target)
    return "competitions.xlsx"


def write_competition_file(competitions: list[Competition], target: BinaryIO) -> None:
    """Write stored competitions as a competition file, times in their operator's zone."""
    zone = competitions[0].operator.zone if competitions else None
    workbooks.write_bulk(COMPETITION_FILE, rows_of(competitions), target, zone=zone)


def write_area_file(context: jobs.JobContext, target: BinaryIO) -> str:
    """Write the member's areas that are in use: a GeoPackage, or GeoJSON with ``params["format"]`` of ``geojson``."""
    kept = [
        (area.reference, area.display_name, geo.from_wkb(area.shape_wkb))
        for area in shapes_of(context.member).order_by("reference")
    ]
    is_geojson = context.params.get("format") == "geojson"
    target.write(geo.write_geojson(kept) if is_geojson else geo.write_geopackage(kept))
    return "areas.geojson" if is_geojson else "areas.gpkg"


def register() -> None:
    """Make the kinds known to the jobs app; called once at start."""
    jobs.register_upload(
        jobs.UploadKind(
            name="competitions.areas",
            title="Areas",
            check=areas.check,
            apply=areas.apply,
            accepts=(".gpkg", ".geojson", ".json", ".kml"),
            role=Role.PROCUREMENT,
            audience="so",
            result_url="competitions:areas",
            preview_map="competitions:areas_preview",
            whole="file",
        )
    )
    jobs.register_upload(
        jobs.UploadKind(
            name="competitions.competition_file",
            title="Competition file",
            check=competition_file.check,
            apply=competition_file.apply,
            role=Role.PROCUREMENT,
            audience="so",
            spec=COMPETITION_FILE,
            whole="competition",
            result_url="competitions:list",
        )
    )
    jobs.register_kept(jobs.KeptKind(name=KEPT_FOR, title="Demand series", role=Role.PROCUREMENT, audience="so"))
    jobs.register_file(
        jobs.FileKind(
            name="competitions.competition_file",
            title="Competition file",
            generate=write_competitions,
            role=Role.PROCUREMENT,
            audience="so",
        )
    )
    jobs.register_file(
        jobs.FileKind(
            name="competitions.areas",
            title="Areas",
            generate=write_area_file,
            role=Role.PROCUREMENT,
            audience="so",
        )
    )
    jobs.register_file(
        jobs.FileKind(
            name=area_layers.KIND,
            title="Layers of a file of areas",
            generate=area_layers.write_layers,
            role=Role.PROCUREMENT,
            audience="so",
        )
    )
