"""What lists of competitions and areas can be narrowed to."""

from datetime import date, datetime
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.functional import cached_property

from accounts.enums import OrganisationKind
from accounts.models import Organisation
from competitions.domain.list_views import views_for
from competitions.domain.places.nearness import covering, near, near_places
from competitions.domain.places.postcodes import Place, place_of
from competitions.domain.places.towns import place_of_town
from competitions.enums import BoundaryType, NeedDirection, NeedType, Phase
from competitions.models import Area, Boundary, Competition, ServicePeriod
from marketplace.keys import tidy_key
from marketplace.postcodes import is_sector, normal_postcode, postcode_of

POSTCODE_KINDS = (BoundaryType.POSTCODE, BoundaryType.POSTCODE_SECTOR)
LIVE = "live"
BEHIND = (
    "place",
    "phase",
    "round",
    "operator",
    "product",
    "need_type",
    "need_direction",
    "service_from",
    "service_to",
    "near",
)
"""Filters that stand behind one button."""
SHOWN_PHASES = [(phase.value, phase.label) for phase in Phase]


def in_phase(phase: str, now: datetime) -> Q:
    """The competitions in a phase at ``now``, as a condition of the query: the same rules as
    ``Competition.phase``."""
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


class CompetitionFilter(django_filters.FilterSet):  # type: ignore[misc]
    """What the list and the map beside it are narrowed to. Without a phase all but the archived are
    listed."""

    search = django_filters.CharFilter(label="Ref, name, area or postcode", method="matching")
    view = django_filters.ChoiceFilter(label="View", method="in_view")
    place = django_filters.CharFilter(label="Area, town or postcode", method="at_place")
    round = django_filters.CharFilter(label="Round", field_name="round_name", lookup_expr="icontains")
    phase = django_filters.ChoiceFilter(
        label="Phase", choices=SHOWN_PHASES, empty_label="Any but archived", method="in_phase"
    )
    operator = django_filters.ModelChoiceFilter(
        label="Operator",
        queryset=Organisation.objects.filter(kind=OrganisationKind.SYSTEM_OPERATOR).only("name"),
        empty_label="Any operator",
    )
    product = django_filters.CharFilter(label="Product", field_name="product_type", lookup_expr="icontains")
    need_type = django_filters.ChoiceFilter(label="Need", choices=NeedType, empty_label="Any need")
    need_direction = django_filters.ChoiceFilter(
        label="Direction", choices=NeedDirection, empty_label="Any direction"
    )
    service_from = django_filters.DateFilter(
        label="Service from", method="serving_from", widget=forms.DateInput(attrs={"type": "date"})
    )
    service_to = django_filters.DateFilter(
        label="Service until", method="serving_until", widget=forms.DateInput(attrs={"type": "date"})
    )
    near = django_filters.BooleanFilter(
        label="Near my assets", method="near_assets", widget=forms.CheckboxInput
    )

    class Meta:
        model = Competition
        fields = ("search",)

    def __init__(self, *args: Any, now: datetime, member: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.member = member
        self.views = {each.name: each for each in views_for(member)}
        self.filters["view"].extra["choices"] = [
            (LIVE, "Live"),
            *((each.name, each.title) for each in self.views.values()),
        ]
        if member is None or member.is_so:
            del self.filters["near"]

    def filter_queryset(self, competitions: QuerySet[Competition]) -> QuerySet[Competition]:
        if not self.form.cleaned_data.get("phase"):
            competitions = competitions.filter(self.unarchived)
        found: QuerySet[Competition] = super().filter_queryset(competitions)
        return found

    @property
    def unarchived(self) -> Q:
        """What is listed unless a phase is asked for."""
        return Q(archive_on=None) | Q(archive_on__gt=self.now)

    @property
    def place_asked(self) -> str:
        """The place that is asked for: by its own field, or as what is searched for."""
        if not self.form.is_valid():
            return ""
        return str(self.form.cleaned_data.get("place") or self.form.cleaned_data.get("search") or "")

    @cached_property
    def place_found(self) -> Place | None:
        """Latitude and longitude of the postcode, sector, district or town asked for, if it is known."""
        return place_of(self.place_asked) if self.place_asked else None

    @property
    def is_town(self) -> bool:
        """Whether the place asked for is a town: what lies near it is meant, since a town is not a point."""
        return postcode_of(self.place_asked) is None and place_of_town(self.place_asked) is not None

    @property
    def is_place_unknown(self) -> bool:
        """Whether a postcode or sector is asked for of which nobody knows where it lies."""
        text = normal_postcode(self.place_asked)
        is_code = postcode_of(text) is not None or is_sector(text)
        return is_code and self.place_found is None

    @property
    def live(self) -> QuerySet[Competition]:
        """What the map shows: of the list, what is live, unless a phase is asked for."""
        found: QuerySet[Competition] = self.qs
        if self.form.cleaned_data.get("phase"):
            return found
        return found.filter(cancelled_at=None, confirmed_at=None, publish_on__lte=self.now)

    def matching(self, competitions: QuerySet[Competition], name: str, text: str) -> QuerySet[Competition]:
        named = Q(ref__icontains=text) | Q(name__icontains=text) | Q(round_name__icontains=text)
        return competitions.filter(named | self._lies_at(competitions, text))

    def in_view(self, competitions: QuerySet[Competition], name: str, view: str) -> QuerySet[Competition]:
        """What is live, or what another view of the member's side holds."""
        return competitions.filter(self.view_condition(view))

    def view_condition(self, view: str) -> Q:
        """The competitions of a view."""
        if view == LIVE or view not in self.views:
            return Q(cancelled_at=None, confirmed_at=None, publish_on__lte=self.now)
        return self.views[view].condition(self.member, self.now)

    @property
    def number_behind(self) -> int:
        """How many of the less common filters narrow the list."""
        return (
            sum(bool(self.form.cleaned_data.get(each)) for each in BEHIND if each in self.form.fields)
            if self.form.is_valid()
            else 0
        )

    def at_place(self, competitions: QuerySet[Competition], name: str, text: str) -> QuerySet[Competition]:
        """By the name of an area, by a postcode, its sector or its first letters and digits, or by a town."""
        return competitions.filter(self._lies_at(competitions, text))

    def _lies_at(self, competitions: QuerySet[Competition], text: str) -> Q:
        """A competition is at a postcode by naming it, or by holding the place where it lies, if that is
        known; at a town within 10 km of it."""
        code = normal_postcode(text)
        parts = Boundary.objects.filter(competition=OuterRef("pk")).filter(
            Q(area__reference__icontains=tidy_key(text))
            | Q(area__display_name__icontains=text)
            | Q(kind__in=POSTCODE_KINDS, value__istartswith=code)
            | Q(kind=BoundaryType.POSTCODE_SECTOR, value=code[:-2])
        )
        place = self.place_found
        if place is None:
            held = set()
        elif self.is_town:
            held = near_places([(float(place[1]), float(place[0]))], competitions)
        else:
            held = covering(*place, competitions)
        return Q(Exists(parts)) | Q(pk__in=held)

    def in_phase(self, competitions: QuerySet[Competition], name: str, phase: str) -> QuerySet[Competition]:
        return competitions.filter(in_phase(phase, self.now))

    def serving_from(
        self, competitions: QuerySet[Competition], name: str, day: date
    ) -> QuerySet[Competition]:
        periods = ServicePeriod.objects.filter(competition=OuterRef("pk"), last_day__gte=day)
        return competitions.filter(Exists(periods))

    def serving_until(
        self, competitions: QuerySet[Competition], name: str, day: date
    ) -> QuerySet[Competition]:
        periods = ServicePeriod.objects.filter(competition=OuterRef("pk"), first_day__lte=day)
        return competitions.filter(Exists(periods))

    def near_assets(
        self, competitions: QuerySet[Competition], name: str, wanted: bool
    ) -> QuerySet[Competition]:
        return competitions.filter(pk__in=near(self.member, competitions)) if wanted else competitions


class AreaFilter(django_filters.FilterSet):  # type: ignore[misc]
    search = django_filters.CharFilter(label="Reference or name", method="matching")

    class Meta:
        model = Area
        fields = ("search",)

    def matching(self, areas: QuerySet[Area], name: str, text: str) -> QuerySet[Area]:
        key = tidy_key(text)
        named = Q(reference__icontains=key) | Q(display_name__icontains=text)
        return areas.filter(named | Q(licence_area__icontains=key) | Q(supply_point__icontains=key))
