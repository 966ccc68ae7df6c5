"""The kinds of notifications about assets, entries and applications to DPSs."""

from marketplace.notifications import declare
from qualification.domain.dps.notifications import DECIDED, SUBMITTED
from qualification.domain.notifications import KINDS

for kind in (*KINDS, SUBMITTED, DECIDED):
    declare(kind)
