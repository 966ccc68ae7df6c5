"""Around every request: its id, given back as ``X-Request-ID``, and whose it is, on every line that it logs."""

import re
import uuid
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from structlog.contextvars import bind_contextvars, reset_contextvars

from marketplace import reporting, request_ids
from marketplace.web.security_log import user_id

HEADER = "X-Request-ID"
OF_BIDS = re.compile("bid|ballot")


class RequestIds:
    """Outermost: gives the request an id of its own, for its log lines and its answer."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = str(uuid.uuid4())  # type: ignore[attr-defined]
        with request_ids.under(request.request_id):  # type: ignore[attr-defined]
            reporting.tag_current_span()
            response = self.answer(request)
        response[HEADER] = request.request_id  # type: ignore[attr-defined]
        return response


class Whose:
    """Names user and organisation on the lines that a view logs; not where it is of bids, since a reader of the
    log would learn who bids."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            return self.answer(request)
        finally:
            reset_contextvars(**getattr(request, "log_tokens", {}))

    def process_view(
        self, request: HttpRequest, view: Any, arguments: list[Any], named: dict[str, Any]
    ) -> HttpResponse | None:
        """None: the view goes on."""
        match, member = request.resolver_match, getattr(request, "member", None)
        if member is not None and match is not None and not OF_BIDS.search(match.view_name):
            ids = {
                "user": user_id(request) or str(member.user_id),
                "organisation": str(member.organisation_id),
            }
            request.log_tokens = bind_contextvars(**ids)  # type: ignore[attr-defined]
        return None
