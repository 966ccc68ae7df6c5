"""How a competition's phase is named and drawn wherever it stands in a row."""

from collections.abc import Mapping

from competitions.enums import Phase
from marketplace.web.figures import Step

STEPS: Mapping[Phase, Step] = {
    Phase.DRAFT: Step("Draft", -1, "draft"),
    Phase.ANNOUNCED: Step("Announced", 0, "announced"),
    Phase.QUALIFICATION_OPEN: Step("Qualification", 1, "qualification"),
    Phase.QUALIFICATION_CLOSED: Step("Bidding soon", 2, "waiting"),
    Phase.BIDDING_OPEN: Step("Bidding", 3, "bidding"),
    Phase.DECISION: Step("Decision", 4, "decision"),
    Phase.CONFIRMED: Step("Confirmed", 5, "confirmed"),
    Phase.ARCHIVED: Step("Archived", 6, "draft"),
    Phase.CANCELLED: Step("Cancelled", -1, "draft"),
}


def step_of(phase: Phase, *, visibility_only: bool = False) -> Step:
    """The place on the track; a competition for visibility only has no bidding, and is called so."""
    step = STEPS[phase]
    return Step("Visibility only", step.place, step.colour) if visibility_only and step.place > 0 else step
