"""What dispatches tell the kernel and the other apps: notifications, navigation, to-do items, search, signals."""

from typing import Any

from django.dispatch import receiver

from accounts.enums import Role
from contracts.signals import contract_signed, contract_withdrawing
from marketplace.notifications import declare
from marketplace.web.navigation import register_destination
from marketplace.web.search import register_finder
from marketplace.web.todo import register_todo
from operations.domain.dispatch_notifications import KINDS
from operations.domain.dispatch_queries import dispatches_that_may_wait, emergency_stops_to_acknowledge
from operations.domain.scheduled import end_with_contract, issue_scheduled
from operations.presenters import dispatch_todo

declare(*KINDS)
register_destination(
    "Dispatch",
    "operations:dispatch_home",
    "so",
    "fsp",
    role=Role.OPERATIONS,
    count=dispatch_todo.navigation_count,
)
register_todo(
    dispatch_todo.answers,
    lambda member, now: emergency_stops_to_acknowledge(member),
    dispatches_that_may_wait,
)
register_todo(dispatch_todo.unanswered, dispatches_that_may_wait)
register_finder(dispatch_todo.found, 46)


@receiver(contract_signed, dispatch_uid="operations.issue_scheduled")
def dispatch_on_signing(sender: object, **kwargs: Any) -> None:
    """Make the scheduled dispatches in the transaction that signs the contract."""
    issue_scheduled(by=kwargs["by"], contract=kwargs["contract"], now=kwargs["now"])


@receiver(contract_withdrawing, dispatch_uid="operations.end_with_contract")
def end_on_withdrawal(sender: object, **kwargs: Any) -> None:
    """Stop and cancel dispatches in the transaction that withdraws the contract."""
    end_with_contract(by=kwargs["by"], contract=kwargs["contract"], now=kwargs["now"])
