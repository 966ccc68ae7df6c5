"""What will happen when a file of assets or of overrides is applied, step by step."""

from accounts.models import Member
from competitions.domain.queries import live_competitions
from marketplace.dates import moment_text
from marketplace.jobs.kinds import JobContext, Plan, Step
from marketplace.numbers import counted


def of_assets(context: JobContext[Member], plan: Plan) -> list[Step]:
    """The assets are saved, then judged against what is live; the next close is the next chance to enter."""
    number = len(plan.payload or [])
    if not number:
        return []
    live = live_competitions(context.now)
    steps = [
        Step("At once", f"{counted(number, 'asset')} {'is' if number == 1 else 'are'} saved"),
        Step(
            "Within a minute",
            f"{'it is' if number == 1 else 'they are'} judged against {counted(live.count(), 'live competition')}",
        ),
    ]
    closes = live.filter(qualification_close__gt=context.now).order_by("qualification_close")
    first = closes.values_list("qualification_close", flat=True).first()
    if first is not None:
        told = moment_text(first, context.member.organisation.zone)
        steps.append(
            Step(told, "qualification closes next: companies that have not entered by then can't bid")
        )
    return steps


def of_overrides(context: JobContext[Member], plan: Plan) -> list[Step]:
    """The overrides are saved and count at once."""
    planned = plan.payload or []
    number = sum(len(decided) for _, decided in planned)
    if not number:
        return []
    return [
        Step("At once", f"{counted(number, 'override')} in {counted(len(planned), 'competition')} saved"),
        Step("At once", "each asset stands as decided, and its provider reads your reason"),
    ]
