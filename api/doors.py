"""How operations are declared whose answers are plain data in the shapes of another interface.

They go by the rules of version 1: what an operation needs is declared, a change is one transaction and done once for a key.
"""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from ninja import Router

from api.auth import Declared
from api.idempotency import done_once
from api.operations import JSON, Method, Operation, View, etag_of, raw_json
from api.problems import of_refusal
from api.requests import ProgramRequest
from marketplace import clock
from marketplace.errors import Refused

Told = dict[str, Any]
"""An object of JSON, read or answered."""


class Door:
    """The operations of one interface beside version 1, each by its id."""

    def __init__(self) -> None:
        self.operations: dict[str, Operation] = {}

    def reads(self, router: Router, path: str, declared: Declared) -> Callable[[View], View]:
        """Declare an operation that only reads."""

        def decorate(view: View) -> View:
            @wraps(view)
            def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
                return raw_json(request, view(cast(ProgramRequest, request), *args, **kwargs))

            self._register(router, "GET", path, declared, answered)
            return answered

        return decorate

    def writes(self, router: Router, method: Method, path: str, declared: Declared) -> Callable[[View], View]:
        """Declare an operation that changes something, in one transaction; a POST answers 201."""
        status = 201 if method == "POST" else 200

        def decorate(view: View) -> View:
            @wraps(view)
            def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
                asked = cast(ProgramRequest, request)

                def effect() -> HttpResponse:
                    told = view(asked, *args, **kwargs)
                    body = json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
                    response = HttpResponse(body, status=status, content_type=JSON)
                    response["ETag"] = etag_of(body)
                    return response

                try:
                    return done_once(asked, effect, clock.now())
                except Refused as refusal:
                    raise of_refusal(refusal) from refusal

            self._register(router, method, path, declared, answered)
            return answered

        return decorate

    def _register(self, router: Router, method: Method, path: str, declared: Declared, view: View) -> None:
        name = view.__name__
        assert name not in self.operations, name
        self.operations[name] = Operation(name, method, path, declared)
        router.api_operation(
            [method],
            path,
            auth=declared,
            operation_id=name,
            url_name=name,
            summary=(view.__doc__ or name).strip().splitlines()[0],
        )(view)
