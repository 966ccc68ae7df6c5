"""The kind of notifications about contracts."""

from contracts.domain.notifications import STATUS, TERMS
from marketplace.notifications import declare

declare(STATUS)
declare(TERMS)
