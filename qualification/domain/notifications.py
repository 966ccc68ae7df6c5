"""What qualification tells people: who is concerned, in whose words, once."""

import uuid
from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Q, Sum
from django.urls import reverse

from accounts.domain.organisation_notifications import Words, notify_organisations
from accounts.enums import Role
from accounts.models import Organisation
from competitions.domain.competition_notifications import (
    CompetitionWording,
    by_competition,
    notify_of_competitions,
)
from competitions.domain.setting_up.changes import FieldChange, header_of, public_changes, shown
from competitions.enums import AssetStatus
from competitions.models import Competition, Question
from marketplace.notifications import Kind
from marketplace.notifications.words import deadline, some_of
from marketplace.numbers import count_text, counted
from marketplace.web.templatetags.marketplace import megawatts
from qualification.domain.verdicts.standing import applicable, eligible_mw
from qualification.enums import EntryState
from qualification.models import Asset, Entry, PlannedVerdict, Reopening, Verdict

PUBLISHED = Kind("competition_published", "A competition is published in reach of your assets", "fsp")
CLOSING = Kind(
    "qualification_closing", "Qualification closes in 3 days and you have neither entered nor declined", "fsp"
)
CHANGED = Kind("competition_changed", "A competition that your assets are eligible for changes", "fsp")
CANCELLED = Kind("competition_cancelled", "A competition that concerns you is cancelled", "fsp")
VERDICT = Kind("verdict_changed", "A system operator changes how an asset of yours stands", "fsp")
ENTRY_LOST = Kind("entry_lost", "You no longer take part, as no service window applies to your assets", "fsp")
CLOSED = Kind("qualification_closed", "Qualification has closed: who entered", "so")
ANSWERED = Kind("question_answered", "A question about a competition that you entered is answered", "fsp")
REOPENED = Kind("entry_reopened", "You may still enter a competition whose qualification has closed", "fsp")
KINDS = (ANSWERED, PUBLISHED, CLOSING, CHANGED, CANCELLED, VERDICT, ENTRY_LOST, REOPENED, CLOSED)

LONGEST_VALUE = 200


def page_of(competition: Competition) -> str:
    """The path of a competition's page."""
    return reverse("competitions:competition", args=[competition.ref])


def _close(competition: Competition, to: Organisation) -> str:
    return deadline(competition.qualification_close, to.zone, competition.operator.zone)


def notify_published(competitions: Collection[Competition], now: datetime) -> None:
    """Tell every provider with an asset within the boundary that the competitions are there."""
    within = (
        Verdict.objects.filter(competition__in=competitions)
        .exclude(asset__status=AssetStatus.ARCHIVED)
        .order_by()
    )
    found = within.values_list("competition", "asset__provider").annotate(
        assets=Count("pk"),
        assets_eligible=Count("pk", filter=Q(eligible=True)),
        mw=Sum("relevant_capacity_mw", filter=Q(eligible=True)),
    )
    stands = {(competition, provider): numbers for competition, provider, *numbers in found}

    def standing(competition: Competition, to: Organisation) -> str:
        assets, eligible, mw = stands[competition.pk, to.pk]
        if not eligible:
            return f"{count_text(assets)}; none is eligible as it stands"
        power = megawatts(mw, competition.power_type)
        return f"{count_text(assets)}; {count_text(eligible)} eligible as they stand, with {power}"

    def alone(competition: Competition, to: Organisation) -> Words:
        return f"{competition.ref} is published in reach of your assets", [
            f"{competition.operator} looks for flexibility: {competition.name}.",
            f"Assets of yours within its boundary: {standing(competition, to)}.",
            f"Qualification closes on {_close(competition, to)}. Enter before then if you want to take part.",
        ]

    def line(competition: Competition, to: Organisation) -> str:
        named = f"{competition.ref} {competition.name} ({competition.operator})"
        return (
            f"{named}: assets {standing(competition, to)}. Qualification closes on {_close(competition, to)}."
        )

    wording = CompetitionWording(
        PUBLISHED.code,
        Role.PROCUREMENT,
        alone,
        "{count} competitions are published in reach of your assets",
        line,
        page_of,
        reverse("qualification:entries"),
        worth_until=lambda competition: competition.qualification_close,
    )
    notify_of_competitions(wording, by_competition(competitions, stands), now)


