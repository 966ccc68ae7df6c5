"""The zip package of a workbook, looked over before any part of it is parsed."""

import codecs
import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from marketplace.keys import key_form
from marketplace.numbers import count_text
from marketplace.workbooks.declare import Unreadable

LARGEST_FILE = 50 * 1024 * 1024
MOST_PARTS = 5_000
MOST_SHEETS = 1_000
LONGEST_VERSION = 20
LARGEST_PART = 1024**3
LARGEST_SHARED_STRINGS = 256 * 1024**2
LARGEST_INDEX = 16 * 1024**2
SUSPICIOUS_SIZE = 16 * 1024**2
SUSPICIOUS_RATIO = 100
BLOCK = 1024**2
ENCODINGS = (
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"<\x00", "utf-16-le"),
    (b"\x00<", "utf-16-be"),
)
XML_DECLARATION = re.compile(rb"^\s*<\?xml\b[^>]*\?>")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

DAMAGED = "The workbook is damaged or incomplete: open it in a spreadsheet program, save it as .xlsx and upload that."
NOT_A_WORKBOOK = "This file is not an .xlsx workbook: save it as “Excel Workbook (.xlsx)” and upload that."
BOMB = "The workbook unpacks to far more data than a workbook of its size holds, so it was not opened."
HOSTILE_XML = "The workbook defines XML entities, which no spreadsheet program does, so it was not opened."


def check_size(data: bytes) -> None:
    """Refuse a file that is empty or too large before anybody looks into it. Raises :class:`Unreadable`."""
    if not data:
        raise Unreadable("The file is empty.")
    if len(data) > LARGEST_FILE:
        raise Unreadable(f"The file is larger than {LARGEST_FILE // 1024**2} MB.")


def sniff(data: bytes) -> None:
    """Refuse what is plainly not an .xlsx file from its size and first bytes. Raises :class:`Unreadable`."""
    check_size(data)
    if data.startswith(OLE):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise Unreadable(
                "The workbook is protected with a password: remove the password and upload it again."
            )
        raise Unreadable("This is an old .xls workbook: save it as “Excel Workbook (.xlsx)” and upload that.")
    if data.startswith(b"%PDF"):
        raise Unreadable("This file is a PDF document, not an .xlsx workbook.")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise Unreadable("This file is a web page or XML document, not an .xlsx workbook.")
    if not data.startswith(b"PK"):
        raise Unreadable(NOT_A_WORKBOOK)


@dataclass(frozen=True)
class SheetPart:
    """A sheet's name as written and the part that holds it; empty where there is none."""

    name: str
    part: str


@dataclass
class Package:
    """An opened package: its parts by lower-case name, its sheets in order, and what their cells refer to."""

    archive: zipfile.ZipFile
    parts: dict[str, zipfile.ZipInfo]
    sheets: list[SheetPart] = field(default_factory=list)
    shared_strings: str | None = None
    styles: str | None = None
    counts_from_1904: bool = False

    def text(self, name: str, largest: int = LARGEST_INDEX) -> bytes:
        """A small part in full, free of entities. Raises :class:`Unreadable`."""
        return b"".join(self.blocks(name, largest))

    def blocks(self, name: str, largest: int = LARGEST_PART) -> Iterator[bytes]:
        """The unpacked part in pieces, in UTF-8 whatever it was written in.

        Raises :class:`Unreadable` where it is too large, damaged or hostile.
        """
        part = self.parts.get(name.lower())
        if part is None:
            raise Unreadable(DAMAGED)
        if part.file_size > largest:
            raise Unreadable(BOMB)
        tail = b""
        for block in _in_utf8(self._unpacked(part)):
            if b"<!DOCTYPE" in tail + block or b"<!ENTITY" in tail + block:
                raise Unreadable(HOSTILE_XML)
            tail = block[-16:]
            yield block

    def _unpacked(self, part: zipfile.ZipInfo) -> Iterator[bytes]:
        try:
            with self.archive.open(part) as stream:
                while block := stream.read(BLOCK):
                    yield block
        except (
            zipfile.BadZipFile,
            EOFError,
            OSError,
            NotImplementedError,
            RuntimeError,
            ValueError,
        ) as error:
            raise Unreadable(DAMAGED) from error
        except Exception as error:  # zlib.error has no public base class of its own
            if type(error).__name__ == "error":
                raise Unreadable(DAMAGED) from error
            raise

    def tree(self, name: str) -> ElementTree.Element:
        """A small XML part, parsed. Raises :class:`Unreadable`."""
        try:
            return ElementTree.fromstring(self.text(name))
        except ElementTree.ParseError as error:
            raise Unreadable(DAMAGED) from error


def _in_utf8(blocks: Iterator[bytes]) -> Iterator[bytes]:
    """The same text in UTF-8, without byte-order mark and the declaration of the encoding it had."""
    first = next(blocks, b"")
    encoding = next((name for mark, name in ENCODINGS if first.startswith(mark)), None)
    if encoding is None:
        yield XML_DECLARATION.sub(b"", first.removeprefix(b"\xef\xbb\xbf"), count=1)
        yield from blocks
        return
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        text = decoder.decode(first).removeprefix("\ufeff").encode()
        yield XML_DECLARATION.sub(b"", text, count=1)
        for block in blocks:
            yield decoder.decode(block).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeError as error:
        raise Unreadable(DAMAGED) from error


