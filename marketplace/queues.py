"""Which queue each task goes to, and how often beat asks for it."""

from datetime import timedelta

_SECONDS = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)

USUAL_QUEUE = "files"
QUEUES = ("urgent", "mails", "webhooks", USUAL_QUEUE)
"""Files never hold up what has a deadline: each gets a worker of its own (one without ``-Q`` takes from all)."""

TASKS: dict[str, dict[str, timedelta | None]] = {
    "urgent": {
        "accounts.clear_sessions": 6 * _HOUR,
        "accounts.forget_given_up_mails": 24 * _HOUR,
        "api.forget_old": _HOUR,
        "audit.publish_heads": _HOUR,
        "bidding.close_gates": 5 * _SECONDS,
        "bidding.notify_due": 30 * _SECONDS,
        "contracts.end_due": _HOUR,
        "jobs.sweep": 5 * _SECONDS,
        "jobs.sweep_all": None,
        "operations.notify_availability": _MINUTE,
        "operations.notify_readings": _HOUR,
        "operations.watch_dispatches": 5 * _SECONDS,
        "qualification.expire_approvals": 30 * _SECONDS,
        "qualification.freeze_due": 5 * _SECONDS,
        "qualification.notify_due": 30 * _SECONDS,
        "settlement.finalise_due": _HOUR,
    },
    "mails": {"deliveries.deliver_due": 5 * _SECONDS},
    "webhooks": {"deliveries.deliver_webhooks": 5 * _SECONDS},
    USUAL_QUEUE: {
        "jobs.move_files": 10 * _MINUTE,
        "jobs.refresh_public_files": _MINUTE,
        "qualification.sweep": 5 * _SECONDS,
        "retention.remove_due": _HOUR,
        "settlement.run_due": _HOUR,
    },
}
"""The tasks of each queue, with how often beat asks for them; ``None``: only others do. What is not named goes to the
usual queue and is asked for by others."""


def queues() -> dict[str, dict[str, str]]:
    """The queues, as Celery is told of them."""
    return {name: {"exchange": name, "routing_key": name} for name in QUEUES}


def routes() -> dict[str, dict[str, str]]:
    """The queue of each task that does not go to the usual one."""
    return {
        task: {"queue": queue} for queue, tasks in TASKS.items() if queue != USUAL_QUEUE for task in tasks
    }


def schedule() -> dict[str, dict[str, object]]:
    """What beat asks for, and how often."""
    return {
        task: {"task": task, "schedule": often}
        for tasks in TASKS.values()
        for task, often in tasks.items()
        if often is not None
    }
