"""Rehearsing a competition file: what it would find among the assets that the operator sees already.

The file is checked and applied by the code that applies it for good, in a transaction that is rolled back:
nothing is stored, published or told to anybody.
"""

import uuid
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db import transaction

from accounts.models import Member
from bidding.domain.dry_run import DryRun, Prices, dry_runs_of
from competitions.models import Competition
from competitions.rules import check_may_procure
from competitions.workbooks import competition_file
from marketplace.errors import Refused
from marketplace.jobs.kinds import JobContext
from marketplace.workbooks.declare import Problem
from qualification.domain.queries import assets_visible_to

MOST_COMPETITIONS = 50


@dataclass
class DryRunResult:
    """What the file would do, and the problems that refuse parts of it."""

    dry_runs: list[DryRun] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def dry_run(*, by: Member, data: bytes, prices: Prices, now: datetime) -> DryRunResult:
    """Rehearse the competitions of the file, also those that it leaves as they are; nothing stays. Blank
    prices are the file's own.

    Raises ``NotAllowed``, ``Unreadable`` for anything but a competition file, and ``Refused`` for more than
    fifty competitions.
    """
    check_may_procure(by)
    context = JobContext(job_id=uuid.uuid4(), member=by, params={}, now=now)
    visible = list(assets_visible_to(by, now).values_list("pk", flat=True))
    with transaction.atomic():
        plan = competition_file.check(context, data)
        planned = list(plan.payload)
        same = {change.unit for change in plan.changes if change.action == "unchanged"}
        refs = [one.after.ref for one in planned] + sorted(same)
        if len(refs) > MOST_COMPETITIONS:
            raise Refused(
                f"At most {MOST_COMPETITIONS} competitions are rehearsed at once; the file has {len(refs)}."
            )
        # Nothing that may still change while bids come in changes what is found, and they would wait for its lock.
        plan.payload = [one for one in planned if not one.takes_bids(now)]
        competition_file.apply(context, plan)
        own = Competition.objects.filter(operator=by.organisation_id, ref__in=refs)
        found = dry_runs_of(own, visible, prices, now)
        dry_runs = [replace(run, is_unchanged=run.ref in same) for run in found]
        transaction.set_rollback(True)
    return DryRunResult(dry_runs, list(plan.problems))
