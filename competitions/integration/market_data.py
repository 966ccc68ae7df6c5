"""The public files about competitions, and the explanation of their columns."""

from competitions.exports.market_files import public_kinds
from competitions.presenters.market_data import register_sheet
from competitions.workbooks.published import HISTORIC_COMPETITIONS
from marketplace.jobs.public_kinds import register_public

for kind in public_kinds():
    register_public(kind)
names = ("historic-competitions.csv", "historic-competition-boundaries.csv", "historic-service-windows.csv")
for sheet, name in zip(HISTORIC_COMPETITIONS.sheets, names, strict=True):
    register_sheet(sheet, sheet.name, f"historic-competitions.xlsx, live-competitions.xlsx, {name}")
