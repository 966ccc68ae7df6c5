"""Who sees which assets, verdicts and entries."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import (
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import Coalesce, Upper

from accounts.models import Member
from competitions.domain.queries import (
    areas_of,
    by_next_deadline,
    competitions_visible_to,
    listed,
    live_competitions,
)
from competitions.models import Area, Competition, ServiceWindow
from marketplace.prepared import asked
from qualification.enums import EntryState
from qualification.models import (
    Asset,
    AssetGroup,
    AssetInOperatingArea,
    AssetType,
    Entry,
    Override,
    PlannedAsset,
    PlannedVerdict,
    Reopening,
    Verdict,
)


def assets_visible_to(member: Member | None, now: datetime) -> QuerySet[Asset]:
    """A provider sees its own; an operator those within a boundary or with an override in its published
    competitions, and those in its operating area.
    """
    assets = Asset.objects.select_related("asset_type", "provider", "group")
    if member is None:
        return assets.none()
    if member.is_fsp:
        return assets.filter(provider=member.organisation_id)
    within = _published(Verdict.objects.filter(competition__operator=member.organisation_id), now)
    near = AssetInOperatingArea.objects.filter(operator=member.organisation_id, asset=OuterRef("pk"))
    return assets.filter(Exists(within.filter(asset=OuterRef("pk"))) | Exists(near)).exclude(
        status="archived"
    )


def groups_of(member: Member | None) -> QuerySet[AssetGroup]:
    """The asset groups of the member's own company, in the order of their refs."""
    if member is None or not member.is_fsp:
        return AssetGroup.objects.none()
    return AssetGroup.objects.filter(provider=member.organisation_id).order_by("ref", "pk")


def asset_types() -> QuerySet[AssetType]:
    """The types that admins list, by category."""
    return AssetType.objects.order_by("category", "name")


def own_places(member: Member) -> list[tuple[float, float]]:
    """Longitude and latitude of each asset in use of the member's own organisation."""
    assets = Asset.objects.filter(provider=member.organisation_id).exclude(status="archived")
    return [(float(east), float(north)) for east, north in assets.values_list("longitude", "latitude")]


def _published(verdicts: QuerySet[Verdict], now: datetime) -> QuerySet[Verdict]:
    return verdicts.filter(competition__publish_on__lte=now).exclude(
        competition__cancelled_at__lt=F("competition__publish_on")
    )


def verdicts_visible_to(member: Member | None, now: datetime) -> QuerySet[Verdict]:
    """A provider sees those of its own assets, an operator those in its own competitions; only in published
    ones."""
    related = ("asset__asset_type", "asset__provider", "asset__group", "competition")
    verdicts = _published(Verdict.objects.select_related(*related), now)
    if member is None:
        return verdicts.none()
    if member.is_fsp:
        return verdicts.filter(asset__provider=member.organisation_id)
    return verdicts.filter(competition__operator=member.organisation_id)


def with_listed_competitions(verdicts: QuerySet[Verdict]) -> QuerySet[Verdict]:
    """The same, each with what a line of a list tells of its competition."""
    return verdicts.prefetch_related(Prefetch("competition", listed(Competition.objects.order_by())))


def eligible_asset_count(member: Member, now: datetime) -> int:
    """How many different assets of the company are eligible in a live competition."""
    [[number]] = asked(
        "qualification.eligible_assets",
        Verdict,
        lambda: _eligible_now(member, now).aggregate(number=Count("asset", distinct=True)),
        whose=member,
        own=member.organisation_id,
        now=now,
    )
    return int(number)


def listed_asset_count(member: Member, now: datetime) -> int:
    """How many assets that are not archived the member sees."""

    def counted() -> None:
        assets_visible_to(member, now).exclude(status="archived").order_by().count()

    given = {"now": now} if member.is_so else {}
    own = member.organisation_id
    [[number]] = asked("qualification.listed_assets", Asset, counted, whose=member, own=own, **given)
    return int(number)


def eligible_somewhere(member: Member, now: datetime) -> Exists:
    """For a query of assets: whether the asset is eligible in a live competition that the member may see."""
    return Exists(_eligible_now(member, now).filter(asset=OuterRef("pk")))


def _eligible_now(member: Member, now: datetime) -> QuerySet[Verdict]:
    live = live_competitions(now).order_by()
    return verdicts_visible_to(member, now).filter(eligible=True, competition__in=live)


