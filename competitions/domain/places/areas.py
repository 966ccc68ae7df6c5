"""Areas: read from a file, previewed, stored as a whole or not at all."""

import json
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import Member
from competitions import rules
from competitions.domain.locks import lock_for_change
from competitions.domain.places.boundaries import remake_shape
from competitions.domain.places.maps import keep_preview
from competitions.models import Area, Competition
from competitions.signals import competition_changed, competition_changing, competition_edited
from marketplace import clock, geo
from marketplace.audit.chain import Event, record, record_many
from marketplace.errors import Refused
from marketplace.geo import AreaReading, AreaShape
from marketplace.jobs.kinds import Change, JobContext, Plan
from marketplace.keys import key_form
from marketplace.numbers import area_text, counted
from marketplace.seen import check_seen
from marketplace.workbooks.declare import Problem

REPLACED = ["shape_wkb", "area_km2", "licence_area", "supply_point", "updated_at", "archived_at"]
AREAS_A_STATEMENT = 500


@dataclass(frozen=True)
class StoredArea:
    """What is stored under a reference: enough to tell whether a shape differs."""

    id: UUID
    reference: str
    wkb: bytes
    area_km2: str
    licence_area: str
    supply_point: str
    is_archived: bool


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What a file of areas would do. The file is one unit: any error refuses all of it.

    ``context.params`` holds ``layer`` (None: the only one) or ``all_folders``, ``reference_field``, and
    optionally ``licence_field`` and ``supply_field``. Raises ``Refused``.
    """
    rules.check_may_procure(context.member)
    layer, reference_field = context.params.get("layer"), context.params.get("reference_field") or "Name"
    try:
        reading = geo.read_areas(
            data,
            context.filename,
            layer=layer,
            reference_field=reference_field,
            all_folders=bool(context.params.get("all_folders")),
            licence_field=context.params.get("licence_field") or "",
            supply_field=context.params.get("supply_field") or "",
            near=geo.BOUNDS_OF_COUNTRIES.get(context.member.organisation.country),
            progress=context.progress,
        )
    except geo.UnreadableGeoFile as error:
        raise Refused(str(error)) from error
    keep_preview(context.job_id, reading)
    plan = Plan(problems=[_located(problem) for problem in reading.problems], note=_in_all(reading.areas))
    stored = _stored(context.member)
    users = _users_of(context.member, context.now)
    changes = [_change(area, stored.get(key_form(area.reference)), users) for area in reading.areas]
    if reading.errors:
        plan.changes = [
            Change(change.unit, "refuse", note="The file has errors, so none of it is taken.")
            for change in changes
        ]
        return plan
    plan.changes = changes
    plan.note = f"{plan.note} {_reached(reading.areas, changes, stored, users)}".strip()
    plan.payload = _changed(reading, changes)
    return plan


def apply(context: JobContext[Member], plan: Plan) -> None:
    """Store the areas that the plan creates or replaces."""
    save_areas(by=context.member, areas=plan.payload, now=context.now)


def put_area(*, by: Member, reference: str, geometry: Mapping[str, Any], now: datetime) -> list[Problem]:
    """Make one area what a GeoJSON geometry says, as a file of it alone would; returns what is wrong or worth a look.

    With an error nothing is stored. Raises ``Refused`` and ``NotAllowed``.
    """
    feature = {"type": "Feature", "properties": {"Name": reference}, "geometry": dict(geometry)}
    data = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
    context = JobContext(uuid.uuid4(), by, {}, now, "area.geojson")
    plan = check(context, data)
    if plan.payload is not None:
        apply(context, plan)
    return plan.problems


def _in_all(areas: list[AreaShape]) -> str:
    count = counted(len(areas), "area")
    return f"The file holds {count} of {area_text(sum(area.area_km2 for area in areas))} together."


def _changed(reading: AreaReading, changes: list[Change]) -> list[AreaShape]:
    return [
        area
        for area, change in zip(reading.areas, changes, strict=True)
        if change.action in ("create", "update")
    ]


def _located(problem: geo.GeoProblem) -> Problem:
    return Problem("", None, None, problem.feature, f"{problem.feature}: {problem.message}", problem.level)


def _stored(member: Member) -> dict[str, StoredArea]:
    return {
        key_form(area.reference): StoredArea(
            area.pk,
            area.reference,
            bytes(area.shape_wkb),
            area_text(area.area_km2),
            area.licence_area,
            area.supply_point,
            area.archived_at is not None,
        )
        for area in Area.objects.filter(operator=member.organisation_id)
    }


@dataclass
class Users:
    """The refs of the competitions that use an area: those that a new shape reaches, and those that keep the
    old."""

    following: list[str] = field(default_factory=list)
    keeping: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        told = []
        if self.following:
            told.append(f"Gets the new shape and is checked again: {', '.join(self.following)}.")
        if self.keeping:
            told.append(f"Keeps the shape it was run with: {', '.join(self.keeping)}.")
        return " ".join(told)


def _users_of(member: Member, now: datetime) -> dict[UUID, Users]:
    users: dict[UUID, Users] = {}
    own = Competition.objects.filter(operator=member.organisation_id, boundaries__area__isnull=False)
    for competition in own.annotate(area_id=F("boundaries__area")).order_by("ref"):
        of_area = users.setdefault(competition.area_id, Users())
        (of_area.following if _follows(competition, now) else of_area.keeping).append(competition.ref)
    return users


def _reached(
    areas: list[AreaShape], changes: list[Change], stored: dict[str, StoredArea], users: dict[UUID, Users]
) -> str:
    """A sentence on all the competitions that the replaced areas belong to."""
    following, keeping = set(), set()
    for area, change in zip(areas, changes, strict=True):
        if change.action == "update":
            of_area = users.get(stored[key_form(area.reference)].id, Users())
            following.update(of_area.following)
            keeping.update(of_area.keeping)
    told = []
    if following:
        told.append(
            f"Competitions that get new shapes and are checked again: {', '.join(sorted(following))}."
        )
    if keeping - following:
        told.append(
            f"Competitions that keep the shapes they were run with: {', '.join(sorted(keeping - following))}."
        )
    return " ".join(told)


def _follows(competition: Competition, now: datetime) -> bool:
    return now < competition.qualification_close and competition.cancelled_at is None


def _change(area: AreaShape, stored: StoredArea | None, users: dict[UUID, Users]) -> Change:
    size = area_text(area.area_km2)
    if stored is None:
        return Change(area.reference, "create", (("Size", "", size), *_named_places(area, "", "")))
    named = _named_places(area, stored.licence_area, stored.supply_point)
    is_same_shape = stored.wkb == geo.to_wkb(area.shape) and not stored.is_archived
    if is_same_shape:
        return Change(stored.reference, "update" if named else "unchanged", named)
    note = str(users.get(stored.id, ""))
    return Change(stored.reference, "update", (("Size", stored.area_km2, size), *named), note)


def _named_places(area: AreaShape, licence_area: str, supply_point: str) -> tuple[tuple[str, str, str], ...]:
    """What changes of licence area and supply point; what the file doesn't tell stays."""
    told = (
        ("Licence area", licence_area, area.licence_area),
        ("Grid supply point", supply_point, area.supply_point),
    )
    return tuple((name, before, after) for name, before, after in told if after and after != before)


