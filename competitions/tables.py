"""The lists of competitions, areas and DPSs."""

from html import escape
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from marketplace.web.addresses import address
from marketplace.web.cells import DueColumn, ref_html
from marketplace.web.figures import track_html
from marketplace.web.lists import Column, List, NumberColumn, SelectColumn


class ExtraColumn(Column):
    """A column that another app fills: what it shows, and in the file its text."""

    def render(self, value: Any) -> str:
        """As the app draws it."""
        return str(value.html)

    def value(self, value: Any, table: List) -> str:
        """As text."""
        return str(value.text)


def _competition(row: Any) -> SafeString:
    name, ref = row.competition.name, row.competition.ref
    link = ref_html(address("competitions:competition", ref), ref, f"{name}, {row.competition.operator.name}")
    told = escape(name)
    return mark_safe(f'{link} <span class="dim" title="{told}">{told}</span>')  # noqa: S308  escaped


class CompetitionList(List):
    """The list beside the map: one line a row, the next deadline first."""

    caption = "Competitions"
    nouns = ("competition", "competitions")
    css = "tbl is-tight rows-phone one-line"
    file_name = "competitions"

    select = SelectColumn(
        form="bulk",
        field="competitions",
        box="pick",
        accessor="competition__pk",
        label="competition__ref",
    )
    name = Column(
        "Competition",
        sort=("ref",),
        accessor="competition",
        css="name",
        phone="wide",
        head=True,
        draw=_competition,
    )
    phase = Column("Phase", accessor="step__word", draw=lambda row: track_html(row.step))
    deadline = DueColumn(
        "Next deadline",
        sort=("next_deadline", "ref"),
        accessor="competition__next_deadline",
        must_act="must_act",
    )
    required = NumberColumn(
        "MW", accessor="required_mw", file_title="Required (MW)", draw=lambda row: row.required or "–"
    )


class AreaList(List):
    """An operator's areas."""

    caption = "Areas"
    nouns = ("area", "areas")
    css = "tbl is-tight rows-phone one-line"

    reference = Column("Area", sort="reference", css="name", phone="wide", head=True)
    area_km2 = Column("Size", number=True, sort="area_km2")
    licence_area = Column("Licence area", accessor="licence_area", sort="licence_area", default="–")
    supply_point = Column("Grid supply point", accessor="supply_point", sort="supply_point", default="–")
    state = Column("State")
    actions = Column("Change", unseen=True, phone="wide")


class PurchasingSystems(List):
    """An operator's DPSs, open and closed."""

    caption = "Your company qualifications"
    nouns = ("company qualification", "company qualifications")

    name = Column("Company qualification", css="name", sort=("name", "reference"))
    state = Column("State", sort="is_open")
    competitions = NumberColumn("Competitions", accessor="competition_count", sort="competition_count")
    actions = Column("Change")


class TermsList(List):
    """An operator's settlement terms, each in its newest version."""

    caption = "Settlement terms"

    ref = Column("Terms", sort="ref")
    version = NumberColumn("Version", accessor="newest_number", sort="newest_number")
    since = Column("Since", accessor="newest_at", sort="newest_at")
    state = Column("For")
