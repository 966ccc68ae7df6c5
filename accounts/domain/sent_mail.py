"""Mail that the demo, or a developer's site, keeps in files instead of sending it."""

import email
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings

IN_FILES = "django.core.mail.backends.filebased.EmailBackend"
MOST = 500
"""Older mails are no longer shown."""

_BETWEEN = re.compile(rb"\n-{79}\n(?=Content-Type:|\Z)")
_UNDATED = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class SentMail:
    """A mail as the page of sent mail shows it; ``html`` is empty for one that is only text."""

    id: str
    to: str
    subject: str
    sent_at: datetime
    text: str
    html: str


def are_kept() -> bool:
    """Whether mail is kept to be read by whoever opens the page: only in the demo or while developing."""
    return (
        (settings.DEMO or settings.DEBUG) and not settings.PRODUCTION and settings.EMAIL_BACKEND == IN_FILES
    )


def sent_mails() -> list[SentMail]:
    """The mails that were kept, newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    files = sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    found: list[SentMail] = []
    for path in files:
        found += [_mail(part) for part in _BETWEEN.split(path.read_bytes()) if part.strip()]
        if len(found) >= MOST:
            break
    return sorted(found, key=lambda mail: mail.sent_at, reverse=True)[:MOST]


def _mail(data: bytes) -> SentMail:
    message: EmailMessage = email.message_from_bytes(data, policy=default)
    return SentMail(
        id=hashlib.sha256(data).hexdigest()[:20],
        to=str(message["To"]),
        subject=str(message["Subject"]),
        sent_at=message["Date"].datetime.astimezone(UTC) if message["Date"] else _UNDATED,
        text=_body(message, "plain"),
        html=_body(message, "html"),
    )


def _body(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    return str(body.get_content()) if body is not None else ""
