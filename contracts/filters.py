"""What a list of contracts can be narrowed to."""

import django_filters
from django.db.models import Q, QuerySet

from contracts.enums import ContractStatus
from contracts.models import Contract


class ContractFilter(django_filters.FilterSet):  # type: ignore[misc]
    search = django_filters.CharFilter(label="Competition, window or company", method="matching")
    status = django_filters.ChoiceFilter(choices=ContractStatus, empty_label="Any status")

    class Meta:
        model = Contract
        fields = ["search", "status"]

    def matching(self, contracts: QuerySet[Contract], name: str, text: str) -> QuerySet[Contract]:
        return contracts.filter(
            Q(competition__ref__icontains=text)
            | Q(competition__name__icontains=text)
            | Q(window_name__icontains=text)
            | Q(buyer__name__icontains=text)
            | Q(seller__name__icontains=text)
        )
