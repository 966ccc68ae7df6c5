"""What an app declares to have its files checked, applied or made by workers."""

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO, Generic, Literal, TypeVar

from django.core.serializers.json import DjangoJSONEncoder

from marketplace.canonical_json import canonical_json
from marketplace.members import Member
from marketplace.numbers import count_text

if TYPE_CHECKING:
    from marketplace.workbooks.declare import Problem, WorkbookSpec

Unit = TypeVar("Unit")
Acting = TypeVar("Acting")  # a Member; an app says which of its own
Report = Callable[[int, int], None]
"""Told how many rows are done, of how many."""

UNTOLD = "Refused: see the problems."
MARKED_COPY = "jobs.marked_copy"
"""The kind of the copy of an uploaded workbook with its problems marked."""

Action = Literal["create", "update", "unchanged", "refuse"]
ACTIONS: tuple[Action, ...] = ("create", "update", "refuse", "unchanged")
HEADER_ROW = 1
SHOWN = 500
"""Rows of each action, and problems, that a preview keeps for its page; counts and fingerprint cover all."""


def canonical(value: Any) -> str:
    """The value as JSON text that is the same for equal values and that the database takes (no NUL)."""
    text = canonical_json(value, escaped=True, default=DjangoJSONEncoder().default)
    return text.replace("\\u0000", "\\ufffd")


@dataclass(frozen=True, slots=True)
class Change:
    """What a file would do to one unit that succeeds or fails whole (an asset, a competition, a ballot)."""

    unit: str
    action: Action
    fields: tuple[tuple[str, Any, Any], ...] = ()
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        return {
            "unit": self.unit,
            "action": self.action,
            "fields": [list(each) for each in self.fields],
            "note": self.note,
        }


def why_refused(problems: Iterable["Problem"]) -> str:
    """The note of a unit that is refused for these problems: the first error's sentence, and how many more
    there are."""
    errors = [problem for problem in problems if problem.level == "error"]
    if not errors:
        return UNTOLD
    first = f"{errors[0].column}: {errors[0].message}" if errors[0].column else errors[0].message
    more = len(errors) - 1
    return f"{first} And {count_text(more)} more error{'s' if more > 1 else ''}." if more else first


@dataclass
class Plan:
    """All that a file would do, found without writing. ``payload`` is what the kind's apply needs, in memory.

    ``note`` is a sentence on all of the file, for the top of the preview. ``confirm`` holds sentences on what
    applying does beyond the rows (it makes competitions visible, it undoes newer decisions): the member ticks
    that they are read before the file is applied.
    """

    changes: list[Change] = field(default_factory=list)
    problems: list["Problem"] = field(default_factory=list)
    payload: Any = None
    note: str = ""
    confirm: list[str] = field(default_factory=list)
    units: dict[tuple[str, int], str] = field(default_factory=dict)

    def refuse_by_rows(self, units: Mapping[tuple[str, int], str]) -> None:
        """Note why each refused unit is refused, and count each row with an error that belongs to no unit as
        refused by itself.

        ``units`` names the unit of each row by its sheet and number.
        """
        self.units = dict(units)
        found: dict[str, list[Problem]] = {}
        for problem in self.problems:
            if problem.level == "error" and problem.row is not None and problem.row > HEADER_ROW:
                place = (problem.sheet, problem.row)
                found.setdefault(units.get(place, f"{problem.sheet}, row {problem.row}"), []).append(problem)
        self.changes = [
            replace(change, note=why_refused(found.get(change.unit, ())))
            if change.action == "refuse" and change.note in ("", UNTOLD)
            else change
            for change in self.changes
        ]
        known = {*units.values(), *(change.unit for change in self.changes)}
        self.changes += [
            Change(unit, "refuse", note=why_refused(errors))
            for unit, errors in found.items()
            if unit not in known
        ]

    @property
    def changes_anything(self) -> bool:
        return any(change.action in ("create", "update") for change in self.changes)

    def counts(self) -> dict[str, int]:
        """How many units each action has, and how many errors and warnings."""
        actions = Counter(change.action for change in self.changes)
        levels = Counter(problem.level for problem in self.problems)
        return {
            **{action: actions[action] for action in ACTIONS},
            "errors": levels["error"],
            "warnings": levels["warning"],
        }

    def summary(self) -> dict[str, Any]:
        """The preview: counts over all, the first rows of each action, the first problems, and all their
        kinds."""
        shown: dict[str, list[dict[str, Any]]] = {action: [] for action in ACTIONS}
        for change in self.changes:
            if len(shown[change.action]) < SHOWN:
                shown[change.action].append(change.to_json())
        problems = [problem.to_json() for problem in self.problems[:SHOWN]]
        folded, left_out = _folded(self.problems, self.units)
        preview: dict[str, Any] = json.loads(
            canonical(
                {
                    "counts": self.counts(),
                    "changes": shown,
                    "problems": problems,
                    "folded": folded,
                    "left_out": left_out,
                    "note": self.note,
                    "confirm": self.confirm,
                }
            )
        )
        return preview

    def fingerprint(self) -> str:
        """SHA-256 over every change and every problem: equal only if the user would be shown the same."""
        digest = hashlib.sha256()
        for change in self.changes:
            digest.update(canonical(change.to_json()).encode() + b"\n")
        digest.update(b"--\n")
        for problem in self.problems:
            digest.update(canonical(problem.to_json()).encode() + b"\n")
        digest.update(canonical(self.confirm).encode())
        return digest.hexdigest()


