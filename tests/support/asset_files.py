"""Files of assets, and handing them in."""

from io import BytesIO

import openpyxl

from rehearsal.round.uploads import hand_in_bytes

GOOD = {
    "Asset Ref": "BAT-1",
    "Asset Name": "Riverside",
    "Asset Status": "Operational",
    "Asset Category": "Storage",
    "Asset Type": "Battery",
    "Voltage Level (kV)": 11,
    "Latitude": 0.5,
    "Longitude": 0.25,
    "Generation Turn Up (MW)": 1.5,
}


def workbook(assets, planned=()):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for title, rows in (("Assets", assets), ("Planned Assets", planned)):
        if title == "Planned Assets" and not rows:
            continue
        sheet = book.create_sheet(title)
        headers = list(dict.fromkeys(header for row in (rows or [GOOD]) for header in row))
        sheet.append(headers)
        for row in rows:
            sheet.append([row.get(header) for header in headers])
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def hand_in(member, assets, planned=()):
    return hand_in_bytes(
        by=member, kind="qualification.assets", name="a.xlsx", data=workbook(assets, planned)
    )


def counts(report):
    return report.created, report.updated, report.unchanged, len(report.errors)
