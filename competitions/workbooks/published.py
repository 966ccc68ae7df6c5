"""What everybody may read of competitions: the public columns of the competition file, each explained."""

from dataclasses import replace

from competitions.workbooks.specs import BOUNDARIES, COMPETITIONS, WINDOWS
from marketplace.workbooks.declare import Column, Sheet, WorkbookSpec


def _published(sheet: Sheet) -> Sheet:
    return Sheet(sheet.name, tuple(_explained(each) for each in sheet.columns if each.is_public))


def _explained(column: Column) -> Column:
    return replace(
        column,
        example=column.published_example or column.example,
        rule=column.meaning,
        required=False,
        information=True,
    )


SHEETS = (_published(COMPETITIONS), _published(BOUNDARIES), _published(WINDOWS))
HISTORIC_COMPETITIONS = WorkbookSpec(
    name="historic_competitions",
    title="Historic competitions",
    purpose="Competitions that were published and are over: what was needed, where, when and on which terms.",
    how_to="For reading; it can't be uploaded. Instants are in UTC.",
    sheets=SHEETS,
)
LIVE_COMPETITIONS = WorkbookSpec(
    name="live_competitions",
    title="Live competitions",
    purpose="Competitions that are published and not over: what is needed, where, when and on which terms.",
    how_to="For reading; it can't be uploaded. Instants are in UTC.",
    sheets=SHEETS,
)
