"""What the search finds among assets and company applications."""

from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from accounts.models import Member
from marketplace.web.search import MOST_OF_A_KIND, Found, Hit, found_of
from qualification.domain.dps.queries import applications_visible_to
from qualification.domain.queries import assets_visible_to, groups_of


def assets(member: Member, text: str, now: datetime) -> Found:
    """By the beginning of ref, name or meter ID."""
    named = (
        Q(ref__istartswith=text)
        | Q(name__istartswith=text)
        | Q(import_meter_id__startswith=text)
        | Q(export_meter_id__startswith=text)
    )
    found = assets_visible_to(member, now).filter(named).order_by("ref", "pk")[: MOST_OF_A_KIND + 1]
    page = "qualification:assets_map" if member.is_so else "qualification:assets"
    return found_of(
        "Assets",
        [
            Hit(
                one.ref,
                f"{one.name} · {one.provider.name}" if member.is_so else f"{one.name} · {one.asset_type}",
                reverse("qualification:asset", args=[one.pk]),
            )
            for one in found
        ],
        f"{reverse(page)}?{urlencode({'q': text})}",
    )


def groups(member: Member, text: str, now: datetime) -> Found:
    """A provider's asset groups, by ref."""
    found = groups_of(member).filter(ref__icontains=text)[: MOST_OF_A_KIND + 1]
    hits = [Hit(one.ref, "", reverse("qualification:group", args=[one.pk])) for one in found]
    return found_of("Asset groups", hits, reverse("qualification:groups"))


def companies(member: Member, text: str, now: datetime) -> Found | None:
    """For an operator: companies that have applied to it, by name, with their latest application."""
    if not member.is_so:
        return None
    named = applications_visible_to(member).filter(provider__name__icontains=text)
    latest = named.order_by("provider_id", "-submitted_at", "pk").distinct("provider_id")[
        : MOST_OF_A_KIND + 1
    ]
    return found_of(
        "Companies",
        [
            Hit(
                one.provider.name,
                f"{one.purchasing_system.name} · {one.get_state_display()}",
                reverse("qualification:dps_application", args=[one.pk]),
            )
            for one in latest
        ],
        reverse("qualification:dps_applications"),
    )
