"""Cells that many lists have, drawn for each row without a template: a thing by its ref, a badge, a deadline.

Texts are escaped here; what comes back is safe.
"""

from html import escape
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from marketplace.dates import moment_text
from marketplace.web.figures import due_html
from marketplace.web.lists import Column, List

BADGES = {
    "green": {
        "confirmed",
        "awarded",
        "signed",
        "done",
        "qualified",
        "accepted",
        "entered",
        "eligible",
        "submitted",
        "approved",
    },
    "blue": {"bidding_open", "qualification_open", "running", "applying", "checked", "pending"},
    "azure": {"announced", "queued", "apply_queued"},
    "orange": {"decision", "undecided", "qualification_closed", "warning"},
    "red": {
        "rejected",
        "failed",
        "refused",
        "disqualified",
        "not_eligible",
        "cancelled",
        "withdrawn",
        "error",
        "revoked",
        "expired",
    },
}
NOTHING = SafeString('<span class="dim">–</span>')


def badge_colour(kind: str) -> str:
    """The colour of a badge for a state's value."""
    return next((colour for colour, kinds in BADGES.items() if kind in kinds), "secondary")


def badge_html(kind: str, text: str) -> SafeString:
    """The state of a thing by its value, as a badge."""
    return _safe(f'<span class="badge badge-{badge_colour(kind)}">{escape(str(text))}</span>')


def ref_html(href: str, ref: str, title: str) -> SafeString:
    """A link to a thing by its ref, told in full by its title."""
    return _safe(f'<a class="ref" href="{href}" title="{escape(title)}">{escape(ref)}</a>')


def named_html(href: str, ref: str, name: str) -> SafeString:
    """A link to a thing by its ref, then its name."""
    return _safe(f'{ref_html(href, ref, name)} <span class="dim">{escape(name)}</span>')


def strong_html(text: str, *, is_strong: bool) -> SafeString:
    """A figure, strong where there is something."""
    css = ' class="strong"' if is_strong else ""
    return _safe(f"<span{css}>{escape(text)}</span>")


def _safe(html: str) -> SafeString:
    return mark_safe(html)  # noqa: S308  what is not safe is escaped


class DueColumn(Column):
    """A deadline with how long it takes until then, by the server's clock, which a list reads once.

    It is coloured where somebody must act: ``must_act`` is a row's attribute that tells so; none: nobody.
    """

    def __init__(self, title: str, *, must_act: str = "", **options: Any) -> None:
        super().__init__(title, **{"default": NOTHING} | options)
        self.must_act = must_act

    def value(self, value: Any, table: List) -> str:
        """The instant in the list's zone, with its year."""
        return moment_text(value, table.zone)

    def render(self, value: Any, record: Any, table: List) -> SafeString:
        """The date, the time, and how long."""
        must_act = bool(self.must_act) and getattr(record, self.must_act)
        return due_html(value, timezone.get_current_timezone(), table.now, must_act=must_act)
