"""How moments, capacities, money and hours are written on pages, and small helpers of the layout."""

import json
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.conf import settings
from django.http import QueryDict
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace import clock
from marketplace.dates import (
    day_text,
    moment_text,
    month_text,
    season_text,
    short_day_text,
    short_day_year_text,
    short_month_text,
    time_text,
    weekday_text,
)
from marketplace.guides import meanings
from marketplace.numbers import (
    area_text,
    count_text,
    grouped_text,
    hours_text,
    money_text,
    power_text,
    rounded_text,
)
from marketplace.units import capacity_unit, currency_sign, power_unit
from marketplace.web.cells import badge_colour
from marketplace.web.drawn import drawn
from marketplace.web.icons import icon_html
from marketplace.web.navigation import NavigationGroup, NavigationItem, groups_for

register = template.Library()
register.filter(currency_sign)
register.filter(power_unit)
register.filter(capacity_unit)
register.filter(badge_colour)
register.simple_tag(drawn)

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@register.filter
def moment(value: datetime | None, zone: ZoneInfo | None = None) -> str:
    """5 April 2026, 17:00 BST: an instant in the given zone, or the one that is active."""
    return "" if value is None else moment_text(value, zone or timezone.get_current_timezone())


@register.filter
def season(value: datetime | None, zone: ZoneInfo | None = None) -> str:
    """3 Dec, 17:00: an instant of this season in the given zone, or the one that is active."""
    return (
        "" if value is None else season_text(value, zone or timezone.get_current_timezone(), clock.near_now())
    )


@register.filter
def season_second(value: datetime, zone: ZoneInfo) -> str:
    """3 Dec, 17:00:07: an instant of this season in the given zone, to the second."""
    return season_text(value, zone, clock.near_now(), seconds=True)


@register.filter
def day(value: date | str | None) -> str:
    """5 April 2026; of what somebody typed, the text where it is not a day."""
    if isinstance(value, str):
        try:
            return day_text(date.fromisoformat(value))
        except ValueError:
            return value
    return "" if value is None else day_text(value)


@register.filter
def short_day(value: date | datetime | None) -> str:
    """3 Dec; an instant in the zone that is active."""
    if isinstance(value, datetime):
        value = timezone.localtime(value)
    return "" if value is None else short_day_text(value)


@register.filter
def short_day_year(value: date) -> str:
    """3 Dec 2026."""
    return short_day_year_text(value)


@register.filter
def short_month(value: date) -> str:
    """Dec 26: a month in a table."""
    return short_month_text(value)


@register.filter
def full_day(value: date) -> str:
    """Thursday 26 November 2026."""
    return f"{weekday_text(value)} {day_text(value)}"


@register.filter
def month_name(value: date) -> str:
    """December 2026."""
    return month_text(value)


@register.filter
def iso(value: date) -> str:
    """A day or an instant as programs read it."""
    return value.isoformat()


@register.filter
def clock_time(value: time | None) -> str:
    """17:00."""
    return "" if value is None else time_text(value)


@register.filter
def megawatts(value: Decimal | None, power: str = "active") -> str:
    """12.5 MW without trailing zeros; 12.5 MVAr where the power is reactive."""
    return "" if value is None else power_text(value, power_unit(power))


@register.filter
def plain(value: Decimal | int | None) -> str:
    """An exact number without trailing zeros or exponent, thousands grouped."""
    return "" if value is None else grouped_text(value)


@register.filter
def money(value: Decimal | None, currency: str = "GBP") -> str:
    """£1,234.50."""
    return "" if value is None else money_text(value, currency)


@register.filter
def count(value: int) -> str:
    """12,345: a count with its thousands grouped."""
    return count_text(value)


@register.filter
def rounded(value: Decimal | float | None, places: int) -> str:
    """1,234.500: rounded to this many decimals, all shown."""
    return "" if value is None else rounded_text(value, places)


@register.filter
def area(value: Decimal | float | None) -> str:
    """1,234.50 km²."""
    return "" if value is None else area_text(value)


@register.filter
def hours(minutes: int | None) -> str:
    """Minutes as hours with up to four decimals: 16.5 h."""
    return "" if minutes is None else hours_text(minutes)


