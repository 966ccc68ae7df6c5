"""The kinds of uploads and generated files, as the jobs app knows them."""

from accounts.enums import Role
from marketplace.jobs.kinds import FileKind, UploadKind, register_file, register_upload
from qualification.domain.meters import lists
from qualification.exports.files import assets, dps_applications, qualified_assets, why
from qualification.workbooks import assets_file, outlook, overrides_file
from qualification.workbooks.specs import ASSETS, QUALIFIED_ASSETS

register_upload(
    UploadKind(
        name="qualification.assets",
        title="Assets",
        check=assets_file.check,
        apply=assets_file.apply,
        role=Role.PROCUREMENT,
        audience="fsp",
        spec=ASSETS,
        nouns=("asset", "assets"),
        foresee=outlook.of_assets,
        result_url="qualification:assets",
        may_go=True,
    )
)
register_upload(
    UploadKind(
        name="qualification.meter_list",
        title="Meter list of an area",
        check=lists.check,
        apply=lists.apply,
        accepts=(".csv",),
        role=Role.PROCUREMENT,
        audience="so",
        result_url="qualification:meter_lists",
        nouns=("meter list", "meter lists"),
        whole="file",
    )
)
register_upload(
    UploadKind(
        name="qualification.overrides",
        title="Overrides of qualification",
        check=overrides_file.check,
        apply=overrides_file.apply,
        role=Role.PROCUREMENT,
        audience="so",
        spec=QUALIFIED_ASSETS,
        nouns=("competition", "competitions"),
        foresee=outlook.of_overrides,
        whole="competition",
    )
)
register_file(
    FileKind(
        name="qualification.assets", title="Assets", generate=assets, role=Role.PROCUREMENT, audience="fsp"
    )
)
register_file(
    FileKind(
        name="qualification.qualified_assets",
        title="Qualified assets",
        generate=qualified_assets,
        role=Role.PROCUREMENT,
        audience="so",
    )
)
register_file(FileKind(name="qualification.why", title="Why assets qualify or not", generate=why))
register_file(
    FileKind(
        name="qualification.dps_applications",
        title="DPS applications",
        generate=dps_applications,
        role=Role.PROCUREMENT,
        audience="so",
    )
)
