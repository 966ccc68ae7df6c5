"""The queue's side of settlement: each task calls one action and can be run twice."""

from celery import shared_task

from marketplace import clock
from settlement.domain import finalising, runs


@shared_task(name="settlement.run_due", ignore_result=True)
def run_due() -> int:
    """Make the statements whose meter deadline is over; returns how many versions that made. Run every hour."""
    return runs.run_due_statements(clock.now())


@shared_task(name="settlement.finalise_due", ignore_result=True)
def finalise_due() -> int:
    """Make final what was not disputed in time; returns how many. Run every hour."""
    return finalising.finalise_due(clock.now())