@transaction.atomic
def save_areas(*, by: Member, areas: list[AreaShape], now: datetime) -> list[Area]:
    """Create and replace areas by reference; competitions still in or before qualification get the new shape.

    Later ones keep the shape they were run with. Raises ``NotAllowed``.
    """
    rules.check_may_procure(by)
    touched = lock_users_of(by, [area.reference for area in areas])
    instant = clock.now()
    if touched:
        competition_changing.send(Competition, competition_ids=[one.pk for one in touched], now=instant)
    saved = _save(by, areas, instant)
    followers = [one for one in touched if _follows(one, instant)]
    for competition in followers:
        remake_shape(competition, instant)
        changes = [("boundary", "areas as before", "a new shape of an area")]
        competition_edited.send(Competition, competition=competition, changes=changes, now=instant)
    if followers:
        competition_changed.send(Competition, competition_ids=[one.pk for one in followers], now=instant)
    return saved


def lock_users_of(by: Member, references: Collection[str], also: Collection[UUID] = ()) -> list[Competition]:
    """The member's competitions whose boundaries name one of these areas, and those with the ids ``also``, locked against
    every other change until the transaction ends, in one order."""
    names = set(map(key_form, references))
    used = Competition.objects.filter(operator=by.organisation_id, boundaries__area__isnull=False)
    pairs = used.values_list("pk", "boundaries__area__reference")
    users = {pk for pk, reference in pairs if key_form(reference) in names}
    return [lock_for_change(pk) for pk in sorted(users.union(also))]


