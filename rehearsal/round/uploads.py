"""Files handed in by the very way of the pages: start, check, apply, each as a job, worked in this
process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from accounts.models import Member
from marketplace import clock
from marketplace.errors import Refused
from marketplace.jobs.actions import apply_upload, start_upload
from marketplace.jobs.enums import State
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.queries import problems_of
from marketplace.jobs.worker import run_now


@dataclass
class FileReport:
    """What became of a file: units created, updated and unchanged, and its errors with their places."""

    file: str
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)

    def add(self, other: "FileReport") -> None:
        """Count in what another part of the same file did."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.errors += [error for error in other.errors if error not in self.errors]

    def to_json(self) -> dict[str, Any]:
        return {
            "file": self.file,
            "created": self.created,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "errors": self.errors,
        }


def hand_in(*, by: Member, kind: str, path: Path, params: Mapping[str, Any] | None = None) -> FileReport:
    """Upload the file, check it and apply what can be applied, as ``by`` would on the page."""
    return hand_in_bytes(by=by, kind=kind, name=path.name, data=path.read_bytes(), params=params)


def hand_in_bytes(
    *, by: Member, kind: str, name: str, data: bytes, params: Mapping[str, Any] | None = None
) -> FileReport:
    """As :func:`hand_in`, for a file in memory. A file refused as a whole is reported as one error without a
    place."""
    report = FileReport(name)
    with run_jobs_inline():
        try:
            job = start_upload(
                by=by, kind=kind, filename=name, data=data, params=params or {}, now=clock.now()
            )
        except Refused as refusal:
            report.errors.append({"sheet": None, "row": None, "column": None, "message": str(refusal)})
            return report
        job = run_now(job.pk)
        report.errors += [_located(problem) for problem in problems_of(job) if problem["level"] == "error"]
        counts = job.preview.get("counts", {})
        report.unchanged = counts.get("unchanged", 0)
        if job.state == State.CHECKED:
            apply_upload(by=by, job=job, now=clock.now(), is_confirmed=True)
            job = run_now(job.pk)
            if job.state == State.DONE:
                report.created, report.updated = counts["create"], counts["update"]
    if job.error:
        report.errors.append({"sheet": None, "row": None, "column": None, "message": job.error})
    return report


def _located(problem: Mapping[str, Any]) -> dict[str, Any]:
    return {key: problem[key] for key in ("sheet", "row", "column", "message")}
