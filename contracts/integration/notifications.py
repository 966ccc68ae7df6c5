"""The kind of notifications about contracts."""

from contracts.domain.notifications import STATUS
from marketplace.notifications import declare

declare(STATUS)
