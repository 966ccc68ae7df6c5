"""Who may move a contract on, and when."""

from datetime import datetime

from accounts.enums import Role
from accounts.models import Member
from contracts.enums import ContractStatus
from contracts.models import Contract
from marketplace.errors import NotAllowed, Refused

MOST_DOCUMENTS = 20


def check_may_manage(by: Member, contract: Contract) -> None:
    """Only the buyer's members with the Contracts role sign, document and withdraw a contract."""
    if not can_manage(by, contract):
        raise NotAllowed("Only members of the buying operator with the Contracts role may change a contract.")


def can_manage(by: Member, contract: Contract) -> bool:
    return by.is_so and by.organisation_id == contract.buyer_id and by.holds(Role.CONTRACTS)


def check_standstill_is_over(contract: Contract, now: datetime) -> None:
    """A contract is signed only after the standstill that follows the results."""
    if not is_standstill_over(contract, now):
        raise Refused("The standstill after the results has not ended, so the contract can't be signed yet.")


def is_standstill_over(contract: Contract, now: datetime) -> bool:
    return contract.signable_from is None or contract.signable_from <= now


def can_sign(by: Member, contract: Contract, now: datetime) -> bool:
    is_awarded = contract.status == ContractStatus.AWARDED
    return can_manage(by, contract) and is_awarded and is_standstill_over(contract, now)


def can_withdraw(by: Member, contract: Contract) -> bool:
    return can_manage(by, contract) and contract.status in (ContractStatus.AWARDED, ContractStatus.SIGNED)


def check_may_get_terms(contract: Contract) -> None:
    """Settlement terms are given once, to a contract that has none."""
    if contract.terms_version_id is not None:
        raise Refused("The contract has settlement terms already; they stay as they are.")
    if contract.status == ContractStatus.WITHDRAWN:
        raise Refused("The contract is withdrawn, so it gets no settlement terms.")


def check_takes_documents(contract: Contract, held: int) -> None:
    """Documents are added to contracts that are not withdrawn, up to a limit."""
    if contract.status == ContractStatus.WITHDRAWN:
        raise Refused("The contract is withdrawn, so no document can be added.")
    if held >= MOST_DOCUMENTS:
        raise Refused(f"A contract holds at most {MOST_DOCUMENTS} documents.")
