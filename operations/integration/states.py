"""The states of dispatches, as the docs draw them."""

from marketplace import states
from operations.enums import DISPATCH_TRANSITIONS, DispatchState

states.register(
    states.Machine("operations.Dispatch", "state", DispatchState, DispatchState.ISSUED, DISPATCH_TRANSITIONS)
)
