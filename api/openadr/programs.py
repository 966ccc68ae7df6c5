"""Programs: one of each contract, and one of each competition for its announcements."""

from collections.abc import Collection
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from ninja import Router

from accounts.enums import Role, Scope
from accounts.models import Member
from api.auth import Declared
from api.doors import Told
from api.openadr.door import DOOR, id_of, listed_in, missing, page_of
from api.openadr.shapes import duration_text, plain
from api.problems import of_request
from api.requests import ProgramRequest
from competitions.domain.queries import competitions_visible_to
from competitions.enums import PowerType
from competitions.models import Competition
from contracts.domain.queries import contracts_of
from contracts.models import Contract
from marketplace import clock
from marketplace.dates import instant_text

router = Router(tags=["programs"])
READ = Declared(Scope.DISPATCH_READ, role=Role.OPERATIONS)
SETPOINT, EMERGENCY = "DISPATCH_SETPOINT_RELATIVE", "ALERT_GRID_EMERGENCY"
USAGE, READING, BASELINE, STATE = "USAGE", "READING", "BASELINE", "OPERATING_STATE"
ACKNOWLEDGED, DECLINED = "DISPATCH_ACKNOWLEDGED", "DISPATCH_DECLINED"
READ_ONLY = "Programs follow from contracts and competitions: they are read here, and made by their award or publication."


@DOOR.reads(router, "/programs", READ)
def adr_programs(request: ProgramRequest) -> list[Told]:
    """One's contracts, the first awarded first, then the competitions that one sees."""
    page = page_of(request)
    contracts, competitions = _contracts(request), _competitions(request)
    for target in listed_in(request, "targets"):
        named = Q(pk=id_of(target)) if id_of(target) else Q()
        contracts = contracts.filter(named | Q(competition__ref__iexact=target))
        competitions = competitions.filter(named | Q(ref__iexact=target))
    shown, now = [of_contract(each) for each in contracts[page.part]], clock.now()
    rest = page.limit - len(shown)
    if rest > 0:
        skip = max(0, page.skip - contracts.count())
        shown += [of_competition(each, now) for each in competitions[skip : skip + rest]]
    return shown


@DOOR.reads(router, "/programs/{program_id}", READ)
def adr_program(request: ProgramRequest, program_id: str) -> Told:
    """One program."""
    wanted = id_of(program_id)
    if wanted is not None:
        contract = _contracts(request).filter(pk=wanted).first()
        if contract is not None:
            return of_contract(contract)
        competition = _competitions(request).filter(pk=wanted).first()
        if competition is not None:
            return of_competition(competition, clock.now())
    raise missing("program")


@DOOR.writes(router, "POST", "/programs", READ)
def adr_post_program(request: ProgramRequest) -> Told:
    """Refused: programs are not made here."""
    raise of_request("role_missing", READ_ONLY)


@DOOR.writes(router, "PUT", "/programs/{program_id}", READ)
def adr_put_program(request: ProgramRequest, program_id: str) -> Told:
    """Refused: programs are not changed here."""
    raise of_request("role_missing", READ_ONLY)


@DOOR.writes(router, "DELETE", "/programs/{program_id}", READ)
def adr_delete_program(request: ProgramRequest, program_id: str) -> Told:
    """Refused: programs are not deleted here."""
    raise of_request("role_missing", READ_ONLY)


def _contracts(request: ProgramRequest) -> QuerySet[Contract]:
    return contracts_of(request.member).order_by("awarded_at", "pk")


def _competitions(request: ProgramRequest) -> QuerySet[Competition]:
    scopes = request.acting.scopes if request.acting is not None else frozenset()
    return competitions_seen(request.member, scopes, clock.now()).order_by("publish_on", "pk")


def competitions_seen(member: Member, scopes: Collection[str], now: datetime) -> QuerySet[Competition]:
    """The competitions that a member's program sees as programs, by the scopes that it has."""
    seen = competitions_visible_to(member, now)
    return seen if Scope.COMPETITIONS_READ in scopes else seen.none()