def open_package(data: bytes) -> Package:
    """The package, once its table of contents is that of a plain .xlsx workbook. Raises
    :class:`Unreadable`."""
    sniff(data)
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        contents = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, EOFError) as error:
        raise Unreadable(DAMAGED) from error
    except Exception as error:
        if type(error).__name__ == "error":  # struct.error
            raise Unreadable(DAMAGED) from error
        raise
    parts = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in contents}
    _check_contents(contents, parts)
    package = Package(archive, parts)
    _find_sheets(package, _workbook_part(package))
    for name in (package.shared_strings, package.styles):
        if name is not None and package.parts[name.lower()].file_size > LARGEST_SHARED_STRINGS:
            raise Unreadable(BOMB)
    return package


def _check_contents(contents: list[zipfile.ZipInfo], parts: dict[str, zipfile.ZipInfo]) -> None:
    if len(contents) > MOST_PARTS:
        raise Unreadable(BOMB)
    if len(parts) != len(contents):
        raise Unreadable("The workbook holds the same part twice, so it is not clear which one counts.")
    if any(info.flag_bits & 0x1 for info in contents):
        raise Unreadable(
            "The workbook is protected with a password: remove the password and upload it again."
        )
    if any(info.file_size > max(SUSPICIOUS_SIZE, SUSPICIOUS_RATIO * info.compress_size) for info in contents):
        raise Unreadable(BOMB)
    if any(name.endswith("workbook.bin") for name in parts):
        raise Unreadable(
            "This is a binary workbook (.xlsb): save it as “Excel Workbook (.xlsx)” and upload that."
        )
    if any(name.endswith("vbaproject.bin") for name in parts):
        raise Unreadable("The workbook holds macros: save it as “Excel Workbook (.xlsx)” and upload that.")


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _workbook_part(package: Package) -> str:
    """The part that lists the sheets: the one the package points to, else the one at its usual place."""
    if "_rels/.rels" in package.parts:
        for relation in package.tree("_rels/.rels"):
            target = relation.get("Target", "").replace("\\", "/").lstrip("/")
            if relation.get("Type", "").endswith("/officeDocument") and target.lower() in package.parts:
                return target
    if "xl/workbook.xml" not in package.parts:
        raise Unreadable(NOT_A_WORKBOOK)
    return "xl/workbook.xml"


def _find_sheets(package: Package, workbook: str) -> None:
    """The worksheets and what their cells refer to, in both the usual and the strict form of the format."""
    folder, _, name = workbook.rpartition("/")
    prefix = f"{folder}/" if folder else ""
    relations = f"{prefix}_rels/{name}.rels"
    targets = {}
    kinds = {"sharedStrings": f"{prefix}sharedStrings.xml", "styles": f"{prefix}styles.xml"}
    if relations.lower() in package.parts:
        for relation in package.tree(relations):
            target = relation.get("Target", "").replace("\\", "/")
            full = target if target.startswith("/") else prefix + target
            targets[relation.get("Id")] = posixpath.normpath(full).lstrip("/")
            kinds[relation.get("Type", "").rpartition("/")[2]] = targets[relation.get("Id")]
    package.shared_strings, package.styles = (
        kinds[kind] if kinds[kind].lower() in package.parts else None for kind in ("sharedStrings", "styles")
    )
    for element in package.tree(workbook).iter():
        if _local(element.tag) == "workbookPr":
            package.counts_from_1904 = element.get("date1904", "").strip().lower() in ("1", "true", "on")
        if _local(element.tag) == "sheet":
            relation_id = next((value for key, value in element.items() if _local(key) == "id"), None)
            package.sheets.append(SheetPart(element.get("name", ""), targets.get(relation_id, "")))
    if not package.sheets:
        raise Unreadable(NOT_A_WORKBOOK)
    if len(package.sheets) > MOST_SHEETS:
        raise Unreadable(
            f"The workbook has {count_text(len(package.sheets))} sheets; up to {MOST_SHEETS} are read."
        )


def template_version(package: Package) -> str | None:
    """The custom document property ``template_version``, or None. Raises :class:`Unreadable` where it is not
    a version."""
    version = document_property(package, "template_version")
    if version is not None and len(version) > LONGEST_VERSION:
        raise Unreadable(
            "The file's template version is not a version: download the template again and copy your rows into it."
        )
    return version


def document_property(package: Package, name: str) -> str | None:
    """The text of a custom document property, or None. Raises :class:`Unreadable`."""
    if "docprops/custom.xml" not in package.parts:
        return None
    for element in package.tree("docprops/custom.xml"):
        if key_form(element.get("name", "")) == name:
            return "".join(element.itertext()).strip() or None
    return None
