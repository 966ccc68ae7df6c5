"""The kinds of notifications about competitions."""

from competitions.domain.questions import KINDS
from marketplace.notifications import declare

declare(*KINDS)
