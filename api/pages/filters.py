"""What the log of requests can be narrowed to."""

from uuid import UUID

import django_filters
from django.db.models import Q, QuerySet

from api.models import LoggedRequest

FIRST_REFUSED = 400
ANSWERS = (("taken", "Taken"), ("refused", "Refused"))


class RequestFilter(django_filters.FilterSet):  # type: ignore[misc]
    """By a part of the address or of the problem's code, by a request id, and by whether it was refused."""

    search = django_filters.CharFilter(label="Address, problem or request id", method="matching")
    answer = django_filters.ChoiceFilter(
        label="Answer", choices=ANSWERS, empty_label="Any answer", method="answered"
    )

    class Meta:
        model = LoggedRequest
        fields = ["search", "answer"]

    def matching(self, requests: QuerySet[LoggedRequest], name: str, text: str) -> QuerySet[LoggedRequest]:
        found = Q(path__icontains=text) | Q(code__icontains=text) | Q(client__name__icontains=text)
        try:
            return requests.filter(found | Q(pk=UUID(text)))
        except ValueError:
            return requests.filter(found)

    def answered(self, requests: QuerySet[LoggedRequest], name: str, answer: str) -> QuerySet[LoggedRequest]:
        is_refused = Q(status__gte=FIRST_REFUSED)
        return requests.filter(is_refused if answer == "refused" else ~is_refused)
