"""The kinds of uploads and generated files, as the jobs app knows them."""

from accounts.enums import Role
from competitions.domain.demand_series import KEPT_FOR
from competitions.domain.places import area_layers, areas
from competitions.exports.files import write_area_file, write_competitions
from competitions.workbooks import competition_file, outlook
from competitions.workbooks.specs import COMPETITION_FILE
from marketplace.jobs.kinds import (
    FileKind,
    KeptKind,
    UploadKind,
    register_file,
    register_kept,
    register_upload,
)

register_upload(
    UploadKind(
        name="competitions.areas",
        title="Areas",
        check=areas.check,
        apply=areas.apply,
        accepts=(".gpkg", ".geojson", ".json", ".kml"),
        role=Role.PROCUREMENT,
        audience="so",
        result_url="competitions:areas",
        preview_map="competitions:areas_preview",
        nouns=("area", "areas"),
        may_go=True,
        whole="file",
    )
)
register_upload(
    UploadKind(
        name="competitions.competition_file",
        title="Competition file",
        check=competition_file.check,
        apply=competition_file.apply,
        role=Role.PROCUREMENT,
        audience="so",
        spec=COMPETITION_FILE,
        whole="competition",
        nouns=("competition", "competitions"),
        foresee=outlook.foresee,
        result_url="competitions:list",
    )
)
register_kept(KeptKind(name=KEPT_FOR, title="Demand series", role=Role.PROCUREMENT, audience="so"))
register_file(
    FileKind(
        name="competitions.competition_file",
        title="Competition file",
        generate=write_competitions,
        role=Role.PROCUREMENT,
        audience="so",
    )
)
register_file(
    FileKind(
        name="competitions.areas",
        title="Areas",
        generate=write_area_file,
        role=Role.PROCUREMENT,
        audience="so",
    )
)
register_file(
    FileKind(
        name=area_layers.KIND,
        title="Layers of a file of areas",
        generate=area_layers.write_layers,
        role=Role.PROCUREMENT,
        audience="so",
        may_go=False,  # a step of the form, not a file to be asked for again
    )
)
