"""Where a request comes from."""

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The address that the request comes from, as the outermost trusted proxy saw it; empty where it does not tell."""
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return ""
