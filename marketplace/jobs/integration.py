"""What the jobs app tells the rest of the kernel: states, notifications, marked copies, its page."""

import marketplace.celery  # noqa: F401  (the app that tasks are published with)
from marketplace import states
from marketplace.health.figures import register_figures
from marketplace.jobs import figures, kinds, marked, notifications, retention, waiting
from marketplace.jobs.enums import TRANSITIONS, State
from marketplace.notifications import declare
from marketplace.retention.rules import register_retention
from marketplace.web.navigation import register_destination
from marketplace.web.todo import register_todo

kinds.register_file(marked.KIND)
declare(*notifications.KINDS)
states.register(states.Machine("jobs.Job", "state", State, State.QUEUED, TRANSITIONS))
register_destination("Files", "jobs:history", "so", "fsp")
register_todo(waiting.uploads, lambda member, now: waiting.checked_uploads(member))
register_figures(figures.of_jobs)
for rule in retention.RULES:
    register_retention(rule)
