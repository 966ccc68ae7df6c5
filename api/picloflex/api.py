"""The interface in the reference platform's shapes: its resources, its token, and addresses without a slash."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from ninja import NinjaAPI

from accounts.domain.tokens import UnknownSecret, issue_token
from api.picloflex import assets, bids
from api.picloflex.door import body_of, text_in
from api.picloflex.tokens import wrapped
from api.problems import Problem, of_refusal, of_request, response_of
from api.requests import address_of
from api.v1.api import HANDLERS, StrictJson
from marketplace import clock
from marketplace.errors import NotAllowed
from marketplace.web import rate_limits
from marketplace.web.access import public

NO_SLASH = "Every address here ends with a slash."

api = NinjaAPI(
    title="Reference platform's shapes",
    version="1",
    urls_namespace="picloflex",
    parser=StrictJson(),
    docs_url=None,
    openapi_url=None,
)
for resource in (assets, bids):
    api.add_router("", resource.router)
for of, handler in HANDLERS.items():
    api.add_exception_handler(of, handler)


@csrf_exempt
@require_POST
@public
def authtoken(request: HttpRequest) -> HttpResponse:
    """A token for a program that names itself by its id and its secret, the api_key."""
    try:
        rate = rate_limits.rate_named("token")
        if not rate_limits.allowed("token", address_of(request), rate):
            raise of_request("too_many_requests", headers={"Retry-After": str(rate.seconds)})
        told, now = body_of(request), clock.now()
        made = issue_token(
            client_id=text_in(told, "client_id"),
            secret=text_in(told, "api_key"),
            address=address_of(request),
            now=now,
        )
    except UnknownSecret as refusal:
        return response_of(of_request("token_unknown", refusal.sentence))
    except NotAllowed as refusal:
        return response_of(of_refusal(refusal))
    except Problem as problem:
        return response_of(problem)
    ends_at = now + timedelta(seconds=made.seconds)
    answer = JsonResponse({"token": wrapped(made.text, text_in(told, "client_id"), ends_at, now)})
    answer["Cache-Control"] = "no-store"
    return answer


@csrf_exempt
@public
def no_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """Nothing here is redirected to an address with a slash, since what is sent with a POST would be lost."""
    return response_of(of_request("not_found", "" if rest.endswith("/") else NO_SLASH))
