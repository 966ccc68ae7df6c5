"""Where an operator runs its network: read from a file by a worker, shown, then stored; removed only when
asked."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.domain.profiles import profile_of, save_fields
from accounts.domain.registration import Actor
from accounts.models import Member, OperatorProfile, Organisation
from accounts.rules import check_may_edit_profile
from accounts.signals import operating_area_changed
from marketplace import geo
from marketplace.errors import Refused
from marketplace.jobs.kinds import Change, JobContext, Plan
from marketplace.numbers import area_text

KIND = "accounts.operating_area"
ENDINGS = (".gpkg", ".geojson", ".json", ".kml")
SECONDS_IN_A_REQUEST = 20
UNIT = "Operating area"


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What a file would make of the operating area of the member's organisation. Raises ``Refused``."""
    operator = context.member.organisation
    check_may_edit_profile(context.member, operator)
    shape = outline(data, context.filename)
    present = profile_of(operator)
    after = _size(shape)
    before = "" if present.operating_area_km2 is None else area_text(present.operating_area_km2)
    kept = present.operating_area_wkb
    if kept is not None and bytes(kept) == geo.to_wkb(shape):
        return Plan([Change(UNIT, "unchanged")], payload=shape)
    action = Change(UNIT, "create" if kept is None else "update", (("Size", before, area_text(after)),))
    return Plan([action], payload=shape, note="You see the assets that lie in it.")


def apply(context: JobContext[Member], plan: Plan) -> None:
    """Store the operating area that the plan holds."""
    save_outline(by=context.member, operator=context.member.organisation, shape=plan.payload, now=context.now)


def outline(data: bytes, filename: str, *, seconds: float | None = None) -> Any:
    """All polygons of a file as one shape. Raises ``Refused`` for a file that gives none."""
    try:
        return geo.read_outline(data, filename, **({} if seconds is None else {"seconds": seconds}))
    except geo.UnreadableGeoFile as refusal:
        raise Refused(str(refusal)) from None


def save_operating_area(
    *, by: Actor, operator: Organisation, data: bytes, filename: str, now: datetime
) -> OperatorProfile:
    """Set where the operator runs its network, from all polygons of a file.

    Raises ``Refused`` for an unusable file; ``NotAllowed`` for anyone but its Account holders and platform
    admins.
    """
    return save_outline(by=by, operator=operator, shape=outline(data, filename), now=now)


def save_outline(*, by: Actor, operator: Organisation, shape: Any, now: datetime) -> OperatorProfile:
    """Set where the operator runs its network. Raises ``NotAllowed`` as :func:`save_operating_area`."""
    return _save(
        by, operator, {"operating_area_wkb": geo.to_wkb(shape), "operating_area_km2": _size(shape)}, now
    )


def remove_operating_area(*, by: Actor, operator: Organisation, now: datetime) -> OperatorProfile:
    """Leave the operator without an operating area. Raises ``NotAllowed`` as :func:`save_operating_area`."""
    return _save(by, operator, {"operating_area_wkb": None, "operating_area_km2": None}, now)


def _save(by: Actor, operator: Organisation, wanted: dict[str, Any], now: datetime) -> OperatorProfile:
    with transaction.atomic():
        saved = save_fields(by, operator, wanted, "operating area changed", now)
        operating_area_changed.send(sender=Organisation, operator_id=operator.pk, now=now)
    return saved


def _size(shape: Any) -> Decimal:
    return Decimal(str(round(geo.area_km2(shape), 4)))
