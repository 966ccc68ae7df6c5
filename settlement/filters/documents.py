"""What the list of documents can be narrowed to."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from marketplace.dates import month_code, month_text, named_month
from settlement.enums import DocumentType
from settlement.models import Document

STATES = (("open", "Not marked as paid"), ("paid", "Paid"), ("back", "Taken back"))


class DocumentFilter(django_filters.FilterSet):  # type: ignore[misc]
    search = django_filters.CharFilter(label="Number, company or reference", method="matching")
    month = django_filters.ChoiceFilter(empty_label="Any month", method="of_month")
    type = django_filters.ChoiceFilter(choices=DocumentType, empty_label="Any document")
    show = django_filters.ChoiceFilter(choices=STATES, method="in_state")

    class Meta:
        model = Document
        fields = ["search", "month", "type"]

    def __init__(self, *args: Any, months: Iterable[date], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["month"].extra["choices"] = [(month_code(each), month_text(each)) for each in months]

    def matching(self, documents: QuerySet[Document], name: str, text: str) -> QuerySet[Document]:
        return documents.filter(
            Q(number__icontains=text)
            | Q(buyer__name__icontains=text)
            | Q(seller__name__icontains=text)
            | Q(payment__reference__icontains=text)
        )

    def of_month(self, documents: QuerySet[Document], name: str, month: str) -> QuerySet[Document]:
        return documents.filter(month=named_month(month))

    def in_state(self, documents: QuerySet[Document], name: str, state: str) -> QuerySet[Document]:
        return narrowed(documents, state)


def narrowed(documents: QuerySet[Document], state: str) -> QuerySet[Document]:
    """Those that are not marked as paid, those that are, and the pairs that take one another back."""
    pair = Q(credits__isnull=False) | Q(credited_by__isnull=False)
    told = {"open": ~pair & Q(payment=None), "paid": Q(payment__isnull=False), "back": pair}
    return documents.filter(told[state]) if state in told else documents
