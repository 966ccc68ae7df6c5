"""The facts of a competition that its page lists one by one."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from competitions.columns import HEADER
from competitions.columns.field import Field
from competitions.domain.setting_up.terms import cleaned
from competitions.models import Competition
from marketplace.web.templatetags.marketplace import duration, plain
from marketplace.workbooks.choices import YesNo

FACTS = tuple(column for column in HEADER if column.fact)


def facts_of(competition: Competition) -> list[tuple[str, str]]:
    """Name and words of each declared fact that is not what every competition has."""
    found = ((column, cleaned(column.key, getattr(competition, column.key))) for column in FACTS)
    return [
        (column.fact, column.wording.format(_in_words(column, value)))
        for column, value in found
        if value not in (None, column.default)
    ]


def _in_words(column: Field, value: Any) -> str:
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, Decimal | int) and not isinstance(column.kind, YesNo):
        return f"{plain(value)} {column.unit}".rstrip()
    return str(column.kind.write(value))
