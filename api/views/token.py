"""OAuth 2 client credentials: a token for a client id and a secret (RFC 6749, section 4.4)."""

import base64
import binascii
from typing import Any
from urllib.parse import unquote_plus

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.domain.tokens import UnknownScope, UnknownSecret, issue_token
from api.requests import address_of
from marketplace import clock
from marketplace.errors import NotAllowed
from marketplace.web import rate_limits
from marketplace.web.access import public
from marketplace.web.unreadable import is_unreadable

LONGEST = 200
SCOPES = 1000


@csrf_exempt
@require_POST
@public
def token(request: HttpRequest) -> HttpResponse:
    """Give a token to a program that names itself by HTTP Basic or in the form."""
    rate = rate_limits.rate_named("token")
    if not rate_limits.allowed("token", address_of(request), rate):
        answer = _error(
            429, "temporarily_unavailable", "Too many tokens were asked for: use one for its whole hour."
        )
        answer["Retry-After"] = str(rate.seconds)
        return answer
    if request.POST.get("grant_type") != "client_credentials":
        return _error(400, "unsupported_grant_type", "The grant type is client_credentials.")
    client_id, secret = _named(request)
    if not client_id or not secret or len(client_id) > LONGEST or len(secret) > LONGEST:
        return _unknown("Send the client id and the secret, by HTTP Basic or as client_id and client_secret.")
    try:
        made = issue_token(
            client_id=client_id,
            secret=secret,
            scopes=set(request.POST.get("scope", "")[:SCOPES].split()),
            address=address_of(request),
            now=clock.now(),
        )
    except UnknownSecret as refusal:
        return _unknown(refusal.sentence)
    except UnknownScope as refusal:
        return _error(400, "invalid_scope", refusal.sentence)
    except NotAllowed as refusal:
        return _error(403, "unauthorized_client", refusal.sentence)
    return _answer(
        200,
        {
            "access_token": made.text,
            "token_type": "Bearer",
            "expires_in": made.seconds,
            "scope": " ".join(made.scopes),
        },
    )


def _named(request: HttpRequest) -> tuple[str, str]:
    told, _, coded = request.headers.get("Authorization", "").partition(" ")
    if told.lower() != "basic":
        return request.POST.get("client_id", ""), request.POST.get("client_secret", "")
    try:
        pair = base64.b64decode(coded, validate=True).decode()
    except (binascii.Error, ValueError):
        return "", ""
    client_id, _, secret = pair.partition(":")
    told_id, told_secret = unquote_plus(client_id), unquote_plus(secret)
    return ("", "") if is_unreadable(told_id + told_secret) else (told_id, told_secret)


def _unknown(sentence: str) -> HttpResponse:
    answer = _error(401, "invalid_client", sentence)
    answer["WWW-Authenticate"] = 'Basic realm="marketplace"'
    return answer


def _error(status: int, code: str, sentence: str) -> HttpResponse:
    return _answer(status, {"error": code, "error_description": sentence})


def _answer(status: int, told: dict[str, Any]) -> HttpResponse:
    answer = JsonResponse(told, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
