"""Parts of pages that are the same for the same values: drawn once by a process, then given as they were."""

from collections.abc import Hashable
from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString


@lru_cache(maxsize=1_000, typed=True)
def drawn(template: str, **values: Hashable) -> SafeString:
    """The template with these values, which tell apart all that it shows: it knows neither request nor reader.

    Text that is safe is another value than the same text that is to be escaped, if it is handed by itself.
    """
    return render_to_string(template, values)