def notify_closing(competitions: Collection[Competition], now: datetime) -> None:
    """Remind every provider who could take part, or did, and has neither entered nor declined."""
    could = applicable(eligible_mw(competition_ids=[each.pk for each in competitions]))
    answers = Entry.objects.filter(competition__in=competitions).values_list(
        "competition", "provider", "state"
    )
    states = {(competition, provider): state for competition, provider, state in answers}
    undecided = {pair for pair, state in states.items() if state == EntryState.UNDECIDED}

    def alone(competition: Competition, to: Organisation) -> Words:
        return f"Qualification of {competition.ref} closes on {_close(competition, to)}", [
            f"Your company has neither entered nor declined {competition.ref} {competition.name}.",
            "Only companies that have entered by then can bid.",
        ]

    wording = CompetitionWording(
        CLOSING.code,
        Role.PROCUREMENT,
        alone,
        "Qualification of {count} competitions that you have neither entered nor declined closes soon",
        lambda competition, to: f"{competition.ref} {competition.name} closes on {_close(competition, to)}.",
        lambda competition: reverse("qualification:entries"),
        reverse("qualification:entries"),
        worth_until=lambda competition: competition.qualification_close,
    )
    notify_of_competitions(wording, by_competition(competitions, undecided | (could - states.keys())), now)


def concerned(competition: Competition) -> set[uuid.UUID]:
    """The providers with an eligible asset in the competition, planned ones included, or an entry."""
    eligible = Verdict.objects.filter(competition=competition, eligible=True).order_by()
    planned = PlannedVerdict.objects.filter(competition=competition, eligible=True).order_by()
    entered = Entry.objects.filter(competition=competition, state=EntryState.ENTERED).order_by()
    return {
        *eligible.values_list("asset__provider", flat=True).distinct(),
        *planned.values_list("planned_asset__provider", flat=True).distinct(),
        *entered.values_list("provider", flat=True),
    }


def notify_changed(competition: Competition, changes: Collection[FieldChange], now: datetime) -> None:
    """Tell the providers concerned what changed that is public, before and after; nothing while it is a
    draft."""
    public = public_changes(changes, now)
    if not public or not competition.is_published(now):
        return

    def say(to: Organisation) -> Words:
        return f"{competition.ref} has changed", [
            f"{competition.operator} changed {competition.ref} {competition.name}.",
            *(_change_in_words(change, to) for change in public),
        ]

    notify_organisations(
        CHANGED.code,
        concerned(competition),
        [Role.PROCUREMENT, Role.BIDS],
        say,
        link=page_of(competition),
        key=f"{competition.pk} {now.isoformat()}",
        about=lambda to: {"competitions": [competition.ref], "fields": [key for key, *_ in public]},
        now=now,
    )


def _change_in_words(change: FieldChange, to: Organisation) -> str:
    key, before, after = change
    old, new = (_shortened(shown(key, value, to.zone)) or "nothing" for value in (before, after))
    return f"{header_of(key)}: {old} → {new}"


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def notify_answered(question: Question, now: datetime) -> None:
    """Tell the providers that have entered, and the one that asked, alike: no mail tells who asked."""
    competition = question.competition
    entered = Entry.objects.filter(competition=competition, state=EntryState.ENTERED).order_by()
    told = {question.provider_id, *entered.values_list("provider", flat=True)}

    def say(to: Organisation) -> Words:
        return f"A question about {competition.ref} is answered", [
            f"{competition.operator} answers a question about {competition.ref} {competition.name}.",
            f"Question: {question.published_text}",
            f"Answer: {question.answer}",
        ]

    notify_organisations(
        ANSWERED.code,
        sorted(told),
        [Role.PROCUREMENT, Role.BIDS],
        say,
        link=reverse("competitions:competition_questions", args=[competition.ref]),
        key=str(question.pk),
        now=now,
    )


def notify_cancelled(competition: Competition, now: datetime) -> None:
    """Tell the providers concerned, with the reason; nothing when it never was published."""
    if not competition.is_published(now):
        return

    def say(to: Organisation) -> Words:
        return f"{competition.ref} is cancelled", [
            f"{competition.operator} cancelled {competition.ref} {competition.name}.",
            f"The reason given: {competition.cancellation_reason}",
        ]

    link, key = page_of(competition), str(competition.pk)
    notify_organisations(
        CANCELLED.code,
        concerned(competition),
        [Role.PROCUREMENT, Role.BIDS],
        say,
        link=link,
        key=key,
        about=lambda to: {"competitions": [competition.ref]},
        now=now,
    )


