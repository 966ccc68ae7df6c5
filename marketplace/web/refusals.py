"""What a view does with the refusal of an action: show its sentence, and go back to a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from marketplace.errors import Refused


@contextmanager
def refusal_shown(request: HttpRequest, before: str = "") -> Iterator[None]:
    """Act inside, and say there that it is done. A refusal ends the block: its sentence, with the text
    ``before`` it, is the message instead. Then the view goes on."""
    try:
        yield
    except Refused as refusal:
        messages.error(request, f"{before}{refusal.sentence}")


def redirect_refused(
    request: HttpRequest, refusal: Refused, to: str, *args: Any, before: str = ""
) -> HttpResponse:
    """To a page that shows the sentence of the refusal, with the text ``before`` it, as its message."""
    messages.error(request, f"{before}{refusal.sentence}")
    return redirect(to, *args)
