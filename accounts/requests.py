"""Requests, typed by who makes them."""

from django.http import HttpRequest

from accounts.models import Member, User
from marketplace.web.access import MemberRequest as KernelMemberRequest


class MemberRequest(KernelMemberRequest):
    """A request of a member, as views have it that ``@member`` declares."""

    member: Member
    user: User


class VisitorRequest(HttpRequest):
    """A request of anybody, as views have it that ``@public`` declares; a member, a visitor, or somebody in
    between."""

    member: Member | None


class SignedInRequest(VisitorRequest):
    """A request of somebody who is signed in, with or without an organisation, as ``@signed_in`` declares."""

    user: User
