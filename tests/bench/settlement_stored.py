"""A run of statements over the database, with the dispatches of one contract growing: worked out, issued, audited, told."""

from collections.abc import Iterator
from datetime import timedelta

from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from settlement.models import StatementVersion
from tests.bench.measured import Measured, seconds
from tests.operations.metered import issue
from tests.settlement import statement_scene as scenes
from tests.settlement.statement_scene import FIRST_RUN, HOUR

DAYS, HOURS_EACH, HALF_HOURS = 28, (1, 4), 48
TERMS = {"availability": {"mode": "fixed"}, "penalty": {"multiple": "1"}}


def rows() -> Iterator[Measured]:
    """A dispatch on each day of February, then four; the days before them are metered, and their baselines recent days."""
    with run_jobs_inline():
        scene = scenes.scene_of(scenes.made(), TERMS)
        before = scene.service[0].start - timedelta(days=30)
        scenes.told(scene, before, [1000] * HALF_HOURS * (DAYS + 31), at=FIRST_RUN - HOUR)
        made = 0
        for number, hours in enumerate(HOURS_EACH):
            for hour in range(made // DAYS, hours):
                for service in scene.service[:DAYS]:
                    start = service.start + hour * HOUR
                    with clock.set_to(start - HOUR):
                        issue(scene, scene.contract, start, start + HOUR, "0.5")
                    made += 1
            took = seconds(lambda at=FIRST_RUN + number * HOUR: scenes.run(scene, at=at))  # type: ignore[misc]
            assert StatementVersion.objects.count() == number + 1
            yield Measured("settlement", f"a statement of {made} dispatches run over the database", took)
