"""Mail that the demo keeps in files instead of sending it."""

import email
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from django.conf import settings


@dataclass(frozen=True)
class SentMail:
    """A mail as the demo's page shows it."""

    to: str
    subject: str
    date: str
    text: str


def sent_mails(most: int = 50) -> list[SentMail]:
    """The mails in the demo's folder, newest first."""
    folder = Path(settings.EMAIL_FILE_PATH)
    files = (
        sorted(folder.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True) if folder.is_dir() else []
    )
    found: list[SentMail] = []
    for path in files[:most]:
        for part in reversed(path.read_bytes().split(b"\n" + b"-" * 79 + b"\n")):
            if part.strip():
                found.append(_mail(part))
    return found[:most]


def _mail(data: bytes) -> SentMail:
    message: EmailMessage = email.message_from_bytes(data, policy=default)
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    return SentMail(str(message["To"]), str(message["Subject"]), str(message["Date"]), text)
