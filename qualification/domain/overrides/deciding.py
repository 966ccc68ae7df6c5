"""Overrides: the operator's own decision about an asset in a competition. It beats every criterion.

Each decision is kept; the latest counts. It changes the verdict at once, also after the freeze, but never the
asset's capacity, and it makes no entry.
"""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts.models import Member
from competitions.domain.locks import lock_for_change
from competitions.enums import AssetStatus
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.chain import Event, lock_chains, record_many
from marketplace.errors import Refused
from qualification import rules
from qualification.domain import criteria, notifications
from qualification.domain.criteria.deadline import Deadline
from qualification.domain.criteria.location import Location
from qualification.domain.entries import entering
from qualification.domain.facts import data, reading
from qualification.domain.facts.asset_facts import megawatts
from qualification.domain.locks import own_verdicts
from qualification.domain.verdicts import engine, freeze
from qualification.domain.verdicts.requirements import requirements_of
from qualification.domain.verdicts.standing import standing_of
from qualification.enums import EntryState, OverrideDecision
from qualification.models import Asset, Entry, Freeze, Override, Verdict
from qualification.signals import verdicts_changed

ABSENT_AT_CLOSE = (Location.code, Deadline.code)
"""What a frozen verdict fails that is there only for its override."""


@dataclass(frozen=True)
class Decided:
    """What is decided about one asset; a blank decision takes the override back."""

    asset_id: uuid.UUID
    decision: str
    reason: str = ""
    copied_from: Competition | None = None


def override_assets(
    *,
    by: Member,
    competition: Competition,
    decided: Collection[Decided],
    now: datetime,
    seen_at: datetime | None = None,
) -> int:
    """Override the verdicts of these assets in the competition, all or none; returns how many decisions are
    new.

    ``seen_at`` is when the page was made that showed them: an override that came since is not replaced
    unseen. Raises ``NotAllowed`` for anyone but the operator's Procurement members, ``Refused`` before
    qualification opens, once bidding has opened, without a reason, or for an asset that is unknown or
    archived.
    """
    rules.check_runs(by, competition)
    for one in decided:
        if one.decision and not one.reason.strip():
            raise Refused("An override needs a reason: the provider reads it.")
    with transaction.atomic():
        competition = prepare(competition)
        if seen_at is not None:
            _check_none_came_since(competition, decided, seen_at)
        return store(competition, decided, by=by, now=clock.now())


def _check_none_came_since(competition: Competition, decided: Collection[Decided], seen_at: datetime) -> None:
    chosen = [one.asset_id for one in decided]
    since = Override.objects.filter(competition=competition, asset__in=chosen, decided_at__gt=seen_at)
    newest = since.select_related("asset").order_by("-decided_at").first()
    if newest is not None:
        who, what = newest.decided_by_email or "The platform", newest.get_decision_display() or "Take back"
        raise Refused(
            f"{who} decided “{what}” on {newest.asset.ref} since this was shown, so nothing was changed. "
            "Look at the assets again."
        )


def prepare(competition: Competition) -> Competition:
    """The competition, locked so that its verdicts can be overridden, and frozen if its close has come."""
    freeze.ready_for_asset_writes()
    locked = lock_for_change(competition.pk)
    own_verdicts([competition.pk])
    return locked


def store(competition: Competition, decided: Collection[Decided], *, by: Member | None, now: datetime) -> int:
    """Keep what is new among the decisions and apply it, in a transaction that has called :func:`prepare`."""
    rules.check_override_is_open(competition, now)
    assets = _assets([one.asset_id for one in decided])
    new = _news(competition, decided)
    if not new:
        return 0
    lock_chains({competition.operator_id, *(assets[one.asset_id].provider_id for one in new)})
    before = _standings(competition, assets, now)
    events = _keep(competition, new, assets, by, now)
    _apply(competition, [one.asset_id for one in new], now)
    record_many(competition.operator_id, by, events, now)
    after = _standings(competition, assets, now)
    reasons = {one.asset_id: one.reason for one in new}
    changes = [(assets[each], before[each], after[each], reason) for each, reason in reasons.items()]
    notifications.notify_verdicts_changed(competition, changes, key=str(uuid.uuid4()), now=now)
    return len(new)


def _assets(asset_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Asset]:
    found = (
        Asset.objects.filter(pk__in=asset_ids).exclude(status=AssetStatus.ARCHIVED).select_related("provider")
    )
    assets = {each.pk: each for each in found}
    for each in asset_ids:
        if each not in assets:
            raise Refused(f"There is no asset {each}, or it is archived.")
    return assets


def _latest(competition: Competition, asset_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, Override]:
    latest = Override.objects.filter(competition=competition, asset__in=asset_ids, is_latest=True)
    return {each.asset_id: each for each in latest}


