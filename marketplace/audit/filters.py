"""What the log can be narrowed to."""

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import django_filters
from django.db.models import Q, QuerySet
from django.forms import DateInput

from marketplace.audit.models import AuditEntry
from marketplace.audit.persons import about_person, acted_by
from marketplace.calendar import local_instant

BY_DAY = {"type": "date"}


class EntryFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By day in the reader's zone, by person, by what was done and to what."""

    since = django_filters.DateFilter(label="From day", method="from_day", widget=DateInput(attrs=BY_DAY))
    until = django_filters.DateFilter(label="To day", method="to_day", widget=DateInput(attrs=BY_DAY))
    person = django_filters.CharFilter(label="Person", method="by")
    action = django_filters.CharFilter(label="What was done", lookup_expr="icontains")
    subject = django_filters.CharFilter(label="To what", method="about")

    class Meta:
        model = AuditEntry
        fields = ("since", "until", "person", "action", "subject")

    def __init__(self, *args: Any, zone: ZoneInfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def from_day(self, entries: QuerySet[AuditEntry], name: str, day: datetime) -> QuerySet[AuditEntry]:
        return entries.filter(at__gte=local_instant(day, time(0), self.zone))

    def to_day(self, entries: QuerySet[AuditEntry], name: str, day: datetime) -> QuerySet[AuditEntry]:
        return entries.filter(at__lt=local_instant(day + timedelta(days=1), time(0), self.zone))

    def by(self, entries: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        return entries.filter(acted_by(text))

    def about(self, entries: QuerySet[AuditEntry], name: str, text: str) -> QuerySet[AuditEntry]:
        return entries.filter(about_person(text) | Q(subject_id__iexact=text))
