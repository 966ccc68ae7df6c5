"""The kinds of notifications about competitions."""

from competitions.domain.questions import ASKED
from marketplace.notifications import declare

declare(ASKED)