def eligible_in(member: Member, asset_ids: Collection[uuid.UUID], now: datetime) -> dict[uuid.UUID, int]:
    """In how many live competitions each of the assets is eligible; without those that are so in none."""
    keys = list(asset_ids)

    def numbers() -> None:
        found = _eligible_now(member, now).filter(asset__among=keys).order_by()
        list(found.values_list("asset").annotate(Count("pk")))

    own = member.organisation_id
    return dict(
        asked("qualification.eligible_in", Verdict, numbers, whose=member, own=own, now=now, keys=keys)
    )


def planned_assets_of(member: Member | None) -> QuerySet[PlannedAsset]:
    """The planned assets of the member's own company."""
    planned = PlannedAsset.objects.select_related("asset_type", "competition", "verdict")
    return (
        planned.filter(provider=member.organisation_id)
        if member is not None and member.is_fsp
        else planned.none()
    )


def planned_verdicts_visible_to(member: Member | None, now: datetime) -> QuerySet[PlannedVerdict]:
    """As :func:`verdicts_visible_to`, for planned assets."""
    verdicts = PlannedVerdict.objects.select_related(
        "planned_asset__asset_type", "planned_asset__provider", "competition"
    ).filter(competition__publish_on__lte=now)
    if member is None:
        return verdicts.none()
    if member.is_fsp:
        return verdicts.filter(planned_asset__provider=member.organisation_id)
    return verdicts.filter(competition__operator=member.organisation_id)


def entries_visible_to(member: Member | None, now: datetime) -> QuerySet[Entry]:
    """A provider's own entries; an operator's those in its competitions. Nobody else's."""
    entries = Entry.objects.select_related("competition", "provider")
    if member is None:
        return entries.none()
    if member.is_fsp:
        return entries.filter(provider=member.organisation_id)
    return entries.filter(competition__operator=member.organisation_id)


