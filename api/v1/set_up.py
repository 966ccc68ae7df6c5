"""Competitions as their operator sets them up: by the code that reads the competition file and the pages."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from ninja import Query, Router
from pydantic import Field

from accounts.enums import OrganisationKind, Role, Scope
from api.auth import Declared
from api.operations import Answer, reads, writes
from api.paging import Listed, Page, listed
from api.problems import Fault, Problem, of_request
from api.requests import ProgramRequest
from api.shapes import Instant, Number, Shown, Told
from api.v1 import competitions
from api.v1.competition_shapes import CompetitionShape, competition_shape
from api.v1.set_up_shapes import (
    DatesTold,
    ReasonTold,
    SetUpShape,
    SetUpTold,
    faults_of,
    set_up_shape,
    sheets_told,
)
from competitions import rules
from competitions.domain.locks import lock_for_change
from competitions.domain.places.areas import lock_area, lock_users_of
from competitions.domain.places.areas import put_area as save_one_area
from competitions.domain.queries import areas_of, drafts_of, operator_competitions
from competitions.domain.setting_up.saving import cancel_competition
from competitions.domain.setting_up.terms import terms_of
from competitions.domain.setting_up.working_copies import Sheets
from competitions.enums import BoundaryType
from competitions.models import Area, Competition
from competitions.workbooks import typed
from competitions.workbooks.specs import BOUNDARIES
from marketplace import clock
from marketplace.keys import key_form

router = Router(tags=["Setting up competitions"])
SO = OrganisationKind.SYSTEM_OPERATOR
READ = Declared(Scope.COMPETITIONS_READ, SO, Role.PROCUREMENT)
WRITE = Declared(Scope.COMPETITIONS_WRITE, SO, Role.PROCUREMENT)

SET_UP = "/competitions/{ref}/set-up"


class AreaShape(Shown):
    """An area of one's own, which boundaries name by its reference."""

    reference: str
    name: str
    area_km2: Number
    licence_area: str
    supply_point: str
    in_use: bool
    is_archived: bool
    updated_at: Instant


class GeometryTold(Told):
    """A GeoJSON geometry in WGS84: a Polygon or a MultiPolygon."""

    type: str
    coordinates: list[Any] = Field(max_length=10_000)


@reads(router, "/drafts", READ, returns=Listed[CompetitionShape])
def drafts(request: ProgramRequest, asked: Query[Page]) -> Listed[CompetitionShape]:
    """One's own competitions that publish themselves later, the first one first."""
    now = clock.now()
    rows: QuerySet[Competition] = drafts_of(request.member, now)
    keys = ("publish_on", "ref", "pk")
    return listed(rows, asked, keys, lambda shown: [competition_shape(each, now) for each in shown])


@reads(router, SET_UP, READ, returns=SetUpShape)
def set_up(request: ProgramRequest, ref: str) -> Any:
    """One of one's own competitions whole: header, boundary and windows, as it can be put again."""
    return _shape(_own(request, ref))


def _lock(request: ProgramRequest, ref: str) -> None:
    lock_for_change(_own(request, ref).pk)


def _lock_with_area(request: ProgramRequest, ref: str) -> None:
    """Lock the competition and those that use the area named like it, in the order in which areas are replaced."""
    competition = _own(request, ref)
    lock_users_of(request.member, [competition.ref], also=[competition.pk])


@writes(router, "PUT", SET_UP, WRITE, returns=SetUpShape, made=True, of=SET_UP, locks=_lock)
def put_set_up(request: ProgramRequest, ref: str, body: SetUpTold) -> Answer:
    """Make the competition of this ref what is sent, new or not. Every error is in the answer, with its place.

    `dry_run` checks it. What decides when providers see the competition needs `is_confirmed`.
    """
    known = operator_competitions(request.member).filter(ref__iexact=ref).first()
    if known is not None:
        rules.check_may_edit(known, clock.now())
    sheets = sheets_told(body, ref if known is None else known.ref, request.member.organisation.zone)
    saved, warnings = _saved(request, sheets, is_confirmed=body.is_confirmed)
    return _told(_own(request, saved.ref), warnings, 201 if known is None else 200)


@writes(
    competitions.router,
    "PUT",
    "/competitions/{ref}/boundary",
    WRITE,
    returns=SetUpShape,
    of=SET_UP,
    locks=_lock_with_area,
)
def put_boundary(request: ProgramRequest, ref: str, body: GeometryTold) -> Any:
    """Draw the boundary of one's own competition: the shape becomes the area named like the ref, and the boundary."""
    _lock_with_area(request, ref)
    competition = _own(request, ref)
    rules.check_may_edit(competition, clock.now())
    area = _area_saved(request, competition.ref, body)
    sheets = typed.sheets_of(terms_of(competition), competition.operator.zone)
    sheets[BOUNDARIES.name] = [{"kind": BoundaryType.AREA.label, "value": area.reference}]
    _, warnings = _saved(request, sheets, is_confirmed=True)
    return _told(_own(request, ref), warnings)


@writes(router, "POST", "/competitions/{ref}/publish", WRITE, returns=SetUpShape, of=SET_UP, locks=_lock)
def publish_competition(request: ProgramRequest, ref: str) -> Any:
    """Publish a draft at once: providers see it from then on."""
    typed.publish(by=request.member, competition=_own(request, ref), now=clock.now())
    return _shape(_own(request, ref))


