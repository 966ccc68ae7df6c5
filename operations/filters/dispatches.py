"""What a list of dispatches can be narrowed to."""

from datetime import datetime

import django_filters
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from marketplace import clock
from operations.enums import OPERATORS_KINDS, DispatchKind, DispatchState
from operations.models import Dispatch

WHEN = (("waiting", "To answer"), ("running", "Running"), ("coming", "Coming"), ("over", "Over"))


def kinds_for(request: HttpRequest | None = None) -> list[tuple[str, str]]:
    """The kinds by which who asks may narrow: tests of channels are shown to providers alone."""
    asker = getattr(request, "member", None)
    kinds = DispatchKind if asker is not None and asker.is_fsp else OPERATORS_KINDS
    return [(each.value, each.label) for each in kinds]


class DispatchFilter(django_filters.FilterSet):  # type: ignore[misc]
    search = django_filters.CharFilter(label="Ref, competition, company or incident", method="matching")
    state = django_filters.ChoiceFilter(choices=DispatchState, empty_label="Any answer")
    kind = django_filters.ChoiceFilter(choices=kinds_for, empty_label="Any kind")
    show = django_filters.ChoiceFilter(choices=WHEN, method="at_the_time")

    class Meta:
        model = Dispatch
        fields = ["search", "state", "kind"]

    def matching(self, dispatches: QuerySet[Dispatch], name: str, text: str) -> QuerySet[Dispatch]:
        return dispatches.filter(
            Q(ref__icontains=text)
            | Q(incident_reference__icontains=text)
            | Q(contract__competition__ref__icontains=text)
            | Q(contract__seller__name__icontains=text)
            | Q(contract__buyer__name__icontains=text)
        )

    def at_the_time(self, dispatches: QuerySet[Dispatch], name: str, when: str) -> QuerySet[Dispatch]:
        return narrowed(dispatches, when, clock.now())


def narrowed(dispatches: QuerySet[Dispatch], when: str, now: datetime) -> QuerySet[Dispatch]:
    """Those that wait for an answer, run, come or are over at ``now``."""
    asks = Q(holds_its_time=True) | Q(kind=DispatchKind.OWN_TEST) & ~Q(state=DispatchState.DECLINED)
    told = {
        "waiting": asks & Q(state=DispatchState.ISSUED, end__gt=now),
        "running": asks & Q(start__lte=now, end__gt=now),
        "coming": asks & Q(start__gt=now),
        "over": Q(end__lte=now) | ~asks,
    }
    return dispatches.filter(told[when]) if when in told else dispatches
