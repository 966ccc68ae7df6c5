"""What qualification tells people: who is concerned, in whose words, once."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum
from django.urls import reverse

from accounts.domain.telling import Words, tell
from accounts.enums import Role
from accounts.models import Organisation
from competitions.enums import AssetStatus
from competitions.models import Competition
from competitions.workbooks.rows import header_of, shown
from marketplace.notifications import Kind, declare
from marketplace.notifications.words import counted, deadline, some_of
from marketplace.web.templatetags.marketplace import megawatts
from qualification.domain.standing import applicable, eligible_mw
from qualification.enums import EntryState
from qualification.models import Asset, Entry, PlannedVerdict, Verdict

PUBLISHED = Kind("competition_published", "A competition is published in reach of your assets", "fsp")
CLOSING = Kind(
    "qualification_closing", "Qualification closes in 3 days and you have neither entered nor declined", "fsp"
)
CHANGED = Kind("competition_changed", "A competition that your assets are eligible for changes", "fsp")
CANCELLED = Kind("competition_cancelled", "A competition that concerns you is cancelled", "fsp")
VERDICT = Kind("verdict_changed", "A system operator changes how an asset of yours stands", "fsp")
ENTRY_LOST = Kind("entry_lost", "You no longer take part, as no service window applies to your assets", "fsp")
CLOSED = Kind("qualification_closed", "Qualification has closed: who entered", "so")
KINDS = (PUBLISHED, CLOSING, CHANGED, CANCELLED, VERDICT, ENTRY_LOST, CLOSED)

LONGEST_VALUE = 200


def declare_kinds() -> None:
    """Make them known; called once at start."""
    for kind in KINDS:
        declare(kind)


def page_of(competition: Competition) -> str:
    """The path of a competition's page."""
    return reverse("competitions:competition", args=[competition.ref])


def tell_published(competition: Competition, now: datetime) -> None:
    """Tell every provider with an asset within the boundary that the competition is there."""
    within = Verdict.objects.filter(competition=competition).exclude(asset__status=AssetStatus.ARCHIVED).order_by()
    found = within.values_list("asset__provider").annotate(
        assets=Count("pk"),
        eligible=Count("pk", filter=Q(failed=[])),
        mw=Sum("relevant_capacity_mw", filter=Q(failed=[])),
    )
    reach = {provider: numbers for provider, *numbers in found}

    def say(to: Organisation) -> Words:
        assets, eligible, mw = reach[to.pk]
        stand = "none is eligible as it stands"
        if eligible:
            stand = f"{eligible:,} eligible as they stand, with {megawatts(mw, competition.power_type)}"
        close = deadline(competition.qualification_close, to.zone, competition.operator.zone)
        return f"{competition.ref} is published in reach of your assets", [
            f"{competition.operator} looks for flexibility: {competition.name}.",
            f"Assets of yours within its boundary: {assets:,}; {stand}.",
            f"Qualification closes on {close}. Enter before then if you want to take part.",
        ]

    tell(
        PUBLISHED.code,
        reach,
        [Role.PROCUREMENT],
        say,
        link=page_of(competition),
        key=str(competition.pk),
        now=now,
        worth_until=competition.qualification_close,
    )


def tell_closing(competition: Competition, now: datetime) -> None:
    """Remind every provider who could take part, or did, and has neither entered nor declined."""
    could = {provider for _, provider in applicable(eligible_mw(competition_ids=[competition.pk]))}
    answers = dict(Entry.objects.filter(competition=competition).values_list("provider", "state"))
    undecided = {provider for provider, state in answers.items() if state == EntryState.UNDECIDED}

    def say(to: Organisation) -> Words:
        close = deadline(competition.qualification_close, to.zone, competition.operator.zone)
        return f"Qualification of {competition.ref} closes on {close}", [
            f"Your company has neither entered nor declined {competition.ref} {competition.name}.",
            "Only who has entered by then can bid.",
        ]

    tell(
        CLOSING.code,
        undecided | (could - answers.keys()),
        [Role.PROCUREMENT],
        say,
        link=reverse("qualification:entries"),
        key=f"{competition.pk} {competition.qualification_close.isoformat()}",
        now=now,
        worth_until=competition.qualification_close,
    )


def concerned(competition: Competition) -> set[uuid.UUID]:
    """The providers with an eligible asset in the competition, planned ones included, or an entry."""
    eligible = Verdict.objects.filter(competition=competition, failed=[]).order_by()
    planned = PlannedVerdict.objects.filter(competition=competition, failed=[]).order_by()
    entered = Entry.objects.filter(competition=competition, state=EntryState.ENTERED).order_by()
    return {
        *eligible.values_list("asset__provider", flat=True).distinct(),
        *planned.values_list("planned_asset__provider", flat=True).distinct(),
        *entered.values_list("provider", flat=True),
    }


