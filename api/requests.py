"""Requests of programs, typed."""

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
