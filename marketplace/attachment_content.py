"""What an attached document is by its content, and whether it would do something by itself when it is opened.

Pure; to be run in the process that reads files from outside. Nothing is trusted that the document says of
itself: a part counts as a program by its first bytes too, an object of a PDF counts wherever it stands.
"""

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree import ElementTree

from marketplace.numbers import count_text

KINDS = "PDF, DOCX, XLSX, PNG or JPEG"
NO_KIND = f"The file is not a whole {KINDS} file, whatever its name says."
DAMAGED = "The document is damaged or incomplete."
MOST_PARTS = 5_000
LARGEST_INDEX = 4 * 1024**2
LARGEST_TEXT = 64 * 1024**2
MOST_STREAMS = 20_000
MOST_OPENINGS = 100
MOST_UNPACKED = 500 * 1024**2
DEEPEST = 2
BLOCK = 1024**2
LONGEST_ACTION = 4096
_MAIN_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!", OLE)
PROGRAM_NAMES = re.compile(
    r"\.(?:exe|dll|com|scr|msi|bat|cmd|ps1|vbs|vbe|js|jse|wsf|hta|jar|lnk|reg|chm|cpl|pif|apk|sh|py)$"
)
MACRO_MARKS = ("vbaproject", "macroenabled", "macrosheet", "vbadata", "attachedtoolbars")
PROGRAM_MARKS = ("activex", "oleobject", "x-msdownload", "ms-office.control")
DDE = re.compile(rb"<ddeLink\b|instrText[^<>]*>\s*DDE|\bDDEAUTO\b")

STREAM = re.compile(rb"stream(?:\r\n|\n|\r)")
ESCAPED = re.compile(rb"#([0-9A-Fa-f]{2})")
ACTIONS = re.compile(
    rb"/(?:JavaScript|Launch|SubmitForm|ImportData|GoTo[ER]|Rendition|RichMedia(?:Execute|Content)?|EmbeddedFiles?|XFA)"
    rb"(?![A-Za-z0-9])|/S\s*/(?:Movie|Sound)\b"
)
AT_OPENING = re.compile(rb"/OpenAction(?![A-Za-z0-9])\s*")
REFERENCE = re.compile(rb"([0-9]{1,10})\s+([0-9]{1,5})\s+R\b")
OBJECT = re.compile(rb"(?<![0-9])([0-9]{1,10})\s+[0-9]{1,5}\s+obj\b\s*")
PLACES = (b"[", b"(", b"/", b"null")
ON_EVENTS = re.compile(rb"/AA\s*(?:<<|[0-9]+\s+[0-9]+\s+R\b)")


ACTS = "The PDF holds scripts, files or actions that run when it is opened: print it to a new PDF and attach that."
TEMPLATE = (
    "The document draws on a template outside it. In Word: Developer, Document Template, put “Normal” in place of the "
    "template's path, and save it again; or print the document to PDF."
)


class Unwanted(Exception):
    """The document is not taken; ``str()`` is the sentence that says why."""


def content_of(data: bytes) -> tuple[str, str]:
    """The kind of a document (its usual ending) and "", or "" and the sentence that refuses it."""
    try:
        return _kind_of(data), ""
    except Unwanted as refusal:
        return "", str(refusal)


def _kind_of(data: bytes) -> str:
    if data.startswith(b"%PDF-") and b"%%EOF" in data[-2048:]:
        _check_pdf(data)
        return "pdf"
    if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR" and b"IEND" in data[-64:]:
        return "png"
    if data.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in data[-1024:]:
        return "jpg"
    if data.startswith(b"PK\x03\x04"):
        return _office_kind(data, 0)
    raise Unwanted(NO_KIND)