def _folded(
    problems: Iterable["Problem"], units: Mapping[tuple[str, int], str]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Problems of one kind as one with the number of ``others``, and by level what of them is left out."""
    from marketplace.workbooks.fold import fold_repeats

    kept: list[dict[str, Any]] = []
    left_out: dict[str, Any] = {}
    shown: Counter[str] = Counter()
    for folded in fold_repeats(problems):
        level = folded.problem.level
        shown[level] += 1
        if shown[level] <= SHOWN:
            unit = units.get((folded.problem.sheet, folded.problem.row or 0), "")
            kept.append(folded.problem.to_json() | {"others": folded.others, "leaves_out": unit})
        else:
            rest = left_out.setdefault(level, {"problems": 0, "kinds": 0})
            rest["problems"] += folded.others + 1
            rest["kinds"] += 1
    return kept, left_out


def unreported(done: int, total: int) -> None:
    """The report of work for which nobody waits at a page."""


def counted(
    units: Iterable[Unit],
    total: int,
    report: Report,
    rows: Callable[[Unit], int] = lambda unit: 1,
    done: int = 0,
) -> Iterator[Unit]:
    """The units one by one; after each one the report is told how many of the ``total`` rows are done.

    ``rows`` says how many rows of the file a unit stands for; ``done`` are those that came before.
    """
    for unit in units:
        yield unit
        done += rows(unit)
        report(done, total)


@dataclass(frozen=True)
class Step:
    """One thing that will happen when a file is applied: when, in words, and what."""

    when: str
    what: str


@dataclass
class JobContext(Generic[Acting]):
    """What a kind's functions know: the acting member as loaded in the worker, the form's params, the
    time."""

    job_id: uuid.UUID
    member: Acting
    params: Mapping[str, Any]
    now: datetime
    filename: str = ""
    report: Report = unreported

    def progress(self, done: int, total: int) -> None:
        """Tell the page how many rows are done of all; call it as often as you like."""
        self.report(done, total)


@dataclass(frozen=True)
class UploadKind:
    """A kind of file that members upload: checked first, then applied as it was shown.

    ``check`` must not write (its transaction is rolled back); ``apply`` gets the plan of a fresh check and
    returns the result's counts, or None for the plan's own. Both may raise ``Refused``. ``preview_map`` names
    a view that answers, for a checked job's id, with the GeoJSON of what the file holds. ``whole`` is what an
    error leaves out whole; ``nouns`` are what one and several units are called. ``foresee`` tells, of a plan,
    what will happen when it is applied and after, step by step, without writing. ``may_go`` says that the file's
    bytes may be removed after a time, since nothing rests on them: what it said is in the rows and in the log.
    """

    name: str
    title: str
    check: Callable[[JobContext[Any], bytes], Plan]
    apply: Callable[[JobContext[Any], Plan], Mapping[str, Any] | None]
    accepts: tuple[str, ...] = (".xlsx",)
    role: str | None = None
    audience: Literal["so", "fsp", "any"] = "any"
    spec: "WorkbookSpec | None" = None
    result_url: str = ""
    preview_map: str = ""
    whole: Literal["row", "ballot", "competition", "file"] = "row"
    sealed: bool = False
    nouns: tuple[str, str] = ("row", "rows")
    foresee: "Callable[[JobContext[Any], Plan], list[Step]]" = lambda context, plan: []
    may_go: bool = False

    def noun(self, number: int) -> str:
        """What one, or several, of its units are called."""
        return self.nouns[number != 1]


@dataclass(frozen=True)
class FileKind:
    """A kind of file that members have made: ``generate`` writes it into the stream and returns its name.

    ``more_for`` is a role whose holders find more in the file: one made for a holder opens to holders only.
    ``may_go`` says that its bytes may be removed after a time, since it can be made again.
    A report tells what can no longer change: it may be read from a copy of the database, and written twice.
    """

    name: str
    title: str
    generate: Callable[[JobContext[Any], BinaryIO], str]
    role: str | None = None
    audience: Literal["so", "fsp", "any"] = "any"
    sealed: bool = False
    more_for: str | None = None
    may_go: bool = True
    is_report: bool = False


@dataclass(frozen=True)
class KeptKind:
    """A kind of file that is kept and read again by its own pages, without a job."""

    name: str
    title: str
    role: str | None = None
    audience: Literal["so", "fsp", "any"] = "any"


@dataclass
class Registry:
    """The kinds known in this process. A name may serve for both an upload and the file made from the same
    data."""

    uploads: dict[str, UploadKind] = field(default_factory=dict)
    files: dict[str, FileKind] = field(default_factory=dict)
    kept: dict[str, KeptKind] = field(default_factory=dict)
    load_member: Callable[[int], Member | None] | None = None


registry = Registry()


def register_upload(kind: UploadKind) -> None:
    """Make an upload kind known; called by the ``integration`` module of an app."""
    if kind.name in registry.uploads:
        raise ValueError(f"The upload kind {kind.name} is registered twice.")
    registry.uploads[kind.name] = kind


def register_file(kind: FileKind) -> None:
    """Make a kind of generated file known; called by the ``integration`` module of an app."""
    if kind.name in registry.files:
        raise ValueError(f"The file kind {kind.name} is registered twice.")
    registry.files[kind.name] = kind


def register_kept(kind: KeptKind) -> None:
    """Make a kind of kept file known; called by the ``integration`` module of an app."""
    if kind.name in registry.kept:
        raise ValueError(f"The kept kind {kind.name} is registered twice.")
    registry.kept[kind.name] = kind


def register_member_loader(load: Callable[[int], Member | None]) -> None:
    """Say how a worker loads the acting member from a user id; it returns None for somebody who may no longer
    act."""
    registry.load_member = load
