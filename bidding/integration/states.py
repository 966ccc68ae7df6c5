"""The states of ballots and of bids, as the docs draw them."""

from bidding.enums import BALLOT_TRANSITIONS, DECISION_TRANSITIONS, BallotState, Decision
from marketplace import states

states.register(
    states.Machine("bidding.Ballot", "state", BallotState, BallotState.SUBMITTED, BALLOT_TRANSITIONS)
)
states.register(states.Machine("bidding.Bid", "decision", Decision, Decision.UNDECIDED, DECISION_TRANSITIONS))
