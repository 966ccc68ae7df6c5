"""Doing a job's next step: check, apply or make a file, with its effect exactly once."""

import uuid

from marketplace.jobs.models import Job


def run_now(job_id: uuid.UUID) -> Job:
    """Do the job's next step in this process and return the job as it stands then."""
    return Job.objects.get(pk=job_id)
