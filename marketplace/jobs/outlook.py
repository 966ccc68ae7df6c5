"""What a checked file comes to, in the reader's words: the result in a sentence, errors by cause, what
applying will do."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from marketplace.jobs.kinds import FileKind, UploadKind
from marketplace.jobs.models import Job
from marketplace.jobs.previews import Told
from marketplace.numbers import count_text

OUTCOMES = (
    ("create", "Create", "circle-plus"),
    ("update", "Change", "pencil"),
    ("unchanged", "Keep as is", "equal"),
    ("refuse", "Refuse", "ban"),
)
CAUSES = (
    ("Missing", "forms", r"must be filled|needs? (this|an?|its|at least)|is missing|must name|required"),
    (
        "Names something that isn't there",
        "link-off",
        r"there is no|you have no|is not one of|no such|not known",
    ),
    (
        "Dates out of order",
        "calendar-x",
        r"must be (after|before|on or)|must not be (before|after)|out of order",
    ),
    ("Twice in the file", "copy", r"twice|more than once|again in|already in|same .* as row|duplicate"),
    ("Not a value of this kind", "hash", r"^must |is not a|can't be read|not .* number"),
)
OTHER = ("Against a rule", "ban")
"""Causes of errors, the first that fits: title, icon, and how their sentences read."""


@dataclass(frozen=True)
class Cause:
    """Errors of one cause."""

    title: str
    icon: str
    problems: Sequence[Told]

    @property
    def cells(self) -> int:
        """How many rows have them."""
        return sum(each.others + 1 for each in self.problems)


def cause_of(message: str) -> tuple[str, str]:
    """The title and icon of the cause that an error's sentence tells of."""
    for title, icon, pattern in CAUSES:
        if re.search(pattern, message, re.IGNORECASE):
            return title, icon
    return OTHER


def causes_of(problems: Sequence[Told]) -> list[Cause]:
    """Problems by cause, the most frequent first."""
    found: dict[tuple[str, str], list[Told]] = {}
    for each in problems:
        found.setdefault(cause_of(each.problem.message), []).append(each)
    causes = [Cause(title, icon, told) for (title, icon), told in found.items()]
    return sorted(causes, key=lambda cause: -cause.cells)


@dataclass(frozen=True)
class Figure:
    """One outcome of the strip."""

    action: str
    label: str
    icon: str
    number: int

    @property
    def css(self) -> str:
        """Its colour: what is refused stands out."""
        return "is-red" if self.action == "refuse" and self.number else ""


def strip_of(job: Job) -> list[Figure]:
    """How many units are created, changed, kept and refused."""
    counts = _counts(job)
    return [
        Figure(action, label, icon, counts[action]) for action, label, icon in OUTCOMES if action in counts
    ]


def _counts(job: Job) -> dict[str, int]:
    counts: dict[str, Any] = job.preview.get("counts", {}) | (job.result or {})
    return {action: counts[action] for action, _, _ in OUTCOMES if isinstance(counts.get(action), int)}


def title_of(job: Job, kind: UploadKind | FileKind | None) -> str:
    """The page's title: for a file that was checked, the result in a sentence."""
    counts = _counts(job)
    if not job.upload or not counts or not isinstance(kind, UploadKind) or job.is_going_on:
        return job.title
    if job.result:
        parts = [_told(counts, "create", kind, "created"), _told(counts, "update", kind, "changed")]
        done = ", ".join(filter(None, parts)) or "Nothing was changed"
        return f"{done}, {count_text(counts['refuse'])} left out" if counts.get("refuse") else done
    if not job.is_waiting_for_apply:
        return f"Nothing to apply: {_rest(counts)}" if job.state == "nothing" else job.title
    parts = [_told(counts, "create", kind, "can be created"), _told(counts, "update", kind, "can be changed")]
    can = ", ".join(filter(None, parts))
    refused = counts.get("refuse", 0)
    return f"{can}, {count_text(refused)} {'is' if refused == 1 else 'are'} refused" if refused else can


def _rest(counts: dict[str, int]) -> str:
    kept, refused = counts.get("unchanged", 0), counts.get("refuse", 0)
    told = [
        f"{count_text(refused)} refused" if refused else "",
        f"{count_text(kept)} as stored" if kept else "",
    ]
    return ", ".join(filter(None, told)) or "the file holds nothing new"


def _told(counts: dict[str, int], action: str, kind: UploadKind, words: str) -> str:
    number = counts.get(action, 0)
    return f"{count_text(number)} {kind.noun(number)} {words}" if number else ""


def button_of(job: Job, kind: UploadKind | FileKind | None) -> str:
    """What the button says that applies the file: “Create 6 competitions”, “Create 2 and change 3 assets”."""
    counts = _counts(job)
    created, changed = counts.get("create", 0), counts.get("update", 0)
    if not isinstance(kind, UploadKind) or not (created or changed):
        return "Apply"
    parts = [
        f"create {count_text(created)}" if created else "",
        f"change {count_text(changed)}" if changed else "",
    ]
    told = f"{' and '.join(filter(None, parts))} {kind.noun(changed or created)}"
    return told[0].upper() + told[1:]
