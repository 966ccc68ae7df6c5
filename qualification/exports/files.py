"""The uploads and generated files of qualification, as the jobs app knows them."""

import uuid
from typing import BinaryIO

from django.utils import timezone
from django.utils.text import slugify

from accounts.models import Member
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.write import write_bulk
from qualification.domain import queries
from qualification.exports import why_file
from qualification.exports.downloads import write_assets, write_qualified_assets
from qualification.exports.dps_file import write_applications
from qualification.workbooks.specs import ASSETS


def assets(context: JobContext[Member], target: BinaryIO) -> str:
    """The template, empty with ``params["template"]``, else with the company's own assets."""
    if context.params.get("template"):
        write_bulk(ASSETS, {}, target, zone=context.member.organisation.zone)
        return "assets_template.xlsx"
    write_assets(context.member, target, context.now, context.progress)
    return "assets.xlsx"


def qualified_assets(context: JobContext[Member], target: BinaryIO) -> str:
    """The qualified assets of all the operator's competitions, or of the one named by
    ``params["competition"]``."""
    named = context.params.get("competition")
    try:
        chosen = [uuid.UUID(str(named))] if named else None
    except ValueError:
        raise Refused("There is no such competition.") from None
    write_qualified_assets(context.member, target, context.now, chosen, context.progress)
    return "qualified_assets.xlsx"


def why(context: JobContext[Member], target: BinaryIO) -> str:
    """One asset (``params["asset"]``) in every live competition, or one competition and every asset in
    sight."""
    member, now = context.member, context.now
    named = context.params.get("asset")
    assets = queries.assets_visible_to(member, now)
    try:
        asset = assets.filter(pk=uuid.UUID(str(named))).first() if named else None
        chosen = uuid.UUID(str(context.params["competition"])) if not named else None
    except (KeyError, ValueError):
        raise Refused("There is no such asset or competition.") from None
    if asset is not None:
        live = queries.live_competitions_for(member, now).order_by("ref")
        with timezone.override(member.organisation.zone):
            why_file.write_why_of(asset, list(live), member, target, now)
        return f"why_{slugify(asset.ref) or 'asset'}.xlsx"
    competition = queries.competitions_explained_to(member, now).filter(pk=chosen).first() if chosen else None
    if competition is None:
        raise Refused("There is no such asset or competition.")
    shown = assets.exclude(status="archived").order_by("provider__name", "ref", "pk")
    with timezone.override(member.organisation.zone):
        why_file.write_why_in(competition, shown.iterator(chunk_size=2000), member, target, now)
    return f"why_{competition.ref}.xlsx"


def dps_applications(context: JobContext[Member], target: BinaryIO) -> str:
    """The applications to the operator's DPSs, or the one named by ``params["application"]``."""
    named = context.params.get("application")
    try:
        chosen = [uuid.UUID(str(named))] if named else None
    except ValueError:
        raise Refused("There is no such application.") from None
    write_applications(context.member, target, chosen)
    return "dps_applications.xlsx"
