"""The kinds of notifications about statements."""

from marketplace.notifications import declare
from settlement.domain.notifications import KINDS

declare(*KINDS)
