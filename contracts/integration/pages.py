"""What contracts show on the start page."""

from contracts.presenters.panels import contracts_panel
from marketplace.web.dashboard import register_panel

register_panel(contracts_panel)
