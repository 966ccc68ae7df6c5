"""Meter lists: the meter IDs that an operator counts as lying in an area. An upload replaces an area's
list."""

import uuid
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from competitions.domain.queries import areas_of
from competitions.models import Area, Competition
from competitions.rules import check_may_procure
from marketplace.audit.chain import record
from marketplace.errors import Refused
from marketplace.jobs.kinds import Change, JobContext, Plan
from marketplace.keys import key_form
from marketplace.numbers import count_text
from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited
from marketplace.workbooks.declare import Problem
from qualification.domain.facts import reading as facts_reading
from qualification.domain.meters.files import HEADER as HEADER
from qualification.domain.meters.files import read_meter_file
from qualification.domain.verdicts import freeze, requalification
from qualification.models import MeterList

MEMORY_MB = 500
SECONDS = 60


@dataclass
class Reading:
    """What a CSV of meter IDs holds: the 13-digit cores in ascending order, and what is wrong with the
    file."""

    meter_ids: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_meters(data: bytes) -> Reading:
    """Read a CSV with the header ``meter_id``, one a line, in a process that can do nothing else.

    Raises ``Refused`` with one sentence for a file that is not a CSV, lacks the header or has more than
    200,000 rows.
    """
    try:
        refusal, meter_ids, found = run_limited(read_meter_file, data, memory_mb=MEMORY_MB, seconds=SECONDS)
    except LimitExceeded:
        raise Refused(
            "The file takes too long or too much memory to read: split it, or check what is in it."
        ) from None
    except ChildFailed:
        raise Refused("The file can't be read: save it as “CSV UTF-8” and upload that.") from None
    if refusal:
        raise Refused(refusal)
    return Reading(meter_ids, found)


def check(context: JobContext[Member], data: bytes) -> Plan:
    """What the file would do to the list of the area ``params["area"]``. Any error refuses all of it."""
    check_may_procure(context.member)
    area = _area(context)
    reading = read_meters(data)
    before = set(meters_of(area))
    after = set(reading.meter_ids)
    plan = Plan(problems=reading.problems)
    if any(problem.level == "error" for problem in reading.problems):
        plan.changes = [
            Change(area.reference, "refuse", note="The file has errors, so the list stays as it is.")
        ]
        return plan
    if not after:
        raise Refused("The file lists no meter. To drop an area's list, remove it on its page.")
    if before == after:
        plan.changes = [Change(area.reference, "unchanged")]
        return plan
    counts = f"{count_text(len(after))} ({count_text(len(after - before))} added, {count_text(len(before - after))} removed)"
    asking = ", ".join(asking_for(area, context.now).values_list("ref", flat=True))
    note = f"Checked again for it: {asking}." if asking else ""
    plan.changes = [
        Change(
            area.reference,
            "update" if before else "create",
            (("Meters", f"{count_text(len(before))}" if before else "", counts),),
            note,
        )
    ]
    plan.payload = (area, reading.meter_ids)
    return plan


def apply(context: JobContext[Member], plan: Plan) -> None:
    """Store the list that the plan holds."""
    area, meter_ids = plan.payload
    replace_meters(by=context.member, area=area, meter_ids=meter_ids, now=context.now)


def _area(context: JobContext[Member]) -> Area:
    """The operator's area named by its id or, when nobody knows that yet, by its reference."""
    named = str(context.params.get("area", ""))
    own = areas_of(context.member)
    try:
        found = own.filter(pk=uuid.UUID(named)).first()
    except ValueError:
        found = own.filter(reference__key_form=key_form(named)).first()
    if found is None:
        raise Refused(f"There is no area “{named}”." if named else "Choose the area that the list is for.")
    return found


def meters_of(area: Area) -> list[str]:
    """The meter IDs on the area's list, in ascending order; none without a list."""
    found = MeterList.objects.filter(area=area).values_list("meter_ids", flat=True).first()
    return list(found or [])


def asking_for(area: Area, now: datetime) -> "QuerySet[Competition]":
    """The competitions that ask for a meter in the area's zone and whose verdicts may still change."""
    named = facts_reading.open_competitions(None, now).filter(boundaries__area=area, meter_id_in_zone=True)
    return named.order_by("ref").distinct()


def replace_meters(*, by: Member, area: Area, meter_ids: list[str], now: datetime) -> None:
    """Make these the area's meters (none: it has no list) and have the competitions that ask for them judged
    again.

    What has closed is frozen before, by the list as it was. Raises ``NotAllowed``, ``Refused`` for another's
    area.
    """
    check_may_procure(by)
    if area.operator_id != by.organisation_id:
        raise Refused("This is another operator's area.")
    with transaction.atomic():
        now = freeze.ready_for_asset_writes()
        present = MeterList.objects.select_for_update().filter(area=area).first()
        before = present.meter_ids if present is not None else []
        if before == meter_ids:
            return
        if meter_ids:
            told = {"meter_ids": meter_ids, "replaced_at": now, "replaced_by_email": by.email}
            MeterList.objects.update_or_create(area=area, defaults=told)
        else:
            MeterList.objects.filter(area=area).delete()
        requalification.request_for_competitions(asking_for(area, now).values_list("pk", flat=True), now)
        record(
            organisation_id=by.organisation_id,
            by=by,
            action="meter list replaced" if meter_ids else "meter list removed",
            subject=area,
            changes={
                "meters": (len(before), len(meter_ids)),
                "added": (None, len(set(meter_ids) - set(before))),
                "removed": (None, len(set(before) - set(meter_ids))),
            },
            now=now,
        )
