"""Who sees which assets, verdicts and entries."""

import uuid
from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Upper

from accounts.models import Member
from competitions.domain.queries import competitions_visible_to, live_competitions
from competitions.models import Competition
from qualification.models import Asset, AssetInOperatingArea, AssetType, Entry, PlannedAsset, PlannedVerdict, Verdict


def assets_visible_to(member: Member | None, now: datetime) -> QuerySet[Asset]:
    """A provider sees its own; an operator those within a boundary of its published competitions or its operating area."""
    assets = Asset.objects.select_related("asset_type", "provider")
    if member is None:
        return assets.none()
    if member.is_fsp:
        return assets.filter(provider=member.organisation_id)
    within = _published(Verdict.objects.filter(competition__operator=member.organisation_id), now)
    near = AssetInOperatingArea.objects.filter(operator=member.organisation_id, asset=OuterRef("pk"))
    return assets.filter(Exists(within.filter(asset=OuterRef("pk"))) | Exists(near)).exclude(status="archived")


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
    """A provider sees those of its own assets, an operator those in its own competitions; only in published ones."""
    verdicts = _published(Verdict.objects.select_related("asset__asset_type", "asset__provider", "competition"), now)
    if member is None:
        return verdicts.none()
    if member.is_fsp:
        return verdicts.filter(asset__provider=member.organisation_id)
    return verdicts.filter(competition__operator=member.organisation_id)


def eligible_asset_count(member: Member, now: datetime) -> int:
    """How many different assets of the company are eligible in a live competition."""
    eligible = verdicts_visible_to(member, now).filter(failed=[], competition__in=live_competitions(now).order_by())
    return eligible.order_by().values("asset").distinct().count()


def planned_assets_of(member: Member | None) -> QuerySet[PlannedAsset]:
    """The planned assets of the member's own company."""
    planned = PlannedAsset.objects.select_related("asset_type", "competition", "verdict")
    return planned.filter(provider=member.organisation_id) if member is not None and member.is_fsp else planned.none()


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


def competitions_to_answer(member: Member, now: datetime) -> QuerySet[Competition]:
    """The live competitions, with the state of the member's own entry as ``entry_state`` (None: undecided)."""
    own = Entry.objects.filter(competition=OuterRef("pk"), provider=member.organisation_id)
    visible = competitions_visible_to(member, now).filter(pk__in=live_competitions(now).order_by().values("pk"))
    return visible.annotate(entry_state=own.values("state")[:1]).order_by("qualification_close", "ref")


def live_competitions_for(member: Member, now: datetime) -> QuerySet[Competition]:
    """The live competitions that the member may see: all for a provider, its own for an operator."""
    return competitions_visible_to(member, now).filter(pk__in=live_competitions(now).order_by().values("pk"))


def competitions_by_ref(refs: Collection[str], now: datetime) -> dict[str, Competition]:
    """Published competitions before their qualification close, by their refs in capitals."""
    found = (
        Competition.objects.annotate(ref_in_capitals=Upper("ref"))
        .filter(ref_in_capitals__in=list(refs), publish_on__lte=now, qualification_close__gt=now, cancelled_at=None)
        .filter(Q(archive_on=None) | Q(archive_on__gt=now))
    )
    return {competition.ref.upper(): competition for competition in found}


def meter_clashes(assets: Collection[Asset]) -> set[uuid.UUID]:
    """Those of the assets whose meter ID another provider lists as well."""
    meters = {meter for each in assets for meter in (each.import_meter_id, each.export_meter_id) if meter}
    if not meters:
        return set()
    listed = Asset.objects.filter(Q(import_meter_id__in=meters) | Q(export_meter_id__in=meters))
    owners: dict[str, set[uuid.UUID]] = {}
    for first, second, owner in listed.exclude(status="archived").values_list(
        "import_meter_id", "export_meter_id", "provider_id"
    ):
        for meter in {first, second} - {""}:
            owners.setdefault(meter, set()).add(owner)
    return {
        each.pk
        for each in assets
        if any(owners.get(meter, set()) - {each.provider_id} for meter in (each.import_meter_id, each.export_meter_id))
    }
