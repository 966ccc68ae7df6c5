"""Override files of a rehearsal: their assets may be named, since nobody knows an ID before the round is
played."""

from io import BytesIO

import openpyxl

from accounts.models import Organisation
from marketplace.keys import key_form
from qualification.models import Asset
from qualification.workbooks.overrides_file import SHEET

COLUMN = "asset id"


def with_ids(workbook: bytes) -> bytes:
    """The workbook with ``provider code/asset ref`` in the column Asset ID replaced by the asset's ID.

    What names nothing, and a workbook without that column, stay as they are, to be refused where they are
    read.
    """
    try:
        book = openpyxl.load_workbook(BytesIO(workbook))
    except Exception:
        return workbook
    if SHEET not in book.sheetnames:
        return workbook
    sheet = book[SHEET]
    places = [cell.column for cell in sheet[1] if key_form(cell.value or "") == COLUMN]
    if len(places) != 1:
        return workbook
    for (cell,) in sheet.iter_rows(min_row=2, min_col=places[0], max_col=places[0]):
        cell.value = _id_of(str(cell.value or "")) or cell.value
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _id_of(name: str) -> str | None:
    code, _, ref = name.strip().partition("/")
    provider = Organisation.objects.filter(code__iexact=code).first()
    asset = (
        Asset.objects.filter(provider=provider, ref__key_form=key_form(ref)).first()
        if provider is not None
        else None
    )
    return str(asset.pk) if asset is not None else None
