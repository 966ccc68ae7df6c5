"""What a list of statements can be narrowed to."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from marketplace.dates import month_code, month_text, named_month
from settlement.enums import VersionState
from settlement.models import Statement


class StatementFilter(django_filters.FilterSet):  # type: ignore[misc]
    search = django_filters.CharFilter(label="Competition, window or company", method="matching")
    month = django_filters.ChoiceFilter(label="Month", empty_label="Any month", method="of_month")
    show = django_filters.ChoiceFilter(choices=VersionState, method="in_state")

    class Meta:
        model = Statement
        fields: list[str] = ["search", "month"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        months = self.queryset.order_by("-month").values_list("month", flat=True).distinct()
        self.filters["month"].extra["choices"] = [(month_code(each), month_text(each)) for each in months]

    def matching(self, statements: QuerySet[Statement], name: str, text: str) -> QuerySet[Statement]:
        return statements.filter(
            Q(contract__competition__ref__icontains=text)
            | Q(contract__competition__name__icontains=text)
            | Q(contract__window_name__icontains=text)
            | Q(contract__buyer__name__icontains=text)
            | Q(contract__seller__name__icontains=text)
        )

    def of_month(self, statements: QuerySet[Statement], name: str, text: str) -> QuerySet[Statement]:
        return statements.filter(month=named_month(text))

    def in_state(self, statements: QuerySet[Statement], name: str, state: str) -> QuerySet[Statement]:
        return statements.filter(current__state=state)
