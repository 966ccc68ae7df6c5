"""What changed of a competition, and when: for its operator all of it, for everybody else what was
published."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from competitions.domain.setting_up.changes import COLUMNS, NAMES_COMPETITIONS, PARTS, label_of
from competitions.models import Competition, Question
from marketplace.audit.models import AuditEntry
from marketplace.audit.persons import put_addresses_back
from marketplace.audit.queries import entries_about
from marketplace.audit.sentences import in_words

CHANGED, CANCELLED = "competition changed", "competition cancelled"
REASON = "cancellation_reason"


@dataclass(frozen=True)
class Amendment:
    """What happened at an instant: a title, and the fields that changed with their values before and
    after."""

    at: datetime
    title: str
    changes: tuple[tuple[str, str, str], ...] = ()


def history_of(competition: Competition, *, is_own: bool, now: datetime) -> list[Amendment]:
    """The competition's publication, amendments, answers and end, the latest first.

    Others than its operator read nothing from before the publication, and no field that is not published,
    such as a budget; a change of such fields alone is not there for them.
    """
    found = [*_amendments(competition, is_own, now), *_answers(competition), *_ends(competition)]
    if competition.publish_on <= now:
        found.append(Amendment(competition.publish_on, "Published"))
    return sorted((each for each in found if each.at <= now), key=lambda each: each.at, reverse=True)


def _amendments(competition: Competition, is_own: bool, now: datetime) -> Iterable[Amendment]:
    entries = entries_about(competition).filter(organisation_id=competition.operator_id, sealed_under=None)
    if not is_own:
        entries = entries.filter(action__in=[CHANGED, CANCELLED], at__gte=competition.publish_on)
    found = list(entries)
    put_addresses_back(found)
    for entry in found:
        changes = tuple(
            (_label(key), _worded(key, before), _worded(key, after))
            for key, (before, after) in entry.changes.items()
            if _is_known(key) and (is_own or _is_public(key))
        )
        if entry.action == CHANGED and changes:
            yield Amendment(entry.at, "Changed", changes)
        elif entry.action != CHANGED and (is_own or entry.action == CANCELLED):
            yield Amendment(entry.at, _title(entry), changes if entry.action == CANCELLED else ())


def _title(entry: AuditEntry) -> str:
    words = entry.action.removeprefix("competition ")
    return f"{words[:1].upper()}{words[1:]}"


def _answers(competition: Competition) -> Iterable[Amendment]:
    answered: Iterable[Question] = competition.questions.exclude(answered_at=None)
    for question in answered:
        assert question.answered_at is not None
        yield Amendment(question.answered_at, "A question was answered")


def _ends(competition: Competition) -> Iterable[Amendment]:
    if competition.confirmed_at is not None:
        yield Amendment(competition.confirmed_at, "Results confirmed")


def _is_known(key: str) -> bool:
    return key in PARTS or key in COLUMNS or key == REASON


def _is_public(key: str) -> bool:
    return key in PARTS or key == REASON or (COLUMNS[key].is_public and key != NAMES_COMPETITIONS)


def _label(key: str) -> str:
    return "Reason" if key == REASON else label_of(key)


def _worded(key: str, value: Any) -> str:
    """A value as it was kept, with the word for a choice."""
    if key in COLUMNS:
        choices = dict(
            getattr(Competition._meta.get_field(COLUMNS[key].path.split(".")[0]), "choices", None) or ()
        )
        value = choices.get(value, value)
    return in_words(value)
