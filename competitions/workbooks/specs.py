"""The competition file: three sheets that say everything an operator buys.

Their columns are declared in :mod:`competitions.columns`, below the rules that follow them.
"""

from competitions.columns import BOUNDARY, HEADER, WINDOW
from marketplace.workbooks.declare import Sheet, WorkbookSpec

COMPETITIONS = Sheet("Competitions", HEADER)
BOUNDARIES = Sheet("Competition Boundaries", BOUNDARY)
WINDOWS = Sheet("Service Windows", WINDOW)

COMPETITION_FILE = WorkbookSpec(
    name="competition_file",
    title="Competition file",
    purpose="Creates and updates your competitions: what you need, where, when, and on which terms.",
    how_to=(
        "One row a competition in Competitions; its boundary and its windows in the other two sheets, under the same ref.",
        "To change a competition, give its ref again: the values given replace those stored.",
        "A column that is absent keeps what is stored, a blank cell clears it.",
        "Rows in the other two sheets replace the boundary or the windows that a competition had; without any it keeps them.",
        "A new competition needs at least one boundary row and one window row.",
        "Date-times without a zone are in your organisation's time zone.",
    ),
    sheets=(COMPETITIONS, BOUNDARIES, WINDOWS),
)