def notify_verdicts_changed(
    competition: Competition, changes: Iterable[tuple[Asset, str, str, str]], *, key: str, now: datetime
) -> None:
    """Tell providers what the operator decided about their assets: asset, verdict before, after, reason, in
    words.

    Called in the transaction of the decision; ``key`` is unique to it.
    """
    by_provider: dict[uuid.UUID, list[str]] = {}
    assets: dict[uuid.UUID, list[str]] = {}
    for asset, before, after, reason in changes:
        assets.setdefault(asset.provider_id, []).append(asset.ref)
        told = f"{asset.ref}: {before} → {after}" + (f". The reason given: {reason}" if reason else "")
        by_provider.setdefault(asset.provider_id, []).append(told)

    def say(to: Organisation) -> Words:
        lines = sorted(by_provider[to.pk])
        return f"{competition.operator} decided about assets of yours in {competition.ref}", [
            f"How {counted(len(lines), 'asset stands', 'assets stand')} in {competition.ref} {competition.name}:",
            *lines[:20],
            *([f"And {count_text(len(lines) - 20)} more."] if len(lines) > 20 else []),
        ]

    notify_organisations(
        VERDICT.code,
        by_provider,
        [Role.PROCUREMENT],
        say,
        link=page_of(competition),
        key=key,
        about=lambda to: {"competitions": [competition.ref], "assets": sorted(assets[to])},
        now=now,
    )


def notify_entries_lost(entries: Collection[Entry], now: datetime) -> None:
    """Tell each provider whose entry fell back to undecided, since none of the windows applies any more."""
    for entry in entries:
        competition = entry.competition

        def say(to: Organisation, competition: Competition = competition) -> Words:
            close = deadline(competition.qualification_close, to.zone, competition.operator.zone)
            is_open = now < competition.qualification_close
            return f"You no longer take part in {competition.ref}", [
                f"Your eligible assets reach the minimum aggregate size of no service window of {competition.ref}"
                f" {competition.name} any more, so your entry is undecided again.",
                f"You can enter again until {close} once your assets reach it."
                if is_open
                else f"Qualification closed on {close}: ask {competition.operator} if you think that this is wrong.",
            ]

        notify_organisations(
            ENTRY_LOST.code,
            [entry.provider_id],
            [Role.PROCUREMENT],
            say,
            link=reverse("qualification:entries"),
            key=f"{entry.pk} {now.isoformat()}",
            about=lambda to, ref=competition.ref: {"competitions": [ref]},  # type: ignore[misc]
            now=now,
        )


def notify_reopened(given: Reopening) -> None:
    """Tell the provider that it may enter after all, until when, and why."""
    competition = given.competition

    def say(to: Organisation) -> Words:
        until = competition.bidding_open
        last = (
            f"until {deadline(until, to.zone, competition.operator.zone)}"
            if until is not None
            else "from now on"
        )
        return f"You may still enter {competition.ref}", [
            f"Qualification of {competition.ref} {competition.name} has closed, but your entry was reopened.",
            f"You can enter {last}, with your assets as they were when it closed.",
            f"The reason given: {given.reason}",
        ]

    notify_organisations(
        REOPENED.code,
        [given.provider_id],
        [Role.PROCUREMENT],
        say,
        link=reverse("qualification:entries"),
        key=str(given.pk),
        now=given.reopened_at,
    )


def notify_closed(competitions: Collection[Competition], now: datetime) -> None:
    """Tell the operators who entered, and with how much."""
    entered: dict[uuid.UUID, dict[uuid.UUID, str]] = {}
    entries = Entry.objects.filter(competition__in=competitions, state=EntryState.ENTERED).order_by(
        "provider__name"
    )
    for competition_id, provider_id, name in entries.values_list("competition", "provider", "provider__name"):
        entered.setdefault(competition_id, {})[provider_id] = name
    offered = eligible_mw(competition_ids=[each.pk for each in competitions])

    def numbers(competition: Competition) -> tuple[dict[uuid.UUID, str], str, str]:
        names = entered.get(competition.pk, {})
        mw = sum((offered.get((competition.pk, provider), Decimal(0)) for provider in names), Decimal(0))
        who = counted(len(names), "provider has", "providers have") if names else "Nobody has"
        return names, who, megawatts(mw, competition.power_type)

    def alone(competition: Competition, to: Organisation) -> Words:
        names, who, mw = numbers(competition)
        listed = f": {some_of(list(names.values()))}" if names else ""
        return f"Qualification of {competition.ref} has closed", [
            f"{who} entered {competition.ref} {competition.name}{listed}.",
            *([f"Their eligible assets have {mw} together."] if names else []),
        ]

    def line(competition: Competition, to: Organisation) -> str:
        names, who, mw = numbers(competition)
        return f"{who} entered {competition.ref} {competition.name}" + (
            f", with {mw} together." if names else "."
        )

    wording = CompetitionWording(
        CLOSED.code,
        Role.PROCUREMENT,
        alone,
        "Qualification of {count} competitions has closed",
        line,
        lambda competition: reverse("qualification:competition_assets", args=[competition.pk]),
        reverse("competitions:list"),
    )
    notify_of_competitions(wording, {each: {each.operator_id} for each in competitions}, now)
