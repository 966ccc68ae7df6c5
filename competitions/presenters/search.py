"""What the search finds among competitions: by ref and name, by round, by area and by postcode."""

from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from accounts.models import Member
from competitions.domain.queries import areas_of, by_next_deadline, competitions_visible_to
from competitions.presenters.phases import step_of
from competitions.presenters.todo import page_of
from competitions.rules import can_procure
from marketplace.postcodes import is_sector, postcode_of
from marketplace.web.search import MOST_OF_A_KIND, Found, Hit, found_of


def _listed(**asked: str) -> str:
    return f"{reverse('competitions:list')}?{urlencode(asked)}"


def competitions(member: Member, text: str, now: datetime) -> Found:
    """By ref or name."""
    named = Q(ref__icontains=text) | Q(name__icontains=text)
    found = by_next_deadline(competitions_visible_to(member, now).filter(named), now)[: MOST_OF_A_KIND + 1]
    hits = [Hit(one.ref, f"{one.name} · {step_of(one.phase(now)).word}", page_of(one)) for one in found]
    return found_of("Competitions", hits, _listed(search=text))


def rounds(member: Member, text: str, now: datetime) -> Found:
    """Rounds by name, each with the list of its competitions."""
    named = competitions_visible_to(member, now).filter(round_name__icontains=text).exclude(round_name="")
    names = named.order_by("round_name").values_list("round_name", flat=True).distinct()
    return found_of(
        "Rounds", [Hit(name, "", _round_page(member, name)) for name in names[: MOST_OF_A_KIND + 1]], ""
    )


def _round_page(member: Member, name: str) -> str:
    """Its workspace for those who set competitions up, for others the list of its competitions."""
    return reverse("competitions:round", args=[name]) if can_procure(member) else _listed(search=name)


def areas(member: Member, text: str, now: datetime) -> Found:
    """An operator's areas, by reference or name."""
    named = areas_of(member).filter(Q(reference__icontains=text) | Q(display_name__icontains=text))
    found = named.order_by("reference")[: MOST_OF_A_KIND + 1]
    url = f"{reverse('competitions:areas')}?{urlencode({'search': text})}"
    hits = [
        Hit(
            one.reference,
            one.display_name,
            f"{reverse('competitions:areas')}?{urlencode({'search': one.reference})}",
        )
        for one in found
    ]
    return found_of("Areas", hits, url)


def places(member: Member, text: str, now: datetime) -> Found | None:
    """What is asked for at a postcode or in a sector."""
    code = text.upper()
    if postcode_of(code) is None and not is_sector(code):
        return None
    return Found("Places", [Hit(code, "Competitions at this place", _listed(place=code))])
