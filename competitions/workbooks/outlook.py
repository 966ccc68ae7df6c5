"""What will happen when a competition file is applied, step by step."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from accounts.models import Member
from competitions.workbooks.competition_file import Planned
from marketplace.dates import moment_text
from marketplace.jobs.kinds import JobContext, Plan, Step
from marketplace.numbers import counted

MOST_DATES = 3


def foresee(context: JobContext[Member], plan: Plan) -> list[Step]:
    """Saved, published now or later, providers told, and when qualification and bidding close first."""
    planned: list[Planned] = plan.payload or []
    if not planned:
        return []
    zone, new = context.member.organisation.zone, [one for one in planned if one.competition_id is None]
    steps = [Step("At once", f"{counted(len(planned), 'competition')} {_are(len(planned))} saved")]
    published = [one.after.header["publish_on"] for one in new]
    at_once = sum(moment is None or moment <= context.now for moment in published)
    if at_once:
        steps.append(Step("At once", f"{counted(at_once, 'new competition')} {_are(at_once)} published"))
        steps.append(
            Step("Within a minute", "assets within their boundaries are judged, and their providers told")
        )
    later = Counter(moment for moment in published if moment is not None and moment > context.now)
    for moment, number in sorted(later.items())[:MOST_DATES]:
        steps.append(
            Step(moment_text(moment, zone), f"{counted(number, 'new competition')} {_are(number)} published")
        )
    for key, words in (
        ("qualification_close", "qualification closes, verdicts are fixed"),
        ("bidding_close", "bidding closes"),
    ):
        if first := _first((one.after.header.get(key) for one in planned), context.now):
            steps.append(Step(moment_text(first, zone), f"the first {words}" if len(planned) > 1 else words))
    return steps


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def _first(moments: Iterable[datetime | None], now: datetime) -> datetime | None:
    return min((each for each in moments if each is not None and each > now), default=None)
