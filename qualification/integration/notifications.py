"""The kinds of notifications about assets, entries and applications to DPSs."""

from marketplace.notifications import declare
from qualification.domain import notifications
from qualification.domain.dps import notifications as of_dps

declare(*notifications.KINDS, *of_dps.KINDS)
