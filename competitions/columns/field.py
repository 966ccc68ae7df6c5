"""What the columns of the competition file declare beside their cells: when they may change, and where they
are shown."""

from dataclasses import dataclass

from django.db.models import TextChoices

from competitions.enums import Phase
from marketplace.workbooks.declare import Column
from marketplace.workbooks.kinds import Text

UNTIL_QUALIFICATION_CLOSES = frozenset({Phase.DRAFT, Phase.ANNOUNCED, Phase.QUALIFICATION_OPEN})
UNTIL_BIDDING_CLOSES = UNTIL_QUALIFICATION_CLOSES | {Phase.QUALIFICATION_CLOSED, Phase.BIDDING_OPEN}
ALWAYS = frozenset(Phase)

REF_PATTERN = r"[A-Za-z0-9_]{1,40}"
REF_RULE = "Letters, digits and underscores, at most 40."


@dataclass(frozen=True)
class Field(Column):
    """A column of the competition file.

    The key names the field of the model that stores it; ``stored`` is the path to one that another row
    stores. ``editable`` are the phases in which a stored value may change, ``may_move_later`` those in which
    a date may change to a later one only. ``wording`` puts a value that is not the default into words: those
    of a window, or those of the competition's page, which shows it under the name ``fact``. One that
    ``is_public`` is in the published data, so it needs a meaning and an example.
    """

    editable: frozenset[Phase] = UNTIL_QUALIFICATION_CLOSES
    may_move_later: frozenset[Phase] = frozenset()
    stored: str = ""
    wording: str = ""
    fact: str = ""

    def __post_init__(self) -> None:
        if self.is_public and not (self.meaning and (self.published_example or self.example)):
            raise ValueError(f"The column {self.header} is published, so it needs a meaning and an example.")
        if self.fact and not (self.wording and self.is_public):
            raise ValueError(
                f"The column {self.header} is shown to everybody, so it needs words and must be public."
            )

    @property
    def path(self) -> str:
        """Where a stored row has the value, as in ``period.name``."""
        return self.stored or self.key


def labels(choices: type[TextChoices]) -> dict[str, str]:
    """What a file says → what is stored."""
    return {str(choice.label): str(choice.value) for choice in choices}


def ref(rule: str, *, group: str = "") -> Field:
    """The column that names the competition, in each of the three sheets."""
    return Field(
        "Competition Ref",
        "ref",
        Text(40, REF_PATTERN, REF_RULE, is_key=True),
        required=True,
        rule=rule,
        example="MONK_2026_01",
        meaning="The competition's reference, unique on the platform for ever; the same in all files.",
        group=group,
        editable=frozenset(),
    )
