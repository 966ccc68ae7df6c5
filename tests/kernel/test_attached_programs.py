"""A document that would do something by itself is no attachment, however it hides that."""

import io
import zipfile
import zlib

import openpyxl
import pytest

from marketplace.attachment_content import content_of
from tests.data_files import CHECKOUT

OUTSIDE = ' TargetMode="External"'
HEAD = "<Types/>"
RELATION = (
    '<Relationship Id="r1" Type="http://schemas.example/officeDocument/2006/relationships/{}" Target="{}"{}/>'
)


def document(**parts: bytes | str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in {"[Content_Types].xml": HEAD, "word/document.xml": "<a/>", **parts}.items():
            archive.writestr(name, content)
    return target.getvalue()


def pdf(*objects: bytes) -> bytes:
    return b"%PDF-1.7\n" + b"\n".join(objects) + b"\ntrailer\n<<>>\n%%EOF\n"


def packed(told: bytes, content: bytes) -> bytes:
    return (
        b"1 0 obj<<"
        + told
        + b"/Filter/FlateDecode>>stream\n"
        + zlib.compress(content)
        + b"\nendstream endobj"
    )


@pytest.mark.parametrize(
    "path", sorted((CHECKOUT / "tests" / "data" / "attack").glob("attachment_*")), ids=lambda path: path.name
)
def test_every_attack_is_refused_with_one_sentence(path):
    kind, refusal = content_of(path.read_bytes())
    assert kind == ""
    assert refusal.endswith(".")


OFFICE = {
    "macros named otherwise": {"word/a.bin": b"x", "[Content_Types].xml": "<Types>application/vnd.ms-office.vbaProject</Types>"},
    "macros spelt with entities": {"[Content_Types].xml": "<Types>vnd.ms-office.vba&#80;roject</Types>"},
    "macros in UTF-16": {"[Content_Types].xml": "<Types>vnd.ms-office.vbaProject</Types>".encode("utf-16")},
    "macros, old": {"xl/macrosheets/sheet1.xml": "<a/>"},
    "an OLE object as a picture": {"word/media/image1.png": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
    "a program as a picture": {"word/media/image1.png": b"MZ\x90"},
    "a script": {"word/run.vbs": "x"},
    "a control": {"word/activeX/activeX1.xml": "<a/>"},
    "a template elsewhere": {"word/_rels/settings.xml.rels": RELATION.format("attachedTemplate", "http://a.example/t", OUTSIDE)},
    "a picture elsewhere": {"word/_rels/document.xml.rels": RELATION.format("image", "file://a/b", " TargetMode='External'")},
    "a link to a workbook": {"xl/externalLinks/externalLink1.xml": "<a/>"},
    "another program's data": {"word/document.xml": "<w:instrText> DDEAUTO c:\\\\cmd.exe</w:instrText>"},
    "macros in an embedded document": {"word/embeddings/a.docx": document(**{"word/vbaProject.bin": b"x"})},
}  # fmt: skip


TEMPLATE = RELATION.format("attachedTemplate", "http://a.example/?x", OUTSIDE)
OFFICE |= {
    name: {"word/_rels/settings.xml.rels": relation}
    for name, relation in {
        "a template behind a bracket": TEMPLATE.replace("?x", "?x>y"),
        "a template called a link as well": TEMPLATE.replace("Id=", 'type="x/hyperlink" Id='),
        "a template in the words of a link": TEMPLATE.replace('"r1"', '"type=\'"').replace(
            "?x", "?x/hyperlink'"
        ),
        "a template behind an entity": "<!DOCTYPE a [<!ENTITY e 'External'>]>"
        + TEMPLATE.replace("External", "&e;"),
    }.items()
}


@pytest.mark.parametrize("parts", OFFICE.values(), ids=OFFICE)
def test_office_documents_with_programs_or_links_are_refused(parts):
    kind, refusal = content_of(document(**parts))
    assert (kind, refusal != "") == ("", True)


OPENS = b"1 0 obj<</OpenAction 5 0 R>>endobj"
PACKED = b"/Type/ObjStm/N 1/First 4"
PDFS = {
    "a launch at opening": (b"1 0 obj<</OpenAction<</S/Launch/F(cmd.exe)>>>>endobj",),
    "a script": (b"1 0 obj<</S/JavaScript/JS(app.alert(1))>>endobj",),
    "a script spelt with escapes": (b"1 0 obj<</S/Java#53cript/JS(x)>>endobj",),
    "an event": (b"1 0 obj<</AA<</O 2 0 R>>>>endobj",),
    "a page that opens an address": (b"1 0 obj<</OpenAction<</S/URI/URI(http://a.example)>>>>endobj",),
    "an address at opening, elsewhere": (OPENS, b"5 0 obj<</S/URI/URI(http://a.example)>>endobj"),
    "an address at opening, in packed objects": (OPENS, packed(PACKED, b"5 0 <</S/URI/URI(http://a.example)>>")),
    "an opening in packed objects": (
        packed(PACKED, b"1 0 <</OpenAction 5 0 R>>"), b"5 0 obj\n<</S/URI/URI(http://a.example)>>endobj",
    ),
    "an opening that is there twice": (
        OPENS, b"5 0 obj[3 0 R/Fit]endobj", b"5 0 obj<</S/URI/URI(http://a.example)>>endobj",
    ),
    "an opening that is nowhere": (OPENS, b"5 %\n0 obj<</S/URI/URI(http://a.example)>>endobj"),
    "an opening behind a remark": (b"1 0 obj<</OpenAction%\n<</S/URI/URI(http://a.example)>>>>endobj",),
    "an opening that leads on": (b"1 0 obj<</OpenAction<</S/GoTo/D[3 0 R/Fit]/Next 9 0 R>>>>endobj",),
    "an opening elsewhere that leads on": (OPENS, b"5 0 obj<</D[3 0 R/Fit]/S/GoTo/Next<</S/URI>>>>endobj"),
    "a rendition": (b"1 0 obj<</S/Rendition/OP 0/R<</S/MR>>>>endobj",),
    "a sound": (b"1 0 obj<</S /Sound/Sound 4 0 R>>endobj",),
    "a file inside": (b"1 0 obj<</Type/EmbeddedFile>>endobj",),
    "a script in an object stream": (packed(b"/Type/ObjStm/N 1", b"5 0 <</S/JavaScript/JS(x)>>"),),
    "a script in a stream that says it is a picture": (packed(b"/Subtype/Image", b"<</S/JavaScript/JS(x)>>"),),
    "objects that can't be unpacked": (b"1 0 obj<</Type/ObjStm/Filter/FlateDecode>>stream\nencrypted\nendstream endobj",),
    "objects behind two filters": (b"1 0 obj<</Type/ObjStm/Filter[/ASCIIHexDecode/FlateDecode]>>stream\n789c\nendstream",),
}  # fmt: skip


@pytest.mark.parametrize("objects", PDFS.values(), ids=PDFS)
def test_pdfs_that_act_by_themselves_are_refused(objects):
    kind, refusal = content_of(pdf(*objects))
    assert (kind, refusal != "") == ("", True)


def test_a_document_with_a_template_elsewhere_is_told_how_to_detach_it():
    relation = RELATION.format("attachedTemplate", "http://a.example/t.dotm", OUTSIDE)
    refusal = content_of(document(**{"word/_rels/settings.xml.rels": relation}))[1]
    assert "Document Template" in refusal
    assert "Normal" in refusal


def embedding() -> bytes:
    book = io.BytesIO()
    openpyxl.Workbook().save(book)
    return book.getvalue()


HARMLESS = {
    "a link to follow": document(**{"word/_rels/document.xml.rels": RELATION.format("hyperlink", "https://a.example", OUTSIDE)}),
    "a chart with its workbook": document(**{"word/embeddings/Microsoft_Excel_Sheet1.xlsx": embedding()}),
    "settings of a printer": document(**{"xl/printerSettings/printerSettings1.bin": b"\x00P\x00r"}),
    "a page to open at": pdf(b"1 0 obj<</OpenAction[3 0 R/XYZ null null 0]>>endobj"),
    "a page to open at, as an action": pdf(b"1 0 obj<</OpenAction<</S/GoTo/D[3 0 R/Fit]>>>>endobj"),
    "a page to open at, elsewhere": pdf(OPENS, b"5 0 obj\n[3 0 R /Fit]\nendobj"),
    "a page to open at, in packed objects": pdf(
        OPENS, packed(b"/Type/ObjStm/N 2/First 9", b"5 0 6 32 <</S/GoTo/D[3 0 R/XYZ 0 0 0]>><</S/URI/URI(https://a.example)>>")
    ),
    "links and a page to open at": pdf(
        OPENS, b"5 0 obj<</S/GoTo/D[3 0 R/Fit]>>endobj", b"7 0 obj<</A<</S/URI/URI(https://a.example)>>>>endobj"
    ),
    "a web link": pdf(b"1 0 obj<</Subtype/Link/A<</S/URI/URI(https://a.example)>>>>endobj"),
    "packed objects": pdf(packed(b"/Type/ObjStm/N 1", b"5 0 <</Type/Font>>")),
}  # fmt: skip


@pytest.mark.parametrize("data", HARMLESS.values(), ids=HARMLESS)
def test_what_office_programs_write_every_day_is_taken(data):
    assert content_of(data)[1] == ""


def test_a_pdf_of_countless_streams_is_refused_without_looking_into_each():
    kind, refusal = content_of(pdf(b"stream\n" * 1_000_000))
    assert (kind, "more than 20,000 streams" in refusal) == ("", True)
