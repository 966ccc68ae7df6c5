"""An attachment is what its bytes say it is."""

import io
import zipfile

import openpyxl
import pytest

from marketplace import attachments
from marketplace.errors import Refused
from tests.support.attachments import PDF

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(20) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + bytes(40) + b"\xff\xd9"


def workbook() -> bytes:
    target = io.BytesIO()
    openpyxl.Workbook().save(target)
    return target.getvalue()


def package(*names: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name in names:
            archive.writestr(zipfile.ZipInfo(name), "x")  # dated 1980: the same bytes each time
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "name"),
    ids=["pdf", "png", "jpg", "xlsx", "docx"],
    argvalues=[
        (PDF, "contract.pdf"),
        (PNG, "contract.png"),
        (JPEG, "contract.jpg"),
        (workbook(), "contract.xlsx"),
        (package("[Content_Types].xml", "word/document.xml"), "contract.docx"),
    ],
)
def test_the_ending_of_the_name_follows_the_content(data, name):
    assert attachments.examine(data, "contract.exe").name == name


@pytest.mark.parametrize(
    ("data", "sentence"),
    ids=range(9),
    argvalues=[
        (b"", "empty"),
        (PDF + bytes(attachments.LARGEST), "larger than 10 MB"),
        (b"<html><script>alert(1)</script></html>", "not a whole PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a whole PDF"),
        (PDF[:20], "not a whole PDF"),
        (workbook()[:-200], "damaged"),
        (package("anything.txt"), "not a whole PDF"),
        (package("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macros"),
        (b"MZ" + bytes(100), "not a whole PDF"),
    ],
)
def test_what_is_none_of_the_kinds_is_refused_whatever_its_name(data, sentence):
    with pytest.raises(Refused, match=sentence):
        attachments.examine(data, "contract.pdf")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\files\\a b.pdf", "a_b.pdf"),
        ("", "document.pdf"),
        ("…", "document.pdf"),
    ],
)
def test_the_kept_name_is_harmless(given, kept):
    assert attachments.examine(PDF, given).name == kept


def test_a_download_opens_nowhere_but_on_the_readers_own_disk():
    answer = attachments.response(PDF, 'a"\r\nSet-Cookie: x.pdf', "application/pdf")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in answer["Content-Security-Policy"]
