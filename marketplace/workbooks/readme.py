"""The README sheet of a workbook, and the note on each header."""

import xlsxwriter

from marketplace.workbooks.declare import Column, WorkbookSpec

HEADERS = ("Sheet", "Column", "Required", "Rule", "Example")
WIDTHS = (26, 34, 14, 80, 36)


def requirement(column: Column) -> str:
    """Whether a column has to be filled, in one word or two."""
    if column.information:
        return "Information"
    return "Required" if column.required else "Optional"


def describe_column(column: Column) -> str:
    """The note on a header."""
    if column.information:
        return f"For information; ignored on upload.\n{column.explanation}"
    note = f"{requirement(column)}.\n{column.explanation}"
    return f"{note}\nExample: {column.example}" if column.example else note


def write_readme(book: xlsxwriter.Workbook, spec: WorkbookSpec) -> None:
    """Write the sheet: what the file is for, how to fill it, a table of all columns, the template's
    version."""
    page = book.add_worksheet("README")
    title = book.add_format({"bold": True, "font_size": 16, "font_color": "#0B4F6C"})
    heading = book.add_format({"bold": True, "font_size": 12})
    head = book.add_format({"bold": True, "bg_color": "#0B4F6C", "font_color": "#FFFFFF", "border": 1})
    text = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for place, width in enumerate(WIDTHS):
        page.set_column(place, place, width)
    page.hide_gridlines(2)
    page.write_string(0, 0, spec.title, title)
    page.write_string(1, 0, f"Template version {spec.version}")
    page.write_string(3, 0, "What this file is for", heading)
    page.write_string(4, 0, spec.purpose)
    page.write_string(6, 0, "How to fill it", heading)
    row = 7
    for line in _how_to(spec):
        page.write_string(row, 0, line)
        row += 1
    row += 1
    page.write_string(row, 0, "Columns", heading)
    row += 1
    for place, header in enumerate(HEADERS):
        page.write_string(row, place, header, head)
    for sheet in spec.sheets:
        for column in sheet.columns:
            row += 1
            cells = (sheet.name, column.header, requirement(column), column.explanation, column.example)
            for place, cell in enumerate(cells):
                page.write_string(row, place, cell, text)


def _how_to(spec: WorkbookSpec) -> list[str]:
    own = [spec.how_to] if isinstance(spec.how_to, str) else list(spec.how_to)
    return [
        *[line for text in own for line in text.splitlines() if line.strip()],
        "Fill rows from row 2 on; blank rows are skipped. Columns may come in any order; keep their headers.",
        "Dark headers are required, light ones optional, grey ones for information only (ignored on upload).",
        "When a file changes what exists: a column that you remove keeps its values, a blank cell clears the value.",
    ]
