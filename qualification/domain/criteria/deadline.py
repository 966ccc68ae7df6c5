"""Deadline: the asset was first uploaded before qualification closed."""

from datetime import timedelta

from django.utils import timezone

from marketplace.dates import moment_text
from qualification.domain.criterion import Asked, DataCriterion
from qualification.domain.facts.asset_facts import (
    EPOCH,
    Fact,
    Facts,
    Flags,
    Instants,
    Record,
    instant,
)


class Deadline(DataCriterion[int]):
    code = "deadline"
    label = "Upload deadline"
    position = 60
    facts = (Fact("first_uploaded_at", Instants()),)
    reads = ("qualification_close",)
    judges_planned = True

    def limit(self, asked: Asked) -> int:
        return instant(asked["qualification_close"])

    def fails(self, limit: int, facts: Facts) -> Flags:
        failed: Flags = facts["first_uploaded_at"] >= limit
        return failed

    def reason(self, limit: int, asset: Record) -> str:
        """In the reader's time zone, which is active while a page or file is made for them; seconds if it was
        close."""
        zone = timezone.get_current_timezone()
        uploaded, closed = (
            EPOCH + timedelta(microseconds=int(each)) for each in (asset["first_uploaded_at"], limit)
        )
        is_close = abs(uploaded - closed) < timedelta(minutes=1)
        told, last = (moment_text(each, zone, seconds=is_close) for each in (uploaded, closed))
        return f"It was first uploaded on {told}; qualification closed on {last}."

    def remedy(self, limit: int) -> str:
        return "Only an override by the operator."


CRITERION = Deadline()
