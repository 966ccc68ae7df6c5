"""Documents that people attach: what a file is by its content, and how it is handed out again."""

import io
import re
import zipfile
from dataclasses import dataclass
from pathlib import PurePath

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from marketplace.errors import Refused

LARGEST = 10 * 1024 * 1024
LONGEST_NAME = 120
MOST_PARTS = 5_000
OFFICE = "application/vnd.openxmlformats-officedocument"
KINDS = "PDF, DOCX, XLSX, PNG or JPEG"
_TYPES = {
    "pdf": "application/pdf",
    "docx": f"{OFFICE}.wordprocessingml.document",
    "xlsx": f"{OFFICE}.spreadsheetml.sheet",
    "png": "image/png",
    "jpg": "image/jpeg",
}
_MAIN_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}


@dataclass(frozen=True)
class Document:
    """A file that may be kept: a harmless name whose ending tells what it is, and its content type."""

    name: str
    content_type: str


def examine(data: bytes, filename: str, *, largest: int = LARGEST) -> Document:
    """What the file is, by its content and never by its name.

    Raises ``Refused`` with a sentence for a file that is empty, larger than ``largest`` bytes, of another kind than
    PDF, DOCX, XLSX, PNG or JPEG, damaged, locked with a password or with macros inside.
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
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]:
        return "pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and b"IEND" in data[-64:]:
        return "png"
    if data.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in data[-1024:]:
        return "jpg"
    if data.startswith(b"PK\x03\x04"):
        return _office_kind(data)
    raise Refused(f"The file is not a whole {KINDS} file, whatever its name says.")


def _office_kind(data: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError):
        raise Refused("The document is damaged or incomplete.") from None
    names = {part.filename.lower() for part in parts}
    if len(parts) > MOST_PARTS or any(part.flag_bits & 0x1 for part in parts):
        raise Refused("The document is locked with a password, or is not a document at all.")
    if any(name.endswith("vbaproject.bin") for name in names):
        raise Refused("The document holds macros: save it without them.")
    for kind, main in _MAIN_PARTS.items():
        if main in names and "[content_types].xml" in names:
            return kind
    raise Refused(f"The file is not a whole {KINDS} file, whatever its name says.")
