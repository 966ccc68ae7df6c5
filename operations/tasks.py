"""The queue's side of operations: each task calls one action and can be run twice."""

from uuid import UUID

from celery import shared_task

from marketplace import clock
from operations.domain import availability_reminders, meter_reminders, watching
from operations.domain.kept_figures import figures_among, kept_trust
from operations.domain.measuring import dispatches_by_id
from operations.domain.trusting import contract_by_id


@shared_task(name="operations.notify_availability", ignore_result=True)
def notify_availability() -> int:
    """Tell of availability to declare, to answer, and answered by the terms; returns how much. Run every minute."""
    return availability_reminders.notify_due(clock.now())


@shared_task(name="operations.watch_dispatches", ignore_result=True)
def watch_dispatches() -> int:
    """Tell of answers that are due, and repeat emergency stops; returns how many. Run every few seconds."""
    return watching.watch_dispatches(clock.now())


@shared_task(name="operations.keep_figures", ignore_result=True)
def keep_figures(*dispatches: str) -> int:
    """Measure these dispatches for a page that waits for them; returns how many have figures."""
    return len(figures_among(dispatches_by_id(dispatches), clock.now()))


@shared_task(name="operations.keep_trust", ignore_result=True)
def keep_trust(contract_id: str) -> int:
    """Work out how a contract's baseline does for a page that waits for it; returns for how many units."""
    contract = contract_by_id(UUID(contract_id))
    return 0 if contract is None else len(kept_trust(contract, clock.now()))


@shared_task(name="operations.notify_readings", ignore_result=True)
def notify_readings() -> int:
    """Tell of meter data that is missing shortly before its deadline; returns to how many. Run every hour."""
    return meter_reminders.notify_due(clock.now())
