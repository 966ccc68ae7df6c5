"""What qualification shows on the start page, in the navigation and on the pages of competitions and
operators."""

from accounts.enums import Role
from accounts.presenters.profile_parts import register_profile_parts
from competitions.domain.list_views import ListView, register_view
from competitions.domain.places.nearness import register_places
from competitions.presenters.columns import (
    Bulk,
    Extra,
    Page,
    register_bulk,
    register_extra,
    register_standing,
)
from competitions.presenters.links import register_link
from competitions.presenters.tabs import ASSETS, TabPart, register_part, register_quantities
from marketplace.web.home import register_first_step
from marketplace.web.navigation import register_destination
from marketplace.web.search import register_finder
from marketplace.web.todo import register_todo
from qualification.domain.cover import competitions_to_enter, qualifying_competitions
from qualification.domain.dps.queries import applications_to_decide, applications_to_submit
from qualification.domain.queries import own_places
from qualification.presenters import competition_columns as told
from qualification.presenters import competition_part, home, search, todo
from qualification.presenters.panels import competition_link, dps_link, framework_parts

register_profile_parts(framework_parts)
register_link(dps_link)
register_link(competition_link)
register_places(own_places)
register_todo(todo.applications, lambda member, now: applications_to_decide(member))
register_todo(todo.overrides, todo.overrides_soon)
register_todo(todo.shortfalls, qualifying_competitions)
register_todo(todo.entries, competitions_to_enter)
register_todo(todo.approvals, lambda member, now: applications_to_submit(member), todo.approvals_soon)
register_first_step(home.assets_step, "fsp", 20)
register_first_step(home.company_step, "fsp", 30)
register_first_step(home.enter_step, "fsp", 40)
register_destination(
    "Company qualification",
    "qualification:dps_applications",
    "so",
    role=Role.PROCUREMENT,
    count=home.applications_count,
)
register_destination("Company qualification", "qualification:dps_systems", "fsp", role=Role.PROCUREMENT)
register_destination("Qualified assets", "qualification:qualified", "so", role=Role.PROCUREMENT)
register_destination("Assets", "qualification:assets", "fsp", role=Role.PROCUREMENT)
register_destination("Asset qualification", "qualification:asset_qualification", "fsp", role=Role.PROCUREMENT)
register_part(TabPart(ASSETS, competition_part.is_for, competition_part.count, competition_part.make))
register_quantities(competition_part.quantities)
register_destination(
    "Entries", "qualification:entries", "fsp", role=Role.PROCUREMENT, count=home.entries_count
)
register_finder(search.assets, 30)
register_finder(search.groups, 35)
register_finder(search.companies, 50)
BOTH: frozenset[Page] = frozenset({"list", "round"})
LIST: frozenset[Page] = frozenset({"list"})
register_extra(Extra("my_mw", "My MW", "fsp", LIST, told.own_mw))
register_extra(Extra("eligible", "Eligible", "so", BOTH, told.eligible, series="eligible"))
register_extra(Extra("entered", "Entered", "so", BOTH, told.entered, series="entered"))
register_standing(1, told.own_entries)
register_view(ListView("mine", "Mine", "fsp", told.is_mine))
register_view(ListView("enter", "Enter now", "fsp", told.can_be_entered))
register_view(ListView("bid", "Bid now", "fsp", told.can_be_bid_in))
register_bulk(
    Bulk("fsp", Role.PROCUREMENT, "qualification:answer_many", "post", "qualification/_answer_buttons.html")
)
