"""The one layout of all mails, as text and as HTML."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string

from marketplace.notifications.addresses import absolute, site_host, unsubscribe_address
from marketplace.notifications.kinds import kind_of
from marketplace.notifications.models import Notification


def compose_mail(
    *,
    to: str,
    title: str,
    lines: Sequence[str],
    link: str,
    link_title: str = "Open the page",
    footer: Sequence[str] = (),
    unsubscribe: str = "",
    headers: Mapping[str, str] | None = None,
) -> EmailMultiAlternatives:
    """A mail in the layout: what happened, in sentences, and the full address of the page that it speaks
    of."""
    values = {
        "title": title,
        "lines": lines,
        "link": link,
        "link_title": link_title,
        "footer": footer,
        "unsubscribe": unsubscribe,
        "site_url": settings.SITE_URL,
        "support_email": settings.SUPPORT_EMAIL,
    }
    message = EmailMultiAlternatives(
        subject=title,
        body=render_to_string("notifications/mail.txt", values),
        to=[to],
        headers={"Auto-Submitted": "auto-generated", **(headers or {})},
    )
    message.attach_alternative(render_to_string("notifications/mail.html", values), "text/html")
    return message


def mail_of(notification: Notification, to: str, now: datetime) -> EmailMultiAlternatives:
    """The mail of a notification. Its Message-ID stays the same however often it is tried."""
    kind = kind_of(notification.kind)
    headers: dict[str, Any] = {
        "Message-ID": f"<{notification.pk}.{notification.edition}@{site_host()}>",
        "Date": format_datetime(now),
    }
    unsubscribe = ""
    if kind.switchable:
        unsubscribe = unsubscribe_address(notification.user_id, kind.code)
        headers["List-Unsubscribe"] = f"<{unsubscribe}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return compose_mail(
        to=to,
        title=notification.title,
        lines=notification.lines,
        link=absolute(notification.link),
        footer=[f"You get this mail because of “{kind.title}”."],
        unsubscribe=unsubscribe,
        headers=headers,
    )