@writes(router, "POST", "/competitions/{ref}/archive", WRITE, returns=SetUpShape, of=SET_UP, locks=_lock)
def archive_competition(request: ProgramRequest, ref: str) -> Any:
    """Take a competition that is over out of the lists."""
    typed.archive(by=request.member, competition=_own(request, ref), now=clock.now())
    return _shape(_own(request, ref))


@writes(router, "POST", "/competitions/{ref}/cancel", WRITE, returns=SetUpShape, of=SET_UP, locks=_lock)
def cancel_one_competition(request: ProgramRequest, ref: str, body: ReasonTold) -> Any:
    """Cancel a competition, with the reason that everybody reads."""
    cancel_competition(by=request.member, competition=_own(request, ref), reason=body.reason, now=clock.now())
    return _shape(_own(request, ref))


@writes(router, "POST", "/competitions/{ref}/move-dates", WRITE, returns=SetUpShape, of=SET_UP, locks=_lock)
def move_dates(request: ProgramRequest, ref: str, body: DatesTold) -> Any:
    """Move the dates that lie ahead and may still change; `warnings` name what stays, and why."""
    competition, now = _own(request, ref), clock.now()
    rules.check_may_move(competition, now)
    sheets, stays = typed.sheets_moved(
        competition=competition, days=body.days, with_periods=body.periods, now=now
    )
    _, warnings = _saved(request, sheets, is_confirmed=body.is_confirmed)
    told = [f"{each.label} stays: {each.reason}" for each in stays]
    return _told(_own(request, ref), [*told, *warnings])


@reads(router, "/areas", READ, returns=Listed[AreaShape])
def areas(request: ProgramRequest, asked: Query[Page]) -> Listed[AreaShape]:
    """One's own areas, in the order of their references."""
    rows: QuerySet[Area] = areas_of(request.member)
    return listed(rows, asked, ("reference", "pk"), lambda shown: [area_shape(each) for each in shown])


@reads(router, "/areas/{reference}", READ, returns=AreaShape)
def area(request: ProgramRequest, reference: str) -> AreaShape:
    """One area."""
    return area_shape(_own_area(request, reference))


def _lock_area(request: ProgramRequest, reference: str) -> None:
    lock_area(request.member, _own_area(request, reference))


@writes(router, "PUT", "/areas/{reference}", WRITE, returns=AreaShape, made=True, locks=_lock_area)
def put_area(request: ProgramRequest, reference: str, body: GeometryTold) -> Answer:
    """Make the area of this reference the shape that is sent, new or not: what a file of areas does.

    Competitions that are not beyond qualification get the new shape.
    """
    is_new = _area_of(request, reference) is None
    saved = _area_saved(request, reference, body)
    return Answer(area_shape(_own_area(request, saved.reference)), 201 if is_new else 200)


def _own(request: ProgramRequest, ref: str) -> Competition:
    found = operator_competitions(request.member).filter(ref__iexact=ref).first()
    if found is None:
        raise of_request("not_found", "There is no such competition among yours.")
    return found


def _saved(request: ProgramRequest, sheets: Sheets, *, is_confirmed: bool) -> tuple[Competition, list[str]]:
    """The competition as stored, and what is worth a look. Raises :class:`Problem` with every error, and where what it
    makes visible is not confirmed."""
    now = clock.now()
    plan = typed.plan_typed(by=request.member, sheets=sheets, now=now)
    refuse(faults_of(plan.problems))
    if plan.confirm and not is_confirmed:
        raise of_request("confirmation_missing", f"Nothing was saved. {' '.join(plan.confirm)}")
    saved = typed.save_typed(
        by=request.member, sheets=sheets, seen=plan.fingerprint(), now=now, is_confirmed=is_confirmed
    )
    return saved, [each.message for each in plan.problems if each.level == "warning"]


def refuse(errors: Sequence[Fault]) -> None:
    """Raise :class:`Problem` with all of the errors, if there are any."""
    if errors:
        sentences = " ".join(dict.fromkeys(each.detail for each in errors))
        raise Problem(422, errors[0].code, sentences, errors=errors)


def _told(of: Competition, warnings: Sequence[str], status: int = 200) -> Answer:
    """The competition with what is worth a look, which reading it does not repeat."""
    read = _shape(of)
    return Answer(read.model_copy(update={"warnings": list(warnings)}), status, read_as=read)


def _shape(of: Competition) -> Any:
    return set_up_shape(terms_of(of), of.phase(clock.now()), of.changed_at)


def _area_saved(request: ProgramRequest, reference: str, told: GeometryTold) -> Area:
    problems = save_one_area(
        by=request.member, reference=reference, geometry=told.model_dump(), now=clock.now()
    )
    refuse([Fault("/coordinates", "area_shape", each.message) for each in problems if each.level == "error"])
    return _own_area(request, reference)


def _area_of(request: ProgramRequest, reference: str) -> Area | None:
    return areas_of(request.member).filter(reference__key_form=key_form(reference)).first()


def _own_area(request: ProgramRequest, reference: str) -> Area:
    found = _area_of(request, reference)
    if found is None:
        raise of_request("not_found", "There is no such area among yours.")
    return found


def area_shape(of: Area) -> AreaShape:
    """An area as programs read it."""
    return AreaShape(
        reference=of.reference,
        name=of.display_name,
        area_km2=of.area_km2,
        licence_area=of.licence_area,
        supply_point=of.supply_point,
        in_use=of.in_use,  # type: ignore[attr-defined]
        is_archived=of.archived_at is not None,
        updated_at=of.updated_at,
    )
