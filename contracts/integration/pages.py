"""What contracts show on the start page."""

from accounts.enums import Role
from contracts.presenters.panels import contracts_panel
from marketplace.web.dashboard import register_panel
from marketplace.web.navigation import register_destination

register_panel(contracts_panel)
register_destination("Contracts", "contracts:list", "so", "fsp", role=Role.CONTRACTS)
