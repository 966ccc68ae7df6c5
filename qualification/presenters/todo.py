"""What waits in qualification: applications, overrides, shortfalls for operators; entries, approvals for
providers."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from competitions.domain.queries import largest_windows
from competitions.models import Competition
from competitions.presenters.todo import page_of, round_words
from marketplace.dates import day_text
from marketplace.numbers import counted, power_text
from marketplace.units import power_unit
from marketplace.web.todo import MOST_OF_A_KIND, ToDo
from qualification.domain.cover import (
    competitions_open_to,
    competitions_to_enter,
    kept_cover_of,
    near_misses,
    overridable_soon,
    qualifying_competitions,
)
from qualification.domain.dps.queries import (
    applications_to_decide,
    applications_to_submit,
    approvals_ending,
    approvals_that_end,
)
from qualification.models import DpsApplication

MOST_WATCHED = 12
OVERRIDE_SOON = timedelta(days=7)
APPROVAL_ENDS_SOON = timedelta(days=60)


def applications(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: each company that waits to be approved."""
    for one in applications_to_decide(member)[:MOST_OF_A_KIND]:
        yield ToDo(
            "Decide an application",
            reverse("qualification:dps_application", args=[one.pk]),
            "Review",
            Role.PROCUREMENT,
            since=one.submitted_at,
            joint="of",
            rest=f" {one.provider.name}",
            why=f"Company qualification, {one.purchasing_system.name}",
        )


def overrides_soon(member: Member, now: datetime) -> QuerySet[Competition]:
    """The operator's competitions of which :func:`overrides` tells."""
    return overridable_soon(member, now, OVERRIDE_SOON)


def approvals_soon(member: Member, now: datetime) -> QuerySet[DpsApplication]:
    """The provider's approvals of which :func:`approvals` tells, or that ended early."""
    return approvals_ending(member, now, now + APPROVAL_ENDS_SOON)


def overrides(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: competitions whose bidding opens soon and in which assets fail a single criterion."""
    if not member.is_so:
        return
    found = list(overrides_soon(member, now)[:MOST_WATCHED])
    missed = near_misses([one.pk for one in found]) if found else {}
    for one in found:
        if missed.get(one.pk):
            yield ToDo(
                "Last chance to override",
                reverse("qualification:competition_assets", args=[one.pk]),
                "See assets",
                Role.PROCUREMENT,
                at=one.bidding_open,
                joint="in",
                ref=one.ref,
                ref_url=page_of(one),
                rest=f", {counted(missed[one.pk], 'near miss', 'near misses')}",
                why="Bidding opens then. Each of these assets fails one criterion only.",
                fold=f"Last chance to override in {{}} {round_words(one)}",
                fold_url=reverse("competitions:list"),
            )


def shortfalls(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: competitions in qualification whose eligible assets don't reach what is required."""
    if not member.is_so:
        return
    found = list(qualifying_competitions(member, now)[:MOST_WATCHED])
    ids = [one.pk for one in found]
    required, cover = (largest_windows(ids), kept_cover_of(member, ids)) if ids else ({}, {})
    for one in found:
        eligible, wanted = cover[one.pk].eligible, required.get(one.pk)
        if wanted is None or eligible >= wanted:
            continue
        unit = power_unit(one.power_type)
        entered = cover[one.pk].entered
        yield ToDo(
            "Widen or chase",
            reverse("qualification:competition_assets", args=[one.pk]),
            "See assets",
            Role.PROCUREMENT,
            at=one.qualification_close,
            ref=one.ref,
            ref_url=page_of(one),
            rest=f": {power_text(eligible, unit)} eligible for {power_text(wanted, unit)}",
            why=f"{power_text(entered, unit)} entered; qualification closes then.",
            fold=f"Widen or chase {{}} {round_words(one)}",
            fold_url=reverse("competitions:list"),
        )


def entries(member: Member, now: datetime) -> Iterator[ToDo]:
    """For a provider: competitions that it could enter and has not answered."""
    if not member.is_fsp:
        return
    found = list(competitions_to_enter(member, now)[:MOST_OF_A_KIND])
    own = competitions_open_to(member, now) if found else {}
    for one in found:
        yield ToDo(
            "Enter",
            reverse("qualification:entries"),
            "Enter",
            Role.PROCUREMENT,
            at=one.qualification_close,
            ref=one.ref,
            ref_url=page_of(one),
            rest=f", {power_text(own[one.pk], power_unit(one.power_type))} eligible",
            why=f"{one.name} · {one.operator.name}; only companies that have entered by then can bid.",
            fold=f"Enter {{}} {round_words(one)}",
            fold_url=reverse("qualification:entries"),
        )


def approvals(member: Member, now: datetime) -> Iterator[ToDo]:
    """For a provider: applications begun, and approvals that end soon."""
    for one in applications_to_submit(member)[:MOST_OF_A_KIND]:
        yield ToDo(
            "Submit the application",
            reverse("qualification:dps_application", args=[one.pk]),
            "Continue",
            Role.PROCUREMENT,
            since=one.created_at,
            joint="to",
            rest=f" {one.purchasing_system.operator.name}",
            why=f"Company qualification, {one.purchasing_system.name}",
        )
    for one in approvals_that_end(member, now, now + APPROVAL_ENDS_SOON):
        assert one.expires_on is not None
        yield ToDo(
            "Renew the company qualification",
            reverse("qualification:dps_systems"),
            "Renew",
            Role.PROCUREMENT,
            at=one.expires_at,
            joint="with",
            rest=f" {one.purchasing_system.operator.name}",
            why=f"{one.purchasing_system.name} · your approval holds until the end of {day_text(one.expires_on)}.",
        )
