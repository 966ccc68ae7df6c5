"""The states of dispatches, as the docs draw them."""

from marketplace import states
from operations.enums import (
    DISPATCH_TRANSITIONS,
    EXCLUSION_TRANSITIONS,
    SUBSTITUTION_TRANSITIONS,
    DispatchState,
    ExclusionState,
    SubstitutionState,
)

states.register(
    states.Machine("operations.Dispatch", "state", DispatchState, DispatchState.ISSUED, DISPATCH_TRANSITIONS)
)
states.register(
    states.Machine(
        "operations.ExcludedDay", "state", ExclusionState, ExclusionState.ASKED, EXCLUSION_TRANSITIONS
    )
)
states.register(
    states.Machine(
        "operations.Substitution",
        "state",
        SubstitutionState,
        SubstitutionState.PROPOSED,
        SUBSTITUTION_TRANSITIONS,
    )
)