def _office_kind(data: bytes, depth: int) -> str:
    """The kind of an office document that does nothing by itself, those inside it included."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            names = {part.filename.replace("\\", "/").lstrip("/").lower() for part in parts}
            if len(parts) > MOST_PARTS or any(part.flag_bits & 0x1 for part in parts):
                raise Unwanted("The document is locked with a password, or is not a document at all.")
            if len(names) != len(parts) or sum(part.file_size for part in parts) > MOST_UNPACKED:
                raise Unwanted(
                    "The document holds a part twice, or unpacks to far more data than one of its size does."
                )
            for part in parts:
                _check_part(archive, part, depth)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, EOFError, RuntimeError):
        raise Unwanted(DAMAGED) from None
    for kind, main in _MAIN_PARTS.items():
        if main in names and "[content_types].xml" in names:
            return kind
    raise Unwanted(NO_KIND)


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, depth: int) -> None:
    name = part.filename.replace("\\", "/").lower()
    _check_words(name)
    if PROGRAM_NAMES.search(name):
        raise Unwanted(f"The document holds a program (“{name[-80:]}”): save it without embedded objects.")
    if "externallinks/" in name:
        raise Unwanted("The document draws on other files: break its links to them and save it again.")
    if name.endswith((".rels", "[content_types].xml")):
        index = archive.open(part).read(LARGEST_INDEX + 1)
        text = _text(index)
        _check_words(text)
        if "<!doctype" in text or "<!entity" in text:
            raise Unwanted(DAMAGED)
        if name.endswith(".rels"):
            _check_links(index)
        return
    with archive.open(part) as stream:
        first = stream.read(8)
        if first.startswith(PROGRAMS):
            raise Unwanted("The document holds a program or embedded object: save it without.")
        if first.startswith(b"PK\x03\x04"):
            if depth + 1 >= DEEPEST:
                raise Unwanted(
                    "The document holds documents within documents: save it without embedded objects."
                )
            _office_kind(first + stream.read(LARGEST_TEXT), depth + 1)
        elif name.endswith(".xml") and DDE.search(stream.read(LARGEST_TEXT)):
            raise Unwanted("The document draws on other programs (DDE): remove such fields.")


def _check_links(index: bytes) -> None:
    """Refuse links out of the document other than those that a reader clicks, whatever the case of their
    marks."""
    try:
        relations = list(ElementTree.fromstring(index).iter())  # noqa: S314 (entities are refused before)
    except (ElementTree.ParseError, LookupError, ValueError):
        raise Unwanted(DAMAGED) from None
    for relation in relations:
        told = [(name.rpartition("}")[2].lower(), value.strip().lower()) for name, value in relation.items()]
        leads_out = ("targetmode", "external") in told
        kinds = [value for name, value in told if name == "type"]
        if leads_out and any(kind.endswith("/attachedtemplate") for kind in kinds):
            raise Unwanted(TEMPLATE)
        if leads_out and not (kinds and all(kind.endswith("/hyperlink") for kind in kinds)):
            raise Unwanted(
                "The document draws on something outside it (a template, picture or file): break such links."
            )


def _text(data: bytes) -> str:
    """The text of a small XML part, whatever its encoding and however its characters are spelt."""
    if len(data) > LARGEST_INDEX:
        raise Unwanted(DAMAGED)
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    if data[:2] in (b"<\x00", b"\x00<"):
        encoding = "utf-16-le" if data[0:1] == b"<" else "utf-16-be"
    return html.unescape(data.decode(encoding, "replace")).lower()


def _check_words(text: str) -> None:
    if any(mark in text for mark in MACRO_MARKS):
        raise Unwanted("The document holds macros: save it without them.")
    if any(mark in text for mark in PROGRAM_MARKS):
        raise Unwanted("The document holds embedded objects or controls: save it without them.")


def _check_pdf(data: bytes) -> None:
    """Refuse a PDF with actions that run without being asked, scripts, programs or files inside.

    Looked for in every byte and in every stream that unpacks, since what a reader program takes for an object
    depends on the program.
    """
    _check_actions(data)
    unpacked = 0
    packed: list[tuple[bytes, bytes]] = []
    for number, start in enumerate(STREAM.finditer(data)):
        if number == MOST_STREAMS:
            raise Unwanted(
                f"The PDF has more than {count_text(MOST_STREAMS)} streams: print it to a new PDF and attach that."
            )
        told = ESCAPED.sub(_unescaped, data[max(0, start.start() - 512) : start.start()])
        told = told[told.rfind(b"obj") + 1 :]
        holds_objects = b"/ObjStm" in told
        if holds_objects and re.search(rb"/Predictor\s+(?!1\b)|/(?:ASCII|LZW|RunLength|Crypt)", told):
            raise Unwanted(
                "The PDF hides its objects in an unusual way, so it can't be checked: print it to a new PDF."
            )
        tail = b""
        length = 0
        content: list[bytes] = []
        for block in _inflated(data, start.end()):
            length += len(block)
            unpacked += len(block)
            if unpacked > MOST_UNPACKED:
                raise Unwanted("The PDF unpacks to far more data than one of its size does.")
            _check_actions(tail + block)
            tail = block[-256:]
            if holds_objects:
                content.append(block)
        if holds_objects and not length:
            raise Unwanted(
                "The PDF is protected, so it can't be checked: print it to a new PDF without protection."
            )
        if holds_objects:
            packed.append((told, b"".join(content)))
            if sum(len(each) for _, each in packed) > LARGEST_TEXT:
                raise Unwanted("The PDF unpacks to far more data than one of its size does.")
    _check_opening(data, packed)


def _check_opening(data: bytes, packed: list[tuple[bytes, bytes]]) -> None:
    """Refuse a PDF that does more at opening than go to a place in itself.

    ``packed`` are its streams of objects: what each says of itself, and what it holds. An action that is
    another object is looked up wherever objects stand; every object of that number counts, since a reader
    takes one or the other.
    """
    texts = [_plain(data), *(_plain(content) for _, content in packed)]
    named: set[int] = set()
    for text in texts:
        for opening in AT_OPENING.finditer(text):
            elsewhere = REFERENCE.match(text, opening.end())
            if elsewhere is not None and len(named) < MOST_OPENINGS:
                named.add(int(elsewhere[1]))
            elif not _is_harmless(text[opening.end() : opening.end() + LONGEST_ACTION]):
                raise Unwanted(ACTS)
    if not named:
        return
    found: set[int] = set()
    for count, (number, body) in enumerate(_objects(named, texts[0], packed)):
        found.add(number)
        if count == MOST_OPENINGS or not _is_harmless(body):
            raise Unwanted(ACTS)
    if found != named:
        raise Unwanted(ACTS)


def _objects(
    numbers: set[int], data: bytes, packed: list[tuple[bytes, bytes]]
) -> Iterator[tuple[int, bytes]]:
    """The number and the beginning of these objects, in the file itself and in its streams of objects."""
    for begun in OBJECT.finditer(data):
        if int(begun[1]) in numbers:
            yield int(begun[1]), data[begun.end() : begun.end() + LONGEST_ACTION]
    for told, content in packed:
        first = re.search(rb"/First\s+([0-9]{1,9})(?!\s+[0-9]+\s+R\b)", told)
        if first is None:
            continue
        head = [int(each) for each in re.findall(rb"[0-9]{1,10}", content[: int(first[1])])]
        for number, place in zip(head[::2], head[1::2], strict=False):
            if number in numbers:
                begin = int(first[1]) + place
                yield number, _plain(content[begin : begin + LONGEST_ACTION]).lstrip()


def _is_harmless(action: bytes) -> bool:
    """Whether what stands here only goes to a place in the document, and leads to nothing further."""
    if action.startswith(PLACES):
        return True
    if not action.startswith(b"<<"):
        return False
    told = _dictionary(action)
    goes = re.findall(rb"/S\s*/([A-Za-z]+)", told)
    return goes == [b"GoTo"] and re.search(rb"/(?:Next|URI|F)(?![A-Za-z0-9])", told) is None


def _dictionary(text: bytes) -> bytes:
    """The dictionary with which the text begins, to its end; nothing where it does not end."""
    depth = 0
    for mark in re.finditer(rb"<<|>>", text):
        depth += 1 if mark[0] == b"<<" else -1
        if depth == 0:
            return text[: mark.end()]
    return b""


def _inflated(data: bytes, start: int) -> Iterator[bytes]:
    """What a stream unpacks to, as far as it does."""
    unpacker = zlib.decompressobj()
    feed = memoryview(data)[start : start + BLOCK]
    at = start + len(feed)
    try:
        while True:
            block = unpacker.decompress(feed, BLOCK)
            if block:
                yield block
            if unpacker.eof:
                return
            feed = memoryview(unpacker.unconsumed_tail)
            if not feed:
                feed = memoryview(data)[at : at + BLOCK]
                at += len(feed)
                if not feed:
                    return
    except zlib.error:
        return


def _check_actions(data: bytes) -> None:
    plain = _plain(data)
    if ACTIONS.search(plain) or ON_EVENTS.search(plain):
        raise Unwanted(ACTS)


def _plain(data: bytes) -> bytes:
    """The bytes with their escapes undone."""
    return ESCAPED.sub(_unescaped, data) if b"#" in data else data


def _unescaped(match: re.Match[bytes]) -> bytes:
    return bytes((int(match[1], 16),))