def entry_states(own: uuid.UUID, competition_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The states of a provider's own entries in these competitions, by competition."""
    keys = list(competition_ids)

    def states() -> None:
        entries = Entry.objects.filter(provider=own, competition__among=keys).order_by()
        list(entries.values_list("competition", "state"))

    return dict(asked("qualification.entry_states", Entry, states, whose=None, own=own, keys=keys))


def entered_providers(member: Member, competition: Competition, now: datetime) -> set[uuid.UUID]:
    """The providers that entered the competition, of those that the member sees."""

    def entered() -> None:
        found = entries_visible_to(member, now).filter(competition=competition, state=EntryState.ENTERED)
        list(found.order_by().values_list("provider"))

    own, key = member.organisation_id, competition.pk
    rows = asked("qualification.entered_here", Entry, entered, whose=member, own=own, competition=key)
    return {provider for (provider,) in rows}


def competitions_to_answer(member: Member, now: datetime) -> QuerySet[Competition]:
    """The live competitions, with the state of the member's own entry as ``entry_state`` (None:
    undecided)."""
    own = Entry.objects.filter(competition=OuterRef("pk"), provider=member.organisation_id)
    visible = competitions_visible_to(member, now).filter(
        pk__in=live_competitions(now).order_by().values("pk")
    )
    return by_next_deadline(visible.annotate(entry_state=own.values("state")[:1]), now)


def live_count(member: Member, now: datetime) -> int:
    """How many live competitions the member may see."""
    given = {"own": member.organisation_id} if member.is_so else {}

    def counted() -> None:
        competitions_visible_to(member, now).filter(
            pk__in=live_competitions(now).order_by().values("pk")
        ).count()

    [[number]] = asked("qualification.live", Competition, counted, whose=member, now=now, **given)
    return int(number)


def live_named(member: Member, now: datetime) -> list[tuple[uuid.UUID, str, str]]:
    """Key, ref and name of the live competitions that the member may see, in the order of lists."""
    given = {"own": member.organisation_id} if member.is_so else {}

    def named() -> None:
        list(live_competitions_for(member, now).values_list("pk", "ref", "name"))

    rows = asked("qualification.live_named", Competition, named, whose=member, now=now, **given)
    return [(pk, ref, name) for pk, ref, name in rows]


def live_competitions_for(member: Member, now: datetime) -> QuerySet[Competition]:
    """The live competitions that the member may see: all for a provider, its own for an operator."""
    live = competitions_visible_to(member, now).filter(pk__in=live_competitions(now).order_by().values("pk"))
    return by_next_deadline(live, now)


def competitions_explained_to(member: Member, now: datetime) -> QuerySet[Competition]:
    """Where the member may read how assets stand: for a provider all that is published, for an operator its
    own."""
    return competitions_visible_to(member, now).filter(publish_on__lte=now)


def windows_of(competition: Competition) -> QuerySet[ServiceWindow]:
    """The competition's service windows with their periods, in their order."""
    return ServiceWindow.objects.filter(competition=competition).select_related("period")


def competitions_by_ref(refs: Collection[str], now: datetime) -> dict[str, Competition]:
    """Published competitions before their qualification close, by their refs in capitals."""
    found = (
        Competition.objects.annotate(ref_in_capitals=Upper("ref"))
        .filter(
            ref_in_capitals__in=list(refs),
            publish_on__lte=now,
            qualification_close__gt=now,
            cancelled_at=None,
        )
        .filter(Q(archive_on=None) | Q(archive_on__gt=now))
    )
    return {competition.ref.upper(): competition for competition in found}


class Decided(NamedTuple):
    """What an operator's override says; ``copied_from`` is the ref of the competition that it was copied from."""

    decision: str
    reason: str
    copied_from: str | None


_DECIDED = ("decision", "reason", "copied_from__ref")


def latest_overrides(
    competition_ids: Collection[uuid.UUID], asset_ids: Collection[uuid.UUID]
) -> dict[tuple[uuid.UUID, uuid.UUID], Decided]:
    """The overrides that count, by competition and asset; those taken back are left out."""
    competitions, assets = list(competition_ids), list(asset_ids)
    if not competitions or not assets:
        return {}

    def latest() -> None:
        found = Override.objects.filter(competition__among=competitions, asset__among=assets, is_latest=True)
        list(found.exclude(decision="").order_by().values_list("competition", "asset", *_DECIDED))

    rows = asked(
        "qualification.overrides", Override, latest, whose=None, competitions=competitions, assets=assets
    )
    return {(competition, asset): Decided(*told) for competition, asset, *told in rows}


def overrides_of(
    member: Member, competition_ids: Collection[uuid.UUID]
) -> dict[tuple[uuid.UUID, uuid.UUID], Override]:
    """The latest override of each asset in these competitions of the operator, by competition and asset.

    One that was taken back is among them; its decision is blank.
    """
    found = Override.objects.filter(
        competition__in=competition_ids, competition__operator=member.organisation_id
    )
    return {(each.competition_id, each.asset_id): each for each in found.filter(is_latest=True)}


def assets_by_id(asset_ids: Collection[uuid.UUID]) -> QuerySet[Asset]:
    """The assets with these ids, whosever they are: only people who were given an id know it."""
    return Asset.objects.filter(pk__in=asset_ids).select_related("provider", "asset_type")


def override_reason() -> "Subquery":
    """For a query of verdicts: the reason of the latest override."""
    latest = Override.objects.filter(
        competition=OuterRef("competition"), asset=OuterRef("asset"), is_latest=True
    )
    return Subquery(latest.values("reason")[:1])


def reopened_to(member: Member, competition_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the competitions whose entry was reopened to the member's company."""
    own, keys = member.organisation_id, list(competition_ids)

    def reopened() -> None:
        given = Reopening.objects.filter(provider=own, competition__among=keys).order_by()
        list(given.values_list("competition"))

    rows = asked("qualification.reopened", Reopening, reopened, whose=None, own=own, keys=keys)
    return {competition for (competition,) in rows}


def overrides_visible_to(member: Member | None) -> QuerySet[Override]:
    """Every decision, newest first: a provider sees those about its own assets, an operator its own."""
    overrides = Override.objects.select_related("asset__provider", "competition", "copied_from").order_by(
        "-id"
    )
    if member is None:
        return overrides.none()
    if member.is_fsp:
        return overrides.filter(asset__provider=member.organisation_id)
    return overrides.filter(competition__operator=member.organisation_id)


def decisions_told(member: Member, asset: Asset) -> "QuerySet[Override]":
    """Every decision about one asset that the member sees, with what its page tells alone."""
    about = overrides_visible_to(member).filter(asset=asset)
    told = ("decision", "reason", "decided_at", "is_latest", "competition__ref", "copied_from__ref")
    return about.select_related(None).select_related("competition", "copied_from").only(*told)


def listed_areas(member: Member) -> "QuerySet[Area]":
    """The operator's areas in use, each with ``meter_count`` and when and by whom its meter list was
    replaced."""
    own = (
        areas_of(member).filter(archived_at=None).select_related("meter_list").defer("meter_list__meter_ids")
    )
    count = Coalesce(Func("meter_list__meter_ids", function="cardinality", output_field=IntegerField()), 0)
    return own.annotate(meter_count=count).order_by("reference")
