"""What competitions show on the start page and on an operator's public page."""

from accounts.presenters.profile_parts import register_profile_parts
from competitions.presenters.panels import competitions_panel, profile_parts
from marketplace.web.dashboard import register_panel

register_panel(competitions_panel)
register_profile_parts(profile_parts)
