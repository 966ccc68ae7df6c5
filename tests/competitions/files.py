"""Competition files as an operator would type them, and the operator who uploads them."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import openpyxl
import shapely

from accounts.models import Member
from competitions.domain.places.areas import save_areas
from competitions.domain.terms_keeping import create_terms
from competitions.exports.files import write_competition_file
from competitions.models import Competition
from marketplace import clock
from marketplace.geo import AreaShape
from rehearsal.round.cast import register_operator
from rehearsal.round.file import OperatorEntry
from rehearsal.round.uploads import FileReport, hand_in_bytes

Cells = Mapping[str, Any]
DRAFT = datetime(2026, 1, 1, 12, tzinfo=UTC)
PUBLISHED = datetime(2026, 1, 3, 12, tzinfo=UTC)
HEADER: Cells = {
    "Competition Name": "Evening peak",
    "Need Type": "Pre Fault",
    "Power Type": "Active Power",
    "Need Direction": "Deficit",
    "Competition Type": "Utilisation",
    "Publish On": "02/01/2026 09:00",
    "Qualification Open": "05/01/2026 12:00",
    "Qualification Close": "19/01/2026 17:00",
    "Bidding Open": "21/01/2026 09:00",
    "Bidding Close": "23/01/2026 17:00",
}
BOUNDARY: Cells = {"Boundary Type": "Area", "Value": "MONKTONHALL"}
WINDOW: Cells = {
    "Service Period Name": "February",
    "Period Start Date": "01/02/2026",
    "Period End Date": "28/02/2026",
    "Service Window Name": "Evening",
    "Service Days": "Mon-Fri",
    "Start Time": "16:00",
    "End Time": "20:00",
    "Capacity Required (MW)": "1.5",
    "Dispatch Estimate": 4,
    "Dispatch Duration": "01:00",
}
AS_IT_IS: Cells = {}
VISIBILITY_ONLY: Cells = {"Competition Type": None, "Bidding Open": None, "Bidding Close": None}


def operator(code: str = "NETZ") -> Member:
    return register_operator(OperatorEntry(code, f"{code} Networks", "GB", "SCT", "Europe/London"))


def draw_area(by: Member, reference: str = "MONKTONHALL", west: float = -3.1) -> None:
    shape = shapely.MultiPolygon([shapely.box(west, 55.9, west + 0.1, 56.0)])
    save_areas(by=by, areas=[AreaShape(reference, shape, 69.0, 0.0, 1)], now=DRAFT)


def workbook(
    headers: Iterable[Cells], boundary: Iterable[Cells] = (), windows: Iterable[Cells] = ()
) -> bytes:
    """A workbook of rows by column header; a header that no row has is no column."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    sheets = (
        ("Competitions", headers, HEADER),
        ("Competition Boundaries", boundary, BOUNDARY),
        ("Service Windows", windows, WINDOW),
    )
    for name, rows, usual in sheets:
        _fill(book.create_sheet(name), list(rows), {"Competition Ref": "", **usual})
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def _fill(sheet: Any, rows: list[Cells], usual: Cells) -> None:
    columns = list(dict.fromkeys(column for row in rows or [usual] for column in row))
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(column) for column in columns])


def competition(
    ref: str = "C1", *, header: Cells = AS_IT_IS, boundary: Cells = AS_IT_IS, window: Cells = AS_IT_IS
) -> bytes:
    """A file of one good competition, changed where told."""
    named = {"Competition Ref": ref}
    return workbook([named | HEADER | header], [named | BOUNDARY | boundary], [named | WINDOW | window])


def header_only(ref: str = "C1", **columns: Any) -> bytes:
    """A file that changes only the header of a stored competition."""
    return workbook([{"Competition Ref": ref} | HEADER | columns])


def upload(by: Member, data: bytes, at: datetime = DRAFT) -> FileReport:
    with clock.set_to(at):
        return hand_in_bytes(by=by, kind="competitions.competition_file", name="competitions.xlsx", data=data)


def counts(report: FileReport) -> tuple[int, int, int, list[str]]:
    """Created, updated, unchanged, and the sentences of the errors."""
    return report.created, report.updated, report.unchanged, [error["message"] for error in report.errors]


def downloaded(by: Member) -> bytes:
    target = BytesIO()
    stored = Competition.objects.filter(operator=by.organisation).select_related(
        "operator", "purchasing_system"
    )
    write_competition_file(list(stored.prefetch_related("boundaries__area", "windows__period")), target)
    return target.getvalue()


def stored(ref: str = "C1") -> Competition:
    return Competition.objects.get(ref=ref)


def buyer_of_three():
    """Member of an operator with the competitions C1 (an area), C2 (Leith, in March only) and C3 (a
    postcode)."""
    member = operator()
    draw_area(member)
    draw_area(member, "LEITH", west=-2.0)
    upload(member, competition("C1"))
    upload(
        member,
        competition(
            "C2",
            header={
                "Competition Name": "Leith",
                "Need Direction": "Excess",
                "Product Type": "Peak Reduction",
                "Need Type": "Restoration",
            },
            boundary={"Value": "LEITH"},
            window={"Period Start Date": "01/03/2026", "Period End Date": "31/03/2026"},
        ),
    )
    upload(member, competition("C3", boundary={"Boundary Type": "Postcode", "Value": "EH21 8RE"}))
    return member


def made_terms(by, ref="standard", at=DRAFT, **more):
    """Settlement terms of the operator, in their first version."""
    return create_terms(by=by, ref=ref, name="Standard terms", fields=more.pop("fields", {}), now=at, **more)
