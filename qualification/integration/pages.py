"""What qualification shows on the start page and on the pages of competitions and operators."""

from accounts.enums import Role
from accounts.presenters.profile_parts import register_profile_parts
from competitions.domain.places.nearness import register_places
from competitions.presenters.links import register_link
from competitions.presenters.tabs import ASSETS, TabPart, register_part, register_quantities
from marketplace.web.dashboard import register_panel
from marketplace.web.navigation import register_destination
from qualification.domain.queries import own_places
from qualification.presenters import competition_part
from qualification.presenters.panels import (
    assets_panel,
    competition_link,
    dps_link,
    dps_panel,
    entries_panel,
    framework_parts,
)

register_profile_parts(framework_parts)
register_panel(dps_panel)
register_link(dps_link)
register_panel(entries_panel)
register_panel(assets_panel)
register_link(competition_link)
register_places(own_places)
register_destination("Company qualification", "qualification:dps_applications", "so", role=Role.PROCUREMENT)
register_destination("Company qualification", "qualification:dps_systems", "fsp", role=Role.PROCUREMENT)
register_destination("Qualified assets", "qualification:assets_map", "so", role=Role.PROCUREMENT)
register_destination("Assets", "qualification:assets", "fsp", role=Role.PROCUREMENT)
register_destination("Entries", "qualification:entries", "fsp", role=Role.PROCUREMENT)
register_part(TabPart(ASSETS, competition_part.is_for, competition_part.count, competition_part.make))
register_quantities(competition_part.quantities)