def _news(competition: Competition, decided: Collection[Decided]) -> list[Decided]:
    """The decisions that differ from what counts now."""
    latest = _latest(competition, [one.asset_id for one in decided])
    new = []
    for one in decided:
        present = latest.get(one.asset_id)
        counts = (present.decision, present.reason) if present is not None and present.decision else ("", "")
        if (one.decision, one.reason.strip() if one.decision else "") != counts:
            new.append(one)
    return new


def _keep(
    competition: Competition,
    new: Sequence[Decided],
    assets: Mapping[uuid.UUID, Asset],
    by: Member | None,
    now: datetime,
) -> list[Event]:
    latest = _latest(competition, [one.asset_id for one in new])
    Override.objects.filter(pk__in=[each.pk for each in latest.values()]).update(is_latest=False)
    events = []
    rows = []
    for one in new:
        present = latest.get(one.asset_id)
        rows.append(
            Override(
                competition=competition,
                asset_id=one.asset_id,
                decision=one.decision,
                reason=one.reason.strip(),
                decided_at=now,
                decided_by_id=by.user_id if by is not None else None,
                decided_by_email=by.email if by is not None else "",
                copied_from=one.copied_from,
            )
        )
        changes = {
            "competition": (competition.ref, competition.ref),
            "override": (present.decision if present else "", one.decision),
            "reason": (present.reason if present else "", one.reason.strip()),
        }
        if one.copied_from is not None:
            changes["copied from"] = ("", one.copied_from.ref)
        events.append(Event("verdict overridden", assets[one.asset_id], changes))
    Override.objects.bulk_create(rows, batch_size=1000)
    return events


def _apply(competition: Competition, asset_ids: Collection[uuid.UUID], now: datetime) -> None:
    """Bring the verdicts in line with the latest overrides."""
    own = Competition.objects.filter(pk=competition.pk)
    if not Freeze.objects.filter(competition=competition).exists():
        engine.judge(requirements_of(own, now), asset_ids, now)
        return
    decisions = {each.asset_id: each.decision for each in _latest(competition, asset_ids).values()}
    verdicts = Verdict.objects.filter(competition=competition)
    for decision in ("", *OverrideDecision.values):
        named = [each for each, latest in decisions.items() if latest == decision]
        verdicts.filter(asset__in=named).update(override=decision, changed_at=now)
    verdicts.filter(asset__in=asset_ids, override="", failed__overlap=list(ABSENT_AT_CLOSE)).delete()
    known = set(verdicts.filter(asset__in=asset_ids).values_list("asset_id", flat=True))
    missing = [each for each, latest in decisions.items() if latest and each not in known]
    Verdict.objects.bulk_create(_beyond_the_freeze(competition, missing, decisions, now), batch_size=1000)
    data.freeze_verdicts_of(competition.pk)
    entering.fall_back([competition.pk], now)
    verdicts_changed.send(sender=override_assets, competition_ids={competition.pk}, now=now)


def _beyond_the_freeze(
    competition: Competition,
    asset_ids: Collection[uuid.UUID],
    decisions: Mapping[uuid.UUID, str],
    now: datetime,
) -> list[Verdict]:
    """Verdicts on assets that had none when qualification closed, judged by their data now."""
    requirements = requirements_of(Competition.objects.filter(pk=competition.pk), now)
    shapes = reading.shapes_of([competition.pk])
    made = []
    for chunk in reading.chunks(asset_ids, shapes):
        for _, asset_id, in_buffer, bits, capacity in engine.pairs(requirements, shapes, chunk):
            failed = criteria.codes_of(bits)
            if not set(failed) & set(ABSENT_AT_CLOSE):
                failed = [Location.code, *failed]  # it lies inside only since the close
            made.append(
                Verdict(
                    competition=competition,
                    asset_id=asset_id,
                    in_buffer=in_buffer and Location.code not in failed,
                    failed=failed,
                    override=decisions[asset_id],
                    relevant_capacity_mw=megawatts(capacity),
                    changed_at=now,
                )
            )
    return made


def _standings(
    competition: Competition, assets: Mapping[uuid.UUID, Asset], now: datetime
) -> dict[uuid.UUID, str]:
    """How each asset stands, as people read it."""
    verdicts = Verdict.objects.filter(competition=competition, asset__in=assets)
    found = {
        asset: (eligible, override)
        for asset, eligible, override in verdicts.values_list("asset", "eligible", "override")
    }
    answers = dict(Entry.objects.filter(competition=competition).values_list("provider", "state"))
    told = {}
    for each, asset in assets.items():
        eligible, override = found.get(each, (False, ""))
        state = answers.get(asset.provider_id, EntryState.UNDECIDED)
        told[each] = standing_of(
            is_eligible=eligible, override=override, competition=competition, entry_state=state, now=now
        ).label
    return told
