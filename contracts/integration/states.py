"""The states of contracts, as the docs draw them."""

from contracts.enums import CONTRACT_TRANSITIONS, ContractStatus
from marketplace import states

states.register(
    states.Machine(
        "contracts.Contract", "status", ContractStatus, ContractStatus.AWARDED, CONTRACT_TRANSITIONS
    )
)
