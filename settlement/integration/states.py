"""The states of statements and of disputed lines, as the docs draw them."""

from marketplace import states
from settlement.enums import ANSWER_TRANSITIONS, VERSION_TRANSITIONS, AnswerKind, VersionState

states.register(
    states.Machine(
        "settlement.StatementVersion", "state", VersionState, VersionState.PROVISIONAL, VERSION_TRANSITIONS
    )
)
states.register(
    states.Machine("settlement.DisputedLine", "state", AnswerKind, AnswerKind.OPEN, ANSWER_TRANSITIONS)
)