def lock_area(by: Member, area: Area) -> None:
    """Lock the area against every other change until the transaction ends, the competitions that use it before."""
    lock_users_of(by, [area.reference])
    Area.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=area.pk)


def _save(by: Member, areas: list[AreaShape], now: datetime) -> list[Area]:
    """Insert new areas and update known ones, in a few statements, with the audit of each."""
    own = Area.objects.filter(operator=by.organisation_id).defer("shape_wkb")
    known = {key_form(area.reference): area for area in own}
    saved, events = [], []
    for area in areas:
        present = known.get(key_form(area.reference))
        before = None if present is None else str(present.area_km2)
        stored = Area(operator=by.organisation, reference=area.reference) if present is None else present
        stored.shape_wkb = geo.to_wkb(area.shape)
        stored.area_km2 = Decimal(f"{area.area_km2:.4f}")
        stored.licence_area = area.licence_area or stored.licence_area
        stored.supply_point = area.supply_point or stored.supply_point
        stored.updated_at, stored.archived_at = now, None
        saved.append(stored)
        changes = {"area_km2": (before, str(stored.area_km2))}
        events.append(Event("area created" if before is None else "area replaced", stored, changes))
    Area.objects.bulk_create(
        saved,
        batch_size=AREAS_A_STATEMENT,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=REPLACED,
    )
    record_many(by.organisation_id, by, events, now)
    return saved


@transaction.atomic
def rename_area(*, by: Member, area: Area, display_name: str, now: datetime, seen: str = "") -> None:
    """Give the area another display name. ``seen`` is the mark of the name that was shown.

    Raises ``NotAllowed``, and ``ChangedMeanwhile`` where somebody else renamed it since.
    """
    rules.check_may_procure(by)
    area = Area.objects.select_for_update(of=("self",)).defer("shape_wkb").get(pk=area.pk)
    typed = {"display_name": display_name.strip()}
    check_seen(seen, {"display_name": area.display_name}, typed, {"display_name": "Display name"})
    before, area.display_name = area.display_name, display_name.strip()
    area.save(update_fields=["display_name"])
    changes = {"display_name": (before, area.display_name)}
    record(
        organisation_id=by.organisation_id,
        by=by,
        action="area renamed",
        subject=area,
        changes=changes,
        now=now,
    )


@transaction.atomic
def archive_area(*, by: Member, area: Area, now: datetime) -> None:
    """Take the area out of use. Raises ``Refused`` while a live competition uses it, ``NotAllowed``."""
    rules.check_may_procure(by)
    users = [one.ref for one in Competition.objects.filter(boundaries__area=area) if _keeps(one, now)]
    if users:
        raise Refused(f"{area.reference} is used by {', '.join(users)}, so it can't be archived yet.")
    area.archived_at = now
    area.save(update_fields=["archived_at"])
    record(
        organisation_id=by.organisation_id,
        by=by,
        action="area archived",
        subject=area,
        changes={"archived_at": (None, now.isoformat())},
        now=now,
    )


def _keeps(competition: Competition, now: datetime) -> bool:
    return competition.is_live(now) or not competition.is_published(now)
