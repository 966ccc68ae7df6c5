"""What will happen when a file of bids or of decisions is applied, step by step."""

from accounts.models import Member
from marketplace.dates import moment_text
from marketplace.jobs.kinds import JobContext, Plan, Step
from marketplace.numbers import counted


def of_bids(context: JobContext[Member], plan: Plan) -> list[Step]:
    """The ballots are placed, sealed, and can be replaced until bidding closes."""
    planned = plan.payload or []
    number = sum(len(ballots) for _, ballots in planned)
    if not number:
        return []
    steps = [
        Step(
            "At once",
            f"{counted(number, 'ballot')} in {counted(len(planned), 'competition')} placed, sealed until bidding closes",
        )
    ]
    closes = min(each.bidding_close for each, _ in planned)
    told = moment_text(closes, context.member.organisation.zone)
    steps.append(Step(told, "bidding closes first; until then you can replace or withdraw them"))
    return steps


def of_decisions(context: JobContext[Member], plan: Plan) -> list[Step]:
    """The decisions are saved; bidders learn of them when the results are confirmed."""
    planned = plan.payload or []
    number = sum(len(decisions) for _, decisions in planned)
    if not number:
        return []
    return [
        Step(
            "At once",
            f"{counted(number, 'decision')} in {counted(len(planned), 'competition')} saved; no bidder sees them yet",
        ),
        Step("When you confirm", "bidders are told, and accepted bids become contracts"),
    ]
