"""Documents that people attach: what a file is by its content, and how it is handed out again."""

import re
from dataclasses import dataclass
from pathlib import PurePath

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from marketplace.attachment_content import KINDS as KINDS
from marketplace.attachment_content import content_of
from marketplace.errors import Refused
from marketplace.sandbox import ChildFailed, LimitExceeded, run_limited

LARGEST = 10 * 1024 * 1024
LONGEST_NAME = 120
MEMORY_MB = 300
SECONDS = 10
OFFICE = "application/vnd.openxmlformats-officedocument"
_TYPES = {
    "pdf": "application/pdf",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "png": "image/png",
    "jpg": "image/jpeg",
}


@dataclass(frozen=True)
class Document:
    """A file that may be kept: a harmless name whose ending tells what it is, and its content type."""

    name: str
    content_type: str


def examine(data: bytes, filename: str, *, largest: int = LARGEST) -> Document:
    """What the file is, by its content and never by its name.

    Raises ``Refused`` with a sentence for a file that is empty, larger than ``largest`` bytes, of another
    kind than PDF, DOCX, XLSX, PNG or JPEG, damaged, locked with a password, or with something inside that
    runs by itself: macros, programs, embedded objects, scripts, links to files elsewhere. It is looked into
    by a process that can do nothing else.
    """
    if not data:
        raise Refused("The file is empty.")
    if len(data) > largest:
        raise Refused(f"The file is larger than {largest // 1024**2} MB.")
    kind = _kind_of(data)
    stem = re.sub(r"[^-\w.]+", "_", PurePath(filename.replace("\\", "/")).stem).strip("._")
    return Document(f"{stem[:LONGEST_NAME] or 'document'}.{kind}", _TYPES[kind])


def response(content: bytes, name: str, content_type: str) -> HttpResponse:
    """The file as a download that no browser opens in the page's own name."""
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = content_disposition_header(True, name)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = (
        "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; sandbox"
    )
    answer["Cache-Control"] = "private, no-store"
    return answer


def _kind_of(data: bytes) -> str:
    try:
        kind, refusal = run_limited(content_of, data, memory_mb=MEMORY_MB, seconds=SECONDS)
    except LimitExceeded:
        raise Refused(
            "The document takes too long to check: print it to a new PDF and attach that."
        ) from None
    except ChildFailed:
        raise Refused("The document is damaged, or is not a document at all.") from None
    if refusal:
        raise Refused(refusal)
    return kind
