"""The states of entries and of applications to DPSs, as the docs draw them."""

from marketplace import states
from qualification.enums import APPLICATION_TRANSITIONS, ENTRY_TRANSITIONS, ApplicationState, EntryState

states.register(
    states.Machine("qualification.Entry", "state", EntryState, EntryState.UNDECIDED, ENTRY_TRANSITIONS)
)
states.register(
    states.Machine(
        "qualification.DpsApplication",
        "state",
        ApplicationState,
        ApplicationState.DRAFT,
        APPLICATION_TRANSITIONS,
    )
)
