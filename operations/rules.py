"""Who may do what in operations."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from accounts.enums import Role
from accounts.models import Member
from contracts.enums import ContractStatus
from contracts.models import Contract
from marketplace.errors import NotAllowed

CAN_RUN = frozenset({ContractStatus.AWARDED, ContractStatus.SIGNED})


def may_dispatch(by: Member | None) -> bool:
    """Whether the member dispatches contracts of its organisation at all."""
    return by is not None and by.is_so and by.holds(Role.OPERATIONS)


def can_dispatch(by: Member | None, contract: Contract) -> bool:
    """Whether the member issues, amends, stops and cancels dispatches of the contract."""
    return by is not None and may_dispatch(by) and by.organisation_id == contract.buyer_id


def check_may_dispatch(by: Member, contract: Contract) -> None:
    """Raise ``NotAllowed`` for who may not dispatch the contract."""
    if not can_dispatch(by, contract):
        raise NotAllowed("Dispatching a contract needs the role Operations of its buying operator.")


def can_answer(by: Member | None, contract: Contract) -> bool:
    """Whether the member acknowledges and declines dispatches of the contract."""
    return (
        by is not None
        and by.is_fsp
        and by.organisation_id == contract.seller_id
        and by.holds(Role.OPERATIONS)
    )


def check_may_answer(by: Member, contract: Contract) -> None:
    """Raise ``NotAllowed`` for who may not answer for the contract."""
    if not can_answer(by, contract):
        raise NotAllowed("Answering a dispatch needs the role Operations of the selling provider.")


def stopped_at(contract: Contract) -> datetime | None:
    """When the contract stopped, so that nothing of it is available from then on; None while it may be run."""
    return contract.withdrawn_at or contract.ended_at


def check_may_declare(by: Member, contract: Contract) -> None:
    """Raise ``NotAllowed`` for who may not say what is available under the contract."""
    if not can_answer(by, contract):
        raise NotAllowed(
            "Availability is declared by the selling provider's members with the role Operations."
        )


def check_may_accept(by: Member, contract: Contract) -> None:
    """Raise ``NotAllowed`` for who may not accept availability of the contract."""
    if not can_dispatch(by, contract):
        raise NotAllowed(
            "Availability is answered by the buying operator's members with the role Operations."
        )


def can_propose_assets(by: Member | None, contract: Contract) -> bool:
    """Whether the member proposes to exchange assets of the contract, as it stands."""
    return can_answer(by, contract) and contract.status in CAN_RUN


def check_may_propose_assets(by: Member, contract: Contract) -> None:
    """Raise ``NotAllowed`` for who may not propose to exchange assets of the contract."""
    if not can_answer(by, contract):
        raise NotAllowed(
            "Assets of a contract are substituted by the seller's members with the role Operations."
        )


def check_may_answer_assets(by: Member, contract: Contract) -> None:
    """Raise ``NotAllowed`` for who may not approve or refuse that assets of the contract are exchanged."""
    if not can_dispatch(by, contract):
        raise NotAllowed("A substitution is answered by the buyer's members with the role Operations.")


def can_tell_readings(by: Member | None) -> bool:
    """Whether the member uploads readings and nominations for its company."""
    return by is not None and by.is_fsp and by.holds(Role.OPERATIONS)


def check_may_tell_readings(by: Member, providers: Iterable[UUID] = ()) -> None:
    """Raise ``NotAllowed`` for who may not tell readings of units of these companies."""
    if not can_tell_readings(by) or any(each != by.organisation_id for each in providers):
        raise NotAllowed(
            "Meter data and nominations need the role Operations of the provider whose assets they are of."
        )


def can_run_baselines(by: Member | None) -> bool:
    """Whether the member loads fixed references and answers about days left out, for its operator."""
    return by is not None and by.is_so and by.holds(Role.OPERATIONS)
