"""What of a ballot's form is kept while it is typed."""

from collections.abc import Iterable

from django.http import QueryDict

KEPT = ("label", "choice", "assets", "groups", "add", "leave_out", "find", "seen", "late")


def fields_of(data: QueryDict) -> list[tuple[str, str]]:
    """Names and texts of the fields that are typed into, without what a page adds for itself."""
    return [
        (name, text)
        for name, texts in data.lists()
        if name in KEPT or name.startswith("row-")
        for text in texts
    ]


def data_of(fields: Iterable[Iterable[str]]) -> QueryDict:
    """The form as if it were sent again."""
    data = QueryDict(mutable=True)
    for name, text in fields:
        data.appendlist(name, text)
    return data