@register.filter
def duration(value: timedelta | None) -> str:
    """2:00 h, or 1 day 02:00 h; seconds only when there are some."""
    if value is None:
        return ""
    seconds = value.seconds % 60
    text = f"{value.seconds // 3600:02}:{value.seconds // 60 % 60:02}" + (f":{seconds:02}" if seconds else "")
    return f"{value.days} d {text} h" if value.days else f"{text} h"


@register.filter
def weekday_names(days: Iterable[int]) -> str:
    """Monday to Friday, or the days in a list; Monday is 0."""
    chosen = sorted(days)
    if len(chosen) == 7:
        return "Every day"
    if len(chosen) > 2 and chosen == list(range(chosen[0], chosen[-1] + 1)):
        return f"{WEEKDAYS[chosen[0]]} to {WEEKDAYS[chosen[-1]]}"
    return ", ".join(WEEKDAYS[day] for day in chosen)


@register.filter
def as_json(value: Any) -> str:
    """The value as JSON for a data attribute (escaped by the template)."""
    return json.dumps(value, default=str)


@register.simple_tag(takes_context=True)
def navigation(context: template.Context) -> tuple[NavigationGroup, ...]:
    """The groups of the side navigation for the signed-in person; none on a page that is made without a
    request."""
    request = context.get("request")
    return () if request is None else groups_for(request)


@register.simple_tag(takes_context=True)
def foot(context: template.Context) -> SafeString:
    """The end of every page."""
    request = context.get("request")
    zone = context.get("my_zone")
    return drawn(
        "shell/foot.html",
        is_public=getattr(request, "member", None) is None,
        has_links=not getattr(request, "second_factor_missing", ""),
        times=zone_words(zone) if zone else "",
        support_email=settings.SUPPORT_EMAIL,
    )


@register.filter
def place(groups: Iterable[NavigationGroup]) -> NavigationItem | None:
    """Where in the navigation the page is, if anywhere."""
    return next((item for group in groups for item in group.items if item.is_here), None)


@register.simple_tag
def icon(name: str, css: str = "") -> SafeString:
    """An outline icon, always beside a word: {% icon "bolt" %}."""
    return icon_html(name, css)


@register.simple_tag
def term(word: str, of: str = "") -> SafeString | str:
    """A word of the market with its meaning: {% term "Eligible" %}; {% term "Entered" of="entry" %} for
    another form."""
    meaning = meanings().get((of or word).lower(), "")
    return format_html('<dfn title="{}">{}</dfn>', meaning, word) if meaning else word


@register.filter
def initials(user: Any) -> str:
    """RM for Ruth Milburn; without a name, the first letters of the address."""
    words = str(user).split("@")[0].replace(".", " ").replace("_", " ").split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper()


@register.filter
def role_names(roles: Iterable[str]) -> str:
    """Account, Bids: the roles of a member as its pages name them."""
    return ", ".join(role.replace("_", " ").capitalize() for role in roles)


@register.filter
def zone_words(zone: ZoneInfo) -> str:
    """UK time (GMT); of other zones the place: Europe/Berlin (CET)."""
    short = clock.near_now().astimezone(zone).tzname()
    return f"UK time ({short})" if zone.key == "Europe/London" else f"{zone.key.replace('_', ' ')} ({short})"


@register.simple_tag
def support_address() -> str:
    """Where people ask for help; also on pages that are made without a request."""
    return settings.SUPPORT_EMAIL


@register.simple_tag
def url_if_any(name: str, *args: Any) -> str:
    """The URL of a view, or nothing while there is no such view."""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, **changes: Any) -> str:
    """The present query string with some parameters changed; an empty value takes one out."""
    query: QueryDict = context["request"].GET.copy()
    for name, value in changes.items():
        if value in ("", None):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return f"?{query.urlencode()}" if query else "?"


@register.simple_tag(takes_context=True)
def countdown(context: template.Context, until: datetime | None) -> SafeString | str:
    """A time element that the page's script counts down to, by the server's clock, which a page reads
    once."""
    if until is None:
        return ""
    read = context.render_context
    now = read.get("server_now")
    if now is None:
        now = read["server_now"] = clock.now()
    return format_html(
        '<time datetime="{}" data-countdown data-server-now="{}">{}</time>',
        until.isoformat(),
        now.isoformat(),
        moment(until),
    )
