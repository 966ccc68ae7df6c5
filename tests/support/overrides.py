"""Overriding verdicts by page and by file."""

from io import BytesIO

import openpyxl

from marketplace import clock
from marketplace.jobs.actions import start_file, start_upload
from marketplace.jobs.worker import run_now
from qualification.workbooks.overrides_file import SHEET
from tests.support.meter_lists import FIRST, area  # noqa: F401


def download(so, competition):
    job = start_file(
        by=so,
        kind="qualification.qualified_assets",
        params={"competition": str(competition.pk)},
        now=clock.now(),
    )
    return openpyxl.load_workbook(BytesIO(bytes(run_now(job.pk).output.content)))


def hand_in(so, book):
    target = BytesIO()
    book.save(target)
    job = start_upload(
        by=so,
        kind="qualification.overrides",
        filename="q.xlsx",
        data=target.getvalue(),
        params={},
        now=clock.now(),
    )
    return run_now(job.pk)


def put(book, asset, **cells):
    sheet = book[SHEET]
    headers = {cell.value: cell.column for cell in sheet[1]}
    [row] = [
        number
        for number in range(2, sheet.max_row + 1)
        if sheet.cell(number, headers["Asset ID"]).value == str(asset.pk)
    ]
    for header, value in cells.items():
        sheet.cell(row, headers[header.replace("_", " ")]).value = value
