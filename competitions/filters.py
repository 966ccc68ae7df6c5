"""What lists of competitions and areas can be narrowed to."""

from datetime import datetime
from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from accounts.enums import OrganisationKind
from accounts.models import Organisation
from competitions.enums import NeedDirection, Phase
from competitions.models import Area, Competition

SHOWN_PHASES = [(phase.value, phase.label) for phase in Phase]


def in_phase(phase: str, now: datetime) -> Q:
    """The competitions in a phase at ``now``, as a condition of the query: the same rules as ``Competition.phase``."""
    unended = Q(cancelled_at=None) & (Q(archive_on=None) | Q(archive_on__gt=now))
    running = unended & Q(confirmed_at=None)
    conditions = {
        Phase.CANCELLED: Q(cancelled_at__isnull=False),
        Phase.ARCHIVED: Q(cancelled_at=None, archive_on__lte=now),
        Phase.CONFIRMED: unended & Q(confirmed_at__isnull=False),
        Phase.DRAFT: running & Q(publish_on__gt=now),
        Phase.ANNOUNCED: running & Q(publish_on__lte=now, qualification_open__gt=now),
        Phase.QUALIFICATION_OPEN: running & Q(qualification_open__lte=now, qualification_close__gt=now),
        Phase.QUALIFICATION_CLOSED: running
        & Q(qualification_close__lte=now)
        & (Q(bidding_open=None) | Q(bidding_open__gt=now)),
        Phase.BIDDING_OPEN: running & Q(bidding_open__lte=now, bidding_close__gt=now),
        Phase.DECISION: running & Q(bidding_close__lte=now),
    }
    return conditions[Phase(phase)]


class CompetitionFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(label="Ref, name or round", method="matching")
    phase = django_filters.ChoiceFilter(
        label="Phase", choices=SHOWN_PHASES, empty_label="Any phase", method="in_phase"
    )
    operator = django_filters.ModelChoiceFilter(
        label="Operator",
        queryset=Organisation.objects.filter(kind=OrganisationKind.SYSTEM_OPERATOR),
        empty_label="Any operator",
    )
    need_direction = django_filters.ChoiceFilter(label="Need", choices=NeedDirection, empty_label="Any need")

    class Meta:
        model = Competition
        fields = ("search", "phase", "operator", "need_direction")

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def matching(self, competitions: QuerySet[Competition], name: str, text: str) -> QuerySet[Competition]:
        return competitions.filter(Q(ref__icontains=text) | Q(name__icontains=text) | Q(round_name__icontains=text))

    def in_phase(self, competitions: QuerySet[Competition], name: str, phase: str) -> QuerySet[Competition]:
        return competitions.filter(in_phase(phase, self.now))


class AreaFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(label="Reference or name", method="matching")

    class Meta:
        model = Area
        fields = ("search",)

    def matching(self, areas: QuerySet[Area], name: str, text: str) -> QuerySet[Area]:
        return areas.filter(Q(reference__icontains=text) | Q(display_name__icontains=text))
