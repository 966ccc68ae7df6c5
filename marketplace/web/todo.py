"""What waits for an organisation, by deadline: each app says what of its own somebody there can still do."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import IntegerField, QuerySet, Value

from marketplace.dates import (
    MANY_DAYS,
    day_text,
    left_text,
    long_day_text,
    moment_text,
    short_day_text,
    short_day_year_text,
    short_weekday_text,
    time_text,
    weekday_text,
)
from marketplace.members import Member
from marketplace.numbers import count_text
from marketplace.web.kept import kept_for

MOST_OF_A_KIND = 50
"""No app looks further than this for one kind of thing; what lies beyond comes up as the first ones are
done."""
MOST_SHOWN = 12
FOLD_FROM = 4
"""From so many alike on, they are one line that leads to their list."""
SOON_DAYS = 7
NUMBER_WORDS = [
    "No",
    "One",
    "Two",
    "Three",
    "Four",
    "Five",
    "Six",
    "Seven",
    "Eight",
    "Nine",
    "Ten",
    "Eleven",
    "Twelve",
]


@dataclass(frozen=True)
class ToDo:
    """Something that waits: what is to be done to what, until when, why it matters, and the page where it is
    done.

    Without ``at`` it has no deadline, and has waited since ``since``. Things with the same ``fold`` and
    deadline become one line when there are many: ``fold`` says what is done to them together, with {} for how
    many (“Enter {} competitions of Winter”), ``fold_url`` where they are all found. ``role`` is the one that
    it takes, empty for none but the member's own.
    """

    verb: str
    url: str
    button: str
    role: str = ""
    at: datetime | None = None
    since: datetime | None = None
    joint: str = ""
    ref: str = ""
    ref_url: str = ""
    rest: str = ""
    why: str = ""
    fold: str = ""
    fold_url: str = ""


@dataclass(frozen=True)
class Line:
    """A thing to do as its row shows it; ``tone`` is ``is-late``, ``is-soon`` or empty."""

    item: ToDo
    when: str
    left: str
    tone: str
    is_mine: bool


@dataclass(frozen=True)
class Group:
    """The lines of a day or a week."""

    title: str
    days: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class ToDoList:
    """All that waits, in groups; ``more`` things come after the last group shown."""

    groups: Sequence[Group]
    total: int
    mine: int
    more: int
    sentence: str


ToDoMaker = Callable[[Any, datetime], Iterable[ToDo]]  # an app's own member
Cause = Callable[[Any, datetime], QuerySet[Any]]
DateTeller = Callable[[Any, datetime], tuple[datetime, str] | None]
_makers: dict[ToDoMaker, tuple[Cause, ...]] = {}
_personal: set[ToDoMaker] = set()
_tellers: list[DateTeller] = []


def register_todo(maker: ToDoMaker, *causes: Cause, is_personal: bool = False) -> ToDoMaker:
    """Register ``maker(member, now)``, which returns what waits for the member's organisation; called once at
    start.

    It tells of nothing that the member may not see, and gives up to :data:`MOST_OF_A_KIND` of each kind.
    ``causes`` are rows: while there are none of them, the maker has nothing to tell and isn't asked. All makers' are
    looked for in one query. Only one that ``is_personal`` may tell a member anything else than colleagues with the
    same roles.
    """
    _makers.setdefault(maker, causes)
    if is_personal:
        _personal.add(maker)
    return maker


def register_next_date(teller: DateTeller) -> DateTeller:
    """Register ``teller(member, now)``, which returns the next date and what happens then, for when nothing
    waits."""
    if teller not in _tellers:
        _tellers.append(teller)
    return teller


def todo_for(member: Member, now: datetime, *, only_mine: bool = False, whole: bool = False) -> ToDoList:
    """What waits for the member's organisation, first deadline first; ``only_mine``: what the member's roles
    allow.

    A page shows the first :data:`MOST_SHOWN` unless it asks for the ``whole``.
    """
    common = kept_for(member, "todo", lambda: _found(_makers.keys() - _personal, member, now), now)
    found = [*common, *_found(_personal, member, now)]
    mine = sum(_is_for(member, item) for item in found)
    shown = _folded([item for item in found if not only_mine or _is_for(member, item)])
    shown.sort(
        key=lambda item: (item.at or datetime.max.replace(tzinfo=now.tzinfo), item.since or now, item.ref)
    )
    cut = len(shown) if whole else MOST_SHOWN
    zone = member.organisation.zone
    groups = _grouped([_line(item, member, zone, now) for item in shown[:cut]], zone, now)
    return ToDoList(groups, len(found), mine, max(0, len(shown) - cut), _sentence(found, mine, member, now))


def _found(makers: AbstractSet[ToDoMaker], member: Member, now: datetime) -> list[ToDo]:
    asked = [maker for maker in _makers if maker in makers]
    return [item for maker in _with_cause(asked, member, now) for item in maker(member, now)]


def _with_cause(makers: Sequence[ToDoMaker], member: Member, now: datetime) -> list[ToDoMaker]:
    """Those that may have something to tell: without named causes, or with a row of one."""
    looked_for = [
        cause(member, now).order_by().prefetch_related(None).values_list(Value(place, IntegerField()))[:1]
        for place, maker in enumerate(makers)
        for cause in _makers[maker]
    ]
    asked = [each for each in looked_for if not each.query.is_empty()]
    places = {place for (place,) in asked[0].union(*asked[1:], all=True)} if asked else set()
    return [maker for place, maker in enumerate(makers) if not _makers[maker] or place in places]


def _is_for(member: Member, item: ToDo) -> bool:
    return not item.role or member.holds(item.role)


def _folded(items: Sequence[ToDo]) -> list[ToDo]:
    alike: dict[tuple[object, ...], list[ToDo]] = {}
    for place, item in enumerate(items):
        alike.setdefault((item.fold, item.at) if item.fold else (place,), []).append(item)
    found = []
    for same in alike.values():
        if len(same) < FOLD_FROM:
            found += same
            continue
        refs = sorted({item.ref for item in same})
        others = f" and {count_text(len(refs) - FOLD_FROM)} more" if len(refs) > FOLD_FROM else ""
        found.append(
            replace(
                same[0],
                verb=same[0].fold.format(count_text(len(same))),
                joint="",
                ref="",
                rest="",
                why=", ".join(refs[:FOLD_FROM]) + others if len(refs) > 1 else "",
                url=same[0].fold_url,
            )
        )
    return found


def _line(item: ToDo, member: Member, zone: ZoneInfo, now: datetime) -> Line:
    is_mine = _is_for(member, item)
    if item.at is None:
        waited = left_text(now, item.since) if item.since is not None else ""
        return Line(item, "Waiting", waited, "", is_mine)
    left = left_text(item.at, now)
    days = (item.at - now).total_seconds() / 86400
    tone = "is-late" if days < 1 else "is-soon" if days <= SOON_DAYS else ""
    return Line(item, _when(item.at, zone, now), f"in {left}" if left else "passed", tone, is_mine)


def _when(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    days = (local.date() - today).days
    if days in (0, 1):
        return time_text(local.time())
    if 1 < days <= 13 - today.weekday():
        return f"{short_weekday_text(local)} {time_text(local.time())}"
    return short_day_year_text(local) if abs(days) > MANY_DAYS else short_day_text(local)


def _grouped(lines: Sequence[Line], zone: ZoneInfo, now: datetime) -> list[Group]:
    groups: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        groups.setdefault(_group_of(line.item, zone, now), []).append(line)
    return [Group(title, days, own) for (title, days), own in groups.items()]


def _group_of(item: ToDo, zone: ZoneInfo, now: datetime) -> tuple[str, str]:
    """Title and dates of the group: a day, the rest of the week, the next week, or later."""
    if item.at is None:
        return "No deadline", ""
    today = now.astimezone(zone).date()
    day = item.at.astimezone(zone).date()
    if item.at < now:
        return "Overdue", ""
    if day == today:
        return "Today", _day(today)
    tomorrow = today + timedelta(days=1)
    if day == tomorrow:
        return "Tomorrow", f"{weekday_text(tomorrow)} {_day(tomorrow)}"
    monday = today + timedelta(days=7 - today.weekday())
    if day < monday:
        return "This week", f"to {_day(monday - timedelta(days=1))}"
    if day < monday + timedelta(days=7):
        return "Next week", f"{_day(monday)} to {_day(monday + timedelta(days=6))}"
    return "Later", ""


def _day(day: date) -> str:
    return long_day_text(day)


def _sentence(items: Sequence[ToDo], mine: int, member: Member, now: datetime) -> str:
    zone = member.organisation.zone
    if not items:
        return _nothing_waits(member, now)
    total = len(items)
    word = NUMBER_WORDS[total] if total < len(NUMBER_WORDS) else count_text(total)
    many = f"{word} thing waits" if total == 1 else f"{word} things wait"
    whose = (
        " for you"
        if mine == total
        else f", {_few(mine)} of them for you"
        if total > 1
        else " for your colleagues"
    )
    coming = min((item.at for item in items if item.at is not None and item.at >= now), default=None)
    return f"{many}{whose}." + (f" The next deadline is {_told(coming, zone, now)}." if coming else "")


def _few(number: int) -> str:
    return (
        "none" if not number else NUMBER_WORDS[number].lower() if number < len(NUMBER_WORDS) else str(number)
    )


def _told(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    local, today = at.astimezone(zone), now.astimezone(zone).date()
    named = day_text(local) if local.year != today.year else _day(local)
    day = {0: "today", 1: "tomorrow"}.get((local.date() - today).days) or f"on {weekday_text(local)} {named}"
    return f"{day} at {time_text(local.time())}"


def _nothing_waits(member: Member, now: datetime) -> str:
    told = (teller(member, now) for teller in _tellers)
    coming = min((one for one in told if one is not None), default=None)
    if coming is None:
        return "Nothing is waiting."
    at, words = coming
    return f"Nothing is waiting. The next date is {moment_text(at, member.organisation.zone)}: {words}."
