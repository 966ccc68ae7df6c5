"""What the pages of one competition share, and the figures of its overview and its windows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.urls import reverse

from competitions import rules
from competitions.domain.questions import question_count
from competitions.enums import Phase
from competitions.models import Competition, ServicePeriod, ServiceWindow
from competitions.presenters.links import links_for
from competitions.presenters.tabs import ASSETS, BIDS, Quantity, parts_for
from marketplace.dates import moment_text
from marketplace.numbers import exact_text, power_text
from marketplace.units import power_unit
from marketplace.web.charts import Chart, grouped_bars

TITLES = {
    "competition": "Overview",
    "competition_windows": "Windows",
    "competition_assets": "Assets and entries",
    "competition_bids": "Bids and results",
    "competition_questions": "Questions",
    "competition_history": "History",
}
OPEN_AT_ONCE = 40
"""Up to so many windows are all there when the page opens; of more, those of the first period."""
MOST_BULLETS = 12
PLACES = Decimal("0.01")


@dataclass(frozen=True)
class Tab:
    """A part of the page: its title, address, how many things it holds (None: not told), and whether it is
    this one."""

    title: str
    url: str
    count: int | None
    is_here: bool
    anchor: str = ""


def tabs_of(
    member: Any,
    competition: Competition,
    here: str,
    now: datetime,
    *,
    windows: int,
    history: int | None = None,
) -> list[Tab]:
    """The parts that there are for this visitor. What a part holds is told only as its app tells it."""
    counts: dict[str, int | None] = {
        "competition": None,
        "competition_windows": windows,
        "competition_questions": question_count(member, competition),
        "competition_history": history,
    }
    for name, tab in (("competition_assets", ASSETS), ("competition_bids", BIDS)):
        parts = parts_for(tab, member, competition, now)
        if parts:
            counts[name] = next(
                (count for part in parts if (count := part.count(member, competition, now)) is not None), None
            )
    anchors = {"competition_questions": "questions", "competition_windows": "windows"}
    return [
        Tab(
            title,
            reverse(f"competitions:{name}", args=[competition.ref]),
            counts[name],
            name == here,
            anchors.get(name, ""),
        )
        for name, title in TITLES.items()
        if name in counts
    ]


@dataclass(frozen=True)
class Todo:
    """Something that this visitor may do here: what, why it matters, and where."""

    what: str
    why: str
    button: str
    url: str


def todo_of(member: Any, competition: Competition, now: datetime) -> list[Todo]:
    """What the reader can do about the competition."""
    found = []
    is_own = member is not None and member.organisation_id == competition.operator_id
    if is_own and rules.can_procure(member):
        found += _of_operator(competition, now)
    found += [Todo(link.text, "", link.title, link.url) for link in links_for(member, competition, now)]
    return found


def _of_operator(competition: Competition, now: datetime) -> list[Todo]:
    found = []
    waiting = competition.questions.filter(answered_at=None).order_by("asked_at")
    first = waiting.first()
    if first is not None:
        count = waiting.count()
        what = "Answer a question" if count == 1 else f"Answer {count} questions"
        zone = competition.operator.zone
        url = reverse("competitions:answer", args=[first.pk])
        found.append(Todo(what, f"asked {moment_text(first.asked_at, zone)}", "Answer", url))
    is_open = competition.phase(now) in (Phase.DRAFT, Phase.ANNOUNCED, Phase.QUALIFICATION_OPEN)
    if competition.maximum_budget is None and competition.competition_type and is_open:
        url = reverse("competitions:edit", args=[competition.ref])
        found.append(Todo("No budget is set", "The advice will not weigh cost against one.", "Set", url))
    return found


def sealed_words(competition: Competition, zone: Any, now: datetime) -> str:
    """What is said of bids while they are sealed: the same whether there are any. Blank otherwise."""
    close = competition.bidding_close
    if close is None or close <= now or competition.cancelled_at is not None:
        return ""
    until = moment_text(close, zone)
    return f"Bids are sealed until {until}. Until then nobody but their provider knows whether there are any."


@dataclass(frozen=True)
class BulletLine:
    """What is required of a window, and what there is, each as text and as parts of a bar."""

    name: str
    title: str
    required: Decimal
    parts: Sequence[tuple[str, Decimal]]
    figures: Sequence[Decimal]
    sentence: str


def bullet_lines(
    windows: Sequence[ServiceWindow], quantities: Sequence[Quantity], unit: str
) -> list[BulletLine]:
    """A line a window; of very many, one a period: its window that is covered least, or that requires
    most."""
    shown: Iterable[ServiceWindow] = windows
    if len(windows) > MOST_BULLETS:
        tightest: dict[UUID, ServiceWindow] = {}
        for window in windows:
            known = tightest.get(window.period_id)
            if known is None or _rank(window, quantities) < _rank(known, quantities):
                tightest[window.period_id] = window
        shown = list(tightest.values())[:MOST_BULLETS]
    return [_bullet(window, quantities, unit) for window in shown]


def _rank(window: ServiceWindow, quantities: Sequence[Quantity]) -> tuple[Decimal, Decimal]:
    narrowest = quantities[-1].by_window.get(window.pk, Decimal(0)) if quantities else Decimal(0)
    return narrowest / window.capacity_required_mw, -window.capacity_required_mw


def _bullet(window: ServiceWindow, quantities: Sequence[Quantity], unit: str) -> BulletLine:
    values = [each.by_window.get(window.pk, Decimal(0)) for each in quantities]
    told = ", ".join(
        f"{power_text(value, unit)} {each.name.lower()}"
        for each, value in zip(quantities, values, strict=True)
    )
    required = window.capacity_required_mw
    return BulletLine(
        f"{window.period.name}, {window.name}",
        str(window),
        required,
        [(each.series, value) for each, value in zip(quantities, values, strict=True)],
        values,
        f"{window.name}: {power_text(required, unit)} required, {told}",
    )


def capacity_chart(
    windows: Sequence[ServiceWindow], quantities: Sequence[Quantity], competition: Competition
) -> Chart | None:
    """What is required and what there is, window by window; None where nothing may be known beside the
    need."""
    if not quantities or not windows:
        return None
    unit = power_unit(competition.power_type)
    series = [("Required", "--s-required", [window.capacity_required_mw for window in windows])]
    series += [
        (each.name, f"--s-{each.series}", [each.by_window.get(window.pk, Decimal(0)) for window in windows])
        for each in quantities
    ]
    last = quantities[-1]
    covered = sum(last.by_window.get(each.pk, Decimal(0)) >= each.capacity_required_mw for each in windows)
    return Chart(
        title="Is the need covered?",
        unit=unit,
        sentence=f"{last.name} capacity reaches what is required in {covered} of {len(windows)} windows",
        options=grouped_bars([window.name for window in windows], series, unit),
        head=("Window", *(f"{name} ({unit})" for name, _, _ in series)),
        rows=[
            (str(window), *(exact_text(values[place]) for _, _, values in series))
            for place, window in enumerate(windows)
        ],
        name=f"{competition.ref}-capacity",
        size="l",
    )


@dataclass(frozen=True)
class PeriodFold:
    """A service period as a fold: what it sums up to, and its windows where they are loaded (None: not
    yet)."""

    period: ServicePeriod
    window_count: int
    minutes: int
    highest_mw: Decimal
    windows: Sequence[ServiceWindow] | None


def folds_of(windows: Sequence[ServiceWindow], opened: str) -> list[PeriodFold]:
    """The periods in the order of their windows. Few windows are all there, else those of the ``opened``
    period.

    ``opened`` is a period's id, ``all``, or blank for the first period.
    """
    grouped: dict[UUID, list[ServiceWindow]] = {}
    for window in windows:
        grouped.setdefault(window.period_id, []).append(window)
    is_all = opened == "all" or len(windows) <= OPEN_AT_ONCE
    first = next(iter(grouped), None)
    folds = []
    for key, found in grouped.items():
        is_open = is_all or str(key) == opened or (not opened and key == first)
        folds.append(
            PeriodFold(
                found[0].period,
                len(found),
                sum(window.available_minutes for window in found),
                max(window.capacity_required_mw for window in found),
                found if is_open else None,
            )
        )
    return folds


def query_of(data: Mapping[str, str]) -> dict[str, str]:
    """The query of an address as plain text by name."""
    return {name: data[name] for name in data}
