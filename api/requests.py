"""Requests of programs, typed."""

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from accounts.domain.tokens import Acting
from accounts.models import ApiClient, Member
from marketplace.errors import Refused


class ProgramRequest(HttpRequest):
    """A request that a program made with a token; operations have it once the token was found good."""

    member: Member
    client: ApiClient
    acting: Acting | None
    denied: Refused | None
    has_token: bool
    request_id: str


def address_of(request: HttpRequest) -> str:
    """The address that the request comes from, as the outermost trusted proxy saw it; empty where it does not tell."""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""
