"""Which layers and attributes a file of areas has: looked up once, by a worker, and kept with the job."""

import json
from dataclasses import asdict
from typing import BinaryIO
from uuid import UUID

from accounts.models import Member
from competitions import rules
from marketplace import geo
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.jobs.queries import files_visible_to

KIND = "competitions.area_layers"
NO_ATTRIBUTE = "Its shapes have no attribute that could be their reference. Save it again with one."
NOT_KEPT = "The file is no longer kept. Upload it again."
Layers = list[geo.LayerInfo]


def write_layers(context: JobContext[Member], target: BinaryIO) -> str:
    """List the layers of the stored file ``params["file"]`` as JSON. Raises ``Refused`` for an unusable
    file."""
    rules.check_may_procure(context.member)
    try:
        kept = files_visible_to(context.member).filter(pk=UUID(str(context.params.get("file")))).first()
    except ValueError:
        kept = None
    if kept is None:
        raise Refused(NOT_KEPT)
    try:
        layers = geo.layers_of(kept.read(), kept.name)
    except geo.UnreadableGeoFile as error:
        raise Refused(f"{kept.name}: {error}") from error
    if not any(layer.fields for layer in layers):
        raise Refused(f"{kept.name}: {NO_ATTRIBUTE}")
    told = {"file": str(kept.pk), "name": kept.name, "layers": [asdict(layer) for layer in layers]}
    target.write(json.dumps(told).encode())
    return "layers.json"


def layers_found(job_output: bytes) -> Layers:
    """What :func:`write_layers` wrote."""
    told = json.loads(job_output)
    return [geo.LayerInfo(**(layer | {"fields": tuple(layer["fields"])})) for layer in told["layers"]]


def file_of(member: Member, params: dict[str, str]) -> tuple[str, bytes] | None:
    """Name and bytes of the file whose layers were listed; None when it is no longer kept."""
    kept = files_visible_to(member).filter(pk=params["file"]).first()
    return None if kept is None else (kept.name, kept.read())