def is_program(request: ProgramRequest, program_id: UUID) -> bool:
    """Whether the program that asks sees one with this ID."""
    return (
        _contracts(request).filter(pk=program_id).exists()
        or _competitions(request).filter(pk=program_id).exists()
    )


def metadata(object_id: Any, kind: str, made: datetime, changed: datetime) -> Told:
    """What every object has."""
    return {
        "id": str(object_id),
        "createdDateTime": instant_text(made),
        "modificationDateTime": instant_text(changed),
        "objectType": kind,
    }


def unit_of(power_type: str) -> str:
    """The unit of a setpoint."""
    return "KVAR" if power_type == PowerType.REACTIVE else "KW"


def setpoint_descriptor(power_type: str) -> Told:
    """How a setpoint is meant."""
    return {
        "objectType": "EVENT_PAYLOAD_DESCRIPTOR",
        "payloadType": SETPOINT,
        "units": unit_of(power_type),
    }


def of_contract(of: Contract) -> Told:
    """A contract as a program."""
    dates = [of.awarded_at, of.signed_at, of.ended_at, of.withdrawn_at]
    changed = max(each for each in dates if each is not None)
    start = datetime.combine(of.first_day, time.min, of.buyer.zone)
    end = datetime.combine(of.end_day, time.min, of.buyer.zone)
    energy = f"{unit_of(of.competition.power_type)}H"
    units = {USAGE: energy, READING: energy, BASELINE: energy}
    reports: list[Told] = [
        {"objectType": "REPORT_PAYLOAD_DESCRIPTOR", "payloadType": kind}
        | ({"units": units[kind]} if kind in units else {})
        for kind in (USAGE, READING, BASELINE, STATE, ACKNOWLEDGED, DECLINED)
    ]
    return metadata(of.pk, "PROGRAM", of.awarded_at, changed) | {
        "programName": f"{of.competition.ref} {str(of.pk)[:8]}",
        "intervalPeriod": {"start": instant_text(start), "duration": duration_text(end - start)},
        "payloadDescriptors": [
            setpoint_descriptor(of.competition.power_type),
            {"objectType": "EVENT_PAYLOAD_DESCRIPTOR", "payloadType": EMERGENCY},
            *reports,
        ],
        "attributes": [
            {"type": "KIND", "values": ["CONTRACT"]},
            {"type": "STATUS", "values": [of.status]},
            {"type": "COMPETITION", "values": [of.competition.ref]},
            {"type": "PERIOD", "values": [of.period_name]},
            {"type": "WINDOW", "values": [of.window_name]},
            {"type": "CAPACITY", "values": [plain(of.capacity_mw * 1000)]},
            {"type": "DIRECTION", "values": [of.competition.need_direction]},
            {"type": "OPERATOR", "values": [of.buyer.name]},
            {"type": "PROVIDER", "values": [of.seller.name]},
        ],
        "targets": [str(of.pk), of.competition.ref],
    }


def of_competition(of: Competition, now: datetime) -> Told:
    """A competition as a program at an instant: what was published of it, and nothing of who enters or bids."""
    dates = {
        "QUALIFICATION_OPEN": of.qualification_open,
        "QUALIFICATION_CLOSE": of.qualification_close,
        "BIDDING_OPEN": of.bidding_open,
        "BIDDING_CLOSE": of.bidding_close,
    }
    told = [{"type": name, "values": [instant_text(at)]} for name, at in dates.items() if at is not None]
    return metadata(of.pk, "PROGRAM", of.publish_on, max(of.publish_on, of.changed_at)) | {
        "programName": of.ref,
        "attributes": [
            {"type": "KIND", "values": ["COMPETITION"]},
            {"type": "STATUS", "values": [of.phase(now)]},
            {"type": "NAME", "values": [of.name]},
            {"type": "OPERATOR", "values": [of.operator.name]},
            {"type": "DIRECTION", "values": [of.need_direction]},
            *told,
        ],
        "targets": [str(of.pk), of.ref],
    }
