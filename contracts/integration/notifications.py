"""The kinds of notifications about contracts."""

from contracts.domain.notifications import KINDS
from marketplace.notifications import declare

declare(*KINDS)
