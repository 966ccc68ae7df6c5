"""The terms: their texts, and accepting a new version before going on."""

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.domain.terms import (
    accept_terms,
    may_accept,
    terms_due,
    version_of,
    versions_in_force,
    who_may_accept_for,
)
from accounts.enums import TermsKind
from accounts.middleware import TERMS
from accounts.models import User
from accounts.requests import SignedInRequest, VisitorRequest
from marketplace import clock
from marketplace.web.access import public, signed_in


@public
def terms(request: VisitorRequest, kind: str) -> HttpResponse:
    """The text of the terms in force."""
    if kind not in TermsKind.values:
        raise Http404
    return render(request, f"accounts/terms_{kind}.html", {"version": version_of(kind)})


@signed_in
def accept(request: SignedInRequest) -> HttpResponse:
    """What is new, and the button to accept it; who can't accept it is told who can."""
    user: User = request.user
    member = request.member
    due = terms_due(user)
    read = request.POST.getlist("read")
    mine = [kind for kind in due if may_accept(kind, member) and f"{kind} {version_of(kind)}" in read]
    if request.method == "POST" and mine:
        accept_terms(user=user, kinds=mine, now=clock.now())
        due = [kind for kind in due if kind not in mine]
    request.session[TERMS] = {"versions": versions_in_force(), "due": due}
    if not due:
        after = request.GET.get("next", "/")
        return HttpResponseRedirect(_own_address(after))
    context = {
        "due": [(kind, TermsKind(kind).label, version_of(kind)) for kind in due],
        "can_accept": [kind for kind in due if may_accept(kind, member)],
        "holders": who_may_accept_for(member) if member is not None else [],
    }
    return render(request, "accounts/terms_accept.html", context)


def _own_address(to: str) -> str:
    is_own = to.startswith("/") and url_has_allowed_host_and_scheme(to, allowed_hosts=None)
    return to if is_own else "/"
