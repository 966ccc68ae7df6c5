"""The copy of an uploaded workbook with its problems marked: a generated file like any other."""

from pathlib import PurePath
from typing import BinaryIO

from marketplace.errors import Refused
from marketplace.jobs.kinds import MARKED_COPY, FileKind, JobContext
from marketplace.jobs.queries import jobs_visible_to, problems_of
from marketplace.members import Member
from marketplace.workbooks.declare import Problem


def generate(context: JobContext[Member], stream: BinaryIO) -> str:
    """Write the marked copy of the source of the context's job. Raises ``Refused`` when there is none to
    see."""
    # Loaded by the first that is written, not at each start.
    from marketplace.workbooks.mark import mark_errors

    job = jobs_visible_to(context.member).filter(copies=context.job_id).first()
    if job is None or job.upload is None:
        raise Refused("The file to mark no longer exists.")
    problems = [Problem.from_json(each) for each in problems_of(job)]
    stream.write(mark_errors(job.upload.read(), problems))
    return f"{PurePath(job.upload.name).stem} - errors marked.xlsx"


KIND = FileKind(MARKED_COPY, "Copy with the errors marked", generate)
