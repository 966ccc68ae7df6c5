"""The kinds of notifications about operations."""

from marketplace.notifications import declare
from operations.domain import availability_notifications as availability
from operations.domain import substitution_notifications as substitutions

for kind in (availability.TO_DECLARE, availability.ANSWERED, availability.TO_ANSWER, availability.MISSING):
    declare(kind)
for kind in substitutions.KINDS:
    declare(kind)
