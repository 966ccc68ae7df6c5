"""What is logged of security: who signed in or failed to, and what was refused to whom. Never what was typed.

A login that was typed is logged by a mark (:func:`mark_of`), the same for the same login, which tells nobody
who it is. Addresses are logged by their route, since some carry the secret of a link.
"""

from collections.abc import Callable
from typing import Any

import structlog
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from marketplace.web.rate_limits import client_address

log = structlog.get_logger("security")

REFUSALS = frozenset({400, 401, 403, 405, 413, 429})
SECRET_PARTS = frozenset({"token", "key", "uidb36"})
TRIES = frozenset(
    {
        "account_login",
        "account_reauthenticate",
        "account_change_password",
        "account_reset_password_from_key",
        "mfa_activate_totp",
        "mfa_authenticate",
        "mfa_login_webauthn",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
    }
)
"""Where a password, a code or a key is shown: the form comes back only when it was wrong."""


class SecurityLog:
    """Logs what was refused: by status, and to whoever is signed in also what does not exist for them
    (404)."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.answer(request)
        match = request.resolver_match
        name = "" if match is None else match.view_name
        is_try = request.method == "POST" and name in TRIES
        if response.status_code in REFUSALS or (response.status_code == 404 and user_id(request) is not None):
            log.warning("refused", status=response.status_code, **seen(request))
        elif is_try and response.status_code == 200:
            log.warning("try_failed", **seen(request))
        return response


def seen(request: HttpRequest | None) -> dict[str, Any]:
    """Who asked from where for what: nothing that was typed, and no secret of a link."""
    if request is None:
        return {}
    match = request.resolver_match
    told: dict[str, Any] = {
        "user": user_id(request),
        "address": client_address(request),
        "method": request.method,
    }
    if match is not None:
        told["view"] = match.view_name
        told["of"] = {name: str(value) for name, value in match.kwargs.items() if name not in SECRET_PARTS}
    return told


def user_id(request: HttpRequest) -> str | None:
    """The id of the user who is signed in; None for everybody else."""
    user = getattr(request, "user", None)
    return str(user.pk) if user is not None and user.is_authenticated else None


def mark_of(login: str) -> str:
    """The mark of a login that was typed, to find tries at the same one; made with ``SECRET_KEY``."""
    return salted_hmac("security log", login.strip().casefold(), algorithm="sha256").hexdigest()[:16]


def _signed_in(sender: object, request: HttpRequest, user: Any, **signal: object) -> None:
    steps = [str(each.get("method")) for each in request.session.get("account_authentication_methods", [])]
    log.info("signed_in", **seen(request) | {"user": str(user.pk), "steps": steps})


def _signed_out(sender: object, request: HttpRequest, user: Any, **signal: object) -> None:
    if user is not None:
        log.info("signed_out", **seen(request) | {"user": str(user.pk)})


def _failed(
    sender: object, credentials: dict[str, Any], request: HttpRequest | None = None, **signal: object
) -> None:
    login = str(credentials.get("email") or credentials.get("username") or "")
    log.warning("sign_in_failed", login=mark_of(login), **seen(request))


def connect() -> None:
    """Listen to signing in and out; called once, when the apps are ready."""
    user_logged_in.connect(_signed_in, dispatch_uid="security_log.signed_in")
    user_logged_out.connect(_signed_out, dispatch_uid="security_log.signed_out")
    user_login_failed.connect(_failed, dispatch_uid="security_log.failed")
