"""The public files about bids, and the explanation of their columns."""

from bidding.exports.market_files import GROUP, public_kinds
from bidding.presenters.price_charts import price_charts
from bidding.workbooks.specs import HISTORIC_BIDS, SHEET
from competitions.presenters.market_data import register_prices, register_sheet
from marketplace.jobs.public_kinds import register_public

for kind in public_kinds():
    register_public(kind)
register_sheet(HISTORIC_BIDS.sheet(SHEET), GROUP, "historic-bids.xlsx, historic-bids.csv")
register_prices(price_charts)
