"""Workbooks for the tests of reading: built by hand where no spreadsheet library would write them so."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import xlsxwriter

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def workbook(sheets: Mapping[str, Sequence[Sequence[Any]]], version: str | None = None) -> bytes:
    """A workbook with these rows, as a spreadsheet program would save it."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "default_date_format": "yyyy-mm-dd hh:mm"})
    if version is not None:
        book.set_custom_property("template_version", version, "text")
    for name, rows in sheets.items():
        page = book.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, value in enumerate(row):
                if value is not None:
                    page.write(number, place, value)
    book.close()
    return target.getvalue()


def raw_workbook(
    sheet_data: str, *, before: str = "", parts: Mapping[str, bytes | str] | None = None
) -> bytes:
    """A workbook with one sheet "Assets" whose XML is given."""
    sheet = f'<?xml version="1.0"?>{before}<worksheet xmlns="{NAMESPACE}"><sheetData>{sheet_data}</sheetData></worksheet>'
    return package({"xl/worksheets/sheet1.xml": sheet} | dict(parts or {}))


def package(parts: Mapping[str, bytes | str]) -> bytes:
    """A package with a workbook of one sheet "Assets", and these parts added or replaced."""
    target = io.BytesIO()
    usual: dict[str, bytes | str] = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="Assets" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    }
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (usual | dict(parts)).items():
            archive.writestr(name, content)
    return target.getvalue()


def text_cell(reference: str, text: str) -> str:
    """The XML of a cell with text."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


HEADER_ROW = f'<row r="1">{text_cell("A1", "Asset Ref")}{text_cell("B1", "Capacity (MW)")}</row>'
