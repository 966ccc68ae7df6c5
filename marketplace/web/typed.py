"""What somebody typed into a form that can't be taken any more: given back, to copy into a new one."""

from django.http import QueryDict

MOST_TEXTS = 20
LONGEST = 5_000
NEVER_SHOWN = ("password", "token", "code", "secret", "credential")
"""Parts of the names of fields whose values are shown to nobody."""


def long_texts(sent: QueryDict) -> list[str]:
    """The texts of several words among what was sent; never a password, a code, or a choice from a list."""
    found = []
    for name, values in sent.lists():
        if any(part in name.lower() for part in NEVER_SHOWN):
            continue
        found += [value.strip()[:LONGEST] for value in values if " " in value.strip()]
    return found[:MOST_TEXTS]
