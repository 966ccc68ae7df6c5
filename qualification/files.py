"""The uploads and generated files of qualification, as the jobs app knows them."""

import uuid
from typing import BinaryIO

from accounts.enums import Role
from marketplace import jobs, workbooks
from marketplace.errors import Refused
from qualification.domain import meter_lists
from qualification.workbooks import ASSETS, QUALIFIED_ASSETS, assets_file, overrides_file
from qualification.workbooks.downloads import write_assets, write_qualified_assets
from qualification.workbooks.dps_file import write_applications


def assets(context: jobs.JobContext, target: BinaryIO) -> str:
    """The template, empty with ``params["template"]``, else with the company's own assets."""
    if context.params.get("template"):
        workbooks.write_bulk(ASSETS, {}, target, zone=context.member.organisation.zone)
        return "assets_template.xlsx"
    write_assets(context.member, target, context.now)
    return "assets.xlsx"


def qualified_assets(context: jobs.JobContext, target: BinaryIO) -> str:
    """The qualified assets of all the operator's competitions, or of the one named by ``params["competition"]``."""
    named = context.params.get("competition")
    try:
        chosen = [uuid.UUID(str(named))] if named else None
    except ValueError:
        raise Refused("There is no such competition.") from None
    write_qualified_assets(context.member, target, context.now, chosen)
    return "qualified_assets.xlsx"


def dps_applications(context: jobs.JobContext, target: BinaryIO) -> str:
    """The applications to the operator's DPSs, or the one named by ``params["application"]``."""
    named = context.params.get("application")
    try:
        chosen = [uuid.UUID(str(named))] if named else None
    except ValueError:
        raise Refused("There is no such application.") from None
    write_applications(context.member, target, chosen)
    return "dps_applications.xlsx"


def register() -> None:
    """Make the kinds known to the jobs app; called once at start."""
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
            check=meter_lists.check,
            apply=meter_lists.apply,
            accepts=(".csv",),
            role=Role.PROCUREMENT,
            audience="so",
            result_url="qualification:meter_lists",
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
    jobs.register_file(
        jobs.FileKind(
            name="qualification.dps_applications",
            title="DPS applications",
            generate=dps_applications,
            role=Role.PROCUREMENT,
            audience="so",
        )
    )
