"""The kinds of uploads and generated files, as the jobs app knows them."""

from accounts.enums import Role
from marketplace import jobs
from qualification.domain.meters import lists
from qualification.exports.files import assets, dps_applications, qualified_assets, why
from qualification.workbooks import assets_file, overrides_file
from qualification.workbooks.specs import ASSETS, QUALIFIED_ASSETS

jobs.register_upload(
    jobs.UploadKind(
        name="qualification.assets",
        title="Assets",
        check=assets_file.check,
        apply=assets_file.apply,
        role=Role.PROCUREMENT,
        audience="fsp",
        spec=ASSETS,
        result_url="qualification:assets",
    )
)
jobs.register_upload(
    jobs.UploadKind(
        name="qualification.meter_list",
        title="Meter list of an area",
        check=lists.check,
        apply=lists.apply,
        accepts=(".csv",),
        role=Role.PROCUREMENT,
        audience="so",
        result_url="qualification:meter_lists",
        whole="file",
    )
)
jobs.register_upload(
    jobs.UploadKind(
        name="qualification.overrides",
        title="Overrides of qualification",
        check=overrides_file.check,
        apply=overrides_file.apply,
        role=Role.PROCUREMENT,
        audience="so",
        spec=QUALIFIED_ASSETS,
        whole="competition",
    )
)
jobs.register_file(
    jobs.FileKind(
        name="qualification.assets", title="Assets", generate=assets, role=Role.PROCUREMENT, audience="fsp"
    )
)
jobs.register_file(
    jobs.FileKind(
        name="qualification.qualified_assets",
        title="Qualified assets",
        generate=qualified_assets,
        role=Role.PROCUREMENT,
        audience="so",
    )
)
jobs.register_file(jobs.FileKind(name="qualification.why", title="Why assets qualify or not", generate=why))
jobs.register_file(
    jobs.FileKind(
        name="qualification.dps_applications",
        title="DPS applications",
        generate=dps_applications,
        role=Role.PROCUREMENT,
        audience="so",
    )
)
