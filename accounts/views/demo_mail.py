"""In the demo: all mail that was sent, so that a newcomer can follow its links. Elsewhere these pages do not
exist."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin

from accounts.domain.sent_mail import SentMail, are_kept, sent_mails
from accounts.requests import VisitorRequest
from marketplace.web.access import public
from marketplace.web.lists import page_of
from marketplace.web.zones import zone_of

PER_PAGE = 20
SANDBOX = "allow-popups allow-popups-to-escape-sandbox"
MAIL_POLICY = {
    "default-src": [NONE],
    "script-src": [NONE],
    "connect-src": [NONE],
    "font-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": SANDBOX.split(),
}


@public
def demo_mail(request: VisitorRequest) -> HttpResponse:
    """All of it, newest first; ``?to=`` only what went to one address."""
    mails = _kept()
    to = request.GET.get("to", "")
    page = page_of([mail for mail in mails if not to or mail.to == to], request.GET.get("page"), PER_PAGE)
    addresses = sorted({mail.to for mail in mails})
    values = {"page": page, "addresses": addresses, "to": to, "zone": zone_of(request)}
    return render(request, "accounts/demo_mail.html", values)


@public
@csp_update({"frame-src": [SELF]})  # type: ignore[arg-type]  # its types know no view with an argument
def demo_one_mail(request: VisitorRequest, mail_id: str) -> HttpResponse:
    """One mail, as text and as mail programs draw it."""
    values = {"mail": _one(mail_id), "zone": zone_of(request), "sandbox": SANDBOX}
    return render(request, "accounts/demo_one_mail.html", values)


@public
@xframe_options_sameorigin
@csp_replace(MAIL_POLICY)  # type: ignore[arg-type]  # the same
def demo_one_mail_html(request: VisitorRequest, mail_id: str) -> HttpResponse:
    """The HTML of a mail alone, for the frame: without scripts, forms, or anything from elsewhere."""
    html = _one(mail_id).html
    return HttpResponse(html.replace("<head>", '<head><base target="_blank">', 1))


def _kept() -> list[SentMail]:
    if not are_kept():
        raise Http404
    return sent_mails()


def _one(mail_id: str) -> SentMail:
    for mail in _kept():
        if mail.id == mail_id:
            return mail
    raise Http404
