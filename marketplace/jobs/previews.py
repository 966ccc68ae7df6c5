"""A job's preview as its page shows it: tables of a page each, problems folded."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page

from marketplace.jobs.kinds import ACTIONS
from marketplace.jobs.models import Job
from marketplace.numbers import counted
from marketplace.web.lists import page_of
from marketplace.workbooks.declare import Problem
from marketplace.workbooks.fold import Folded, fold_repeats

ROWS = 25

_WORDS = {"create": "To create", "update": "To change", "refuse": "Refused", "unchanged": "Kept as they are"}
_DONE = {"create": "Created", "update": "Changed"}


@dataclass(frozen=True)
class ChangedField:
    """A field of a unit that would change; the first of a unit names it. Without a field when only a note is
    kept."""

    unit: str
    note: str
    is_first: bool
    field: str = ""
    before: Any = None
    after: Any = None


@dataclass(frozen=True)
class Section:
    """The units of one action: their number in all, and one page of those kept for showing."""

    action: str
    heading: str
    count: int
    kept: int
    page: Page[dict[str, Any]]

    @property
    def told_as(self) -> str:
        """The heading of what is told of a unit."""
        return "With" if self.action == "create" else "Note"

    @property
    def lines(self) -> list[ChangedField]:
        """The page's changed units, a line for each field."""
        return [line for change in self.page for line in _changed_fields(change)]

    @property
    def previous(self) -> str:
        return f"?{self.action}={self.page.previous_page_number()}#{self.action}"

    @property
    def next(self) -> str:
        return f"?{self.action}={self.page.next_page_number()}#{self.action}"

    @property
    def is_cut(self) -> bool:
        return self.kept < self.count


def _changed_fields(change: dict[str, Any]) -> list[ChangedField]:
    unit, note = change["unit"], change.get("note", "")
    fields = change.get("fields") or []
    if not fields:
        return [ChangedField(unit, note, True)]
    return [
        ChangedField(unit, note, place == 0, label, before, after)
        for place, (label, before, after) in enumerate(fields)
    ]


def sections_of(job: Job, pages: dict[str, str]) -> list[Section]:
    """The preview's tables that have rows. ``pages`` says which page of each action is looked at."""
    counts, changes = job.preview.get("counts", {}), job.preview.get("changes", {})
    sections = []
    for action in ACTIONS:
        rows = changes.get(action, [])
        if rows:
            page = page_of(rows, pages.get(action), ROWS)
            heading = _DONE.get(action, _WORDS[action]) if job.result else _WORDS[action]
            sections.append(Section(action, heading, counts[action], len(rows), page))
    return sections


@dataclass(frozen=True)
class Told(Folded):
    """Like problems of a preview, with what the first of them leaves out."""

    leaves_out: str = ""


def problems_shown(job: Job) -> tuple[list[Told], list[Told]]:
    """Errors and warnings, those of one kind as one: of each as many kinds as the preview keeps."""
    told = job.preview.get("folded")
    if told is None:  # a preview from before kinds were counted
        kept = fold_repeats(Problem.from_json(each) for each in job.preview.get("problems", []))
        folded = [Told(each.problem, each.others) for each in kept]
    else:
        folded = [Told(Problem.from_json(each), each["others"], each.get("leaves_out", "")) for each in told]
    return [each for each in folded if each.problem.level == "error"], [
        each for each in folded if each.problem.level != "error"
    ]


def left_out_of(job: Job) -> dict[str, str]:
    """By level, what the tables of problems leave out: "and 7,130 more errors in 4 kinds"."""
    return {
        level: f"and {counted(rest['problems'], f'more {level}')} in {counted(rest['kinds'], 'kind')}"
        for level, rest in job.preview.get("left_out", {}).items()
    }
