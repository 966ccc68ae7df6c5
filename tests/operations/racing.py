"""Several people at the same instant, each with a connection of its own."""

import threading

from django.db import connections

from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline


def together(instant, *actions):
    """Run each in a thread of its own at this instant; what each raised, None for nothing."""
    raised = [None] * len(actions)
    gate = threading.Barrier(len(actions))

    def run(place):
        try:
            with run_jobs_inline(), clock.set_to(instant):
                gate.wait(30)
                actions[place]()
        except Exception as error:
            raised[place] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(actions))]
    for each in threads:
        each.start()
    for each in threads:
        each.join(60)
    return [str(each) if each else None for each in raised]