def tell_changed(competition: Competition, changes: Collection[tuple[str, Any, Any]], now: datetime) -> None:
    """Tell the providers concerned what changed, before and after; nothing while it is a draft."""
    if not changes or not competition.is_published(now):
        return

    def say(to: Organisation) -> Words:
        return f"{competition.ref} has changed", [
            f"{competition.operator} changed {competition.ref} {competition.name}.",
            *(_change_in_words(change, to) for change in changes),
        ]

    tell(
        CHANGED.code,
        concerned(competition),
        [Role.PROCUREMENT, Role.BIDS],
        say,
        link=page_of(competition),
        key=f"{competition.pk} {now.isoformat()}",
        now=now,
    )


def _change_in_words(change: tuple[str, Any, Any], to: Organisation) -> str:
    key, before, after = change
    old, new = (_shortened(shown(key, value, to.zone)) or "nothing" for value in (before, after))
    return f"{header_of(key)}: {old} → {new}"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def tell_cancelled(competition: Competition, now: datetime) -> None:
    """Tell the providers concerned, with the reason; nothing when it never was published."""
    if not competition.is_published(now):
        return

    def say(to: Organisation) -> Words:
        return f"{competition.ref} is cancelled", [
            f"{competition.operator} cancelled {competition.ref} {competition.name}.",
            f"The reason given: {competition.cancellation_reason}",
        ]

    link, key = page_of(competition), str(competition.pk)
    tell(CANCELLED.code, concerned(competition), [Role.PROCUREMENT, Role.BIDS], say, link=link, key=key, now=now)


def tell_verdicts_changed(
    competition: Competition, changes: Iterable[tuple[Asset, str, str]], *, reason: str, key: str, now: datetime
) -> None:
    """Tell providers what the operator decided about their assets: asset, verdict before, verdict after, in words.

    Called in the transaction of the decision; ``key`` is unique to it.
    """
    by_provider: dict[uuid.UUID, list[str]] = {}
    for asset, before, after in changes:
        by_provider.setdefault(asset.provider_id, []).append(f"{asset.ref}: {before} → {after}")

    def say(to: Organisation) -> Words:
        lines = sorted(by_provider[to.pk])
        return f"{competition.operator} decided about assets of yours in {competition.ref}", [
            f"How {counted(len(lines), 'asset stands', 'assets stand')} in {competition.ref} {competition.name}:",
            *lines[:20],
            *([f"And {len(lines) - 20:,} more."] if len(lines) > 20 else []),
            *([f"The reason given: {reason}"] if reason else []),
        ]

    tell(VERDICT.code, by_provider, [Role.PROCUREMENT], say, link=page_of(competition), key=key, now=now)


def tell_entries_lost(entries: Collection[Entry], now: datetime) -> None:
    """Tell each provider whose entry fell back to undecided, since none of the windows applies any more."""
    for entry in entries:
        competition = entry.competition

        def say(to: Organisation, competition: Competition = competition) -> Words:
            close = deadline(competition.qualification_close, to.zone, competition.operator.zone)
            return f"You no longer take part in {competition.ref}", [
                f"Your eligible assets reach the minimum aggregate size of no service window of {competition.ref}"
                f" {competition.name} any more, so your entry is undecided again.",
                f"You can enter again until {close} once your assets reach it.",
            ]

        tell(
            ENTRY_LOST.code,
            [entry.provider_id],
            [Role.PROCUREMENT],
            say,
            link=reverse("qualification:entries"),
            key=f"{entry.pk} {now.isoformat()}",
            now=now,
        )


def tell_closed(competition: Competition, now: datetime) -> None:
    """Tell the operator who entered, and with how much."""
    entered = Entry.objects.filter(competition=competition, state=EntryState.ENTERED).order_by("provider__name")
    names = dict(entered.values_list("provider", "provider__name"))
    offered = eligible_mw(competition_ids=[competition.pk])
    eligible = sum((mw for (_, provider), mw in offered.items() if provider in names), Decimal(0))

    def say(to: Organisation) -> Words:
        who = f": {some_of(list(names.values()))}" if names else ""
        return f"Qualification of {competition.ref} has closed", [
            f"{counted(len(names), 'provider has', 'providers have')} entered {competition.ref} {competition.name}{who}.",
            f"Their eligible assets have {megawatts(eligible, competition.power_type)} together."
            if names
            else "Nobody can bid.",
        ]

    tell(
        CLOSED.code,
        [competition.operator_id],
        [Role.PROCUREMENT],
        say,
        link=reverse("qualification:competition_assets", args=[competition.pk]),
        key=f"{competition.pk} {competition.qualification_close.isoformat()}",
        now=now,
    )
