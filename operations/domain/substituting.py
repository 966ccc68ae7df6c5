"""Substitutions: the provider proposes to exchange assets of a contract from a day on, the operator approves or refuses."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from competitions.enums import AssetStatus
from contracts.domain.substituting import check_may_substitute, substitute
from contracts.models import Contract
from marketplace import clock, states
from marketplace.audit.chain import lock_chains, record
from marketplace.errors import NotAllowed, Refused
from marketplace.keys import key_form
from marketplace.numbers import count_text, counted
from operations import rules
from operations.domain.recording import contract_for_update, locked_contract
from operations.domain.substitution_notifications import notify_answered, notify_proposed
from operations.enums import SubstitutionState
from operations.models import SubstitutedAsset, Substitution
from qualification.domain.verdicts.present import failing_now
from qualification.models import Asset

LONGEST_ANSWER = 1000
MOST_ASSETS = 5_000
MOST_NAMED = 5


def substitutions_of(member: Member) -> QuerySet[Substitution]:
    """What was proposed for contracts in which the member's organisation buys or sells."""
    party = "contract__buyer" if member.is_so else "contract__seller"
    return (
        Substitution.objects.filter(**{party: member.organisation_id})
        .select_related("contract__competition", "contract__buyer", "contract__seller")
        .prefetch_related("assets")
    )


@transaction.atomic
def propose_substitution(
    *,
    by: Member,
    contract_id: UUID,
    add: Collection[UUID],
    remove: Collection[UUID],
    from_day: date,
    now: datetime,
) -> Substitution:
    """Ask the buyer to exchange assets of a contract from a local day on, today or later.

    ``add`` are assets of the provider that pass the competition's criteria now; ``remove`` are assets, or planned ones, of
    the contract. Raises ``Refused``, naming the assets that stand in the way with why, and ``NotAllowed``.
    """
    contract = locked_contract(by, contract_id)
    rules.check_may_propose_assets(by, contract)
    instant = clock.now()
    add, remove = set(add), set(remove)
    if not add and not remove:
        raise Refused("Name an asset to add or to remove.")
    if len(add) + len(remove) > MOST_ASSETS:
        raise Refused(f"A substitution names at most {count_text(MOST_ASSETS)} assets.")
    _check_day(contract, from_day, instant)
    assets = _own_assets(contract, add)
    check_may_substitute(contract, add, remove, from_day)
    _check_criteria(contract, assets, instant)
    made = Substitution.objects.create(
        contract=contract, from_day=from_day, proposed_at=instant, proposed_by_id=by.user_id
    )
    refs = {row.asset_id: row.asset_ref for row in contract.assets.all() if row.asset_id in remove}
    rows = [SubstitutedAsset(asset_id=each.pk, asset_ref=each.ref, is_added=True) for each in assets]
    rows += [SubstitutedAsset(asset_id=pk, asset_ref=ref, is_added=False) for pk, ref in refs.items()]
    for row in rows:
        row.substitution = made
    SubstitutedAsset.objects.bulk_create(rows)
    changes = {
        "added": (None, sorted(each.ref for each in assets)),
        "removed": (None, sorted(refs.values())),
        "from": (None, from_day.isoformat()),
    }
    for party in (contract.buyer_id, contract.seller_id):
        _record(made, by, party, "substitution of assets proposed", changes, instant)
    notify_proposed(made, contract, instant)
    return made


@transaction.atomic
def answer_substitution(
    *, by: Member, substitution_id: UUID, approve: bool, answer: str = "", now: datetime
) -> None:
    """Approve a substitution, so that the contract's assets change from its day on, or refuse it with a reason.

    What it adds must still pass the criteria. Raises ``Refused``, also for one that is answered, and ``NotAllowed``.
    """
    found = substitutions_of(by).filter(pk=substitution_id).first()
    if found is None:
        raise NotAllowed("Your organisation has no such substitution.")
    rules.check_may_answer_assets(by, found.contract)
    answer = answer.strip()
    if not approve and not answer:
        raise Refused("Say why the substitution is refused; the provider reads it.")
    if len(answer) > LONGEST_ANSWER:
        raise Refused(f"An answer can have at most {count_text(LONGEST_ANSWER)} characters.")
    lock_chains((found.contract.buyer_id, found.contract.seller_id))
    contract = contract_for_update(found.contract_id)
    instant = clock.now()
    if Substitution.objects.get(pk=found.pk).state != SubstitutionState.PROPOSED:
        raise Refused("This substitution has been answered already.")
    changes: dict[str, tuple[Any, Any]] = {}
    if approve:
        changes = _approved(found, contract, instant)
    to = SubstitutionState.APPROVED if approve else SubstitutionState.REFUSED
    action = f"substitution of assets {to.value}"
    states.move(
        found,
        "state",
        to,
        by=by,
        action=action,
        now=instant,
        organisation_id=contract.buyer_id,
        answer=answer,
        answered_at=instant,
        answered_by_id=by.user_id,
    )
    told = changes | ({"answer": (None, answer)} if answer else {})
    _record(found, by, contract.seller_id, action, {"state": ("proposed", to.value)} | told, instant)
    notify_answered(found, contract, instant)


def _approved(found: Substitution, contract: Contract, instant: datetime) -> dict[str, tuple[Any, Any]]:
    _check_runs(contract)
    added = [each.asset_id for each in found.assets.all() if each.is_added]
    removed = [each.asset_id for each in found.assets.all() if not each.is_added]
    assets = _own_assets(contract, added)
    _check_criteria(contract, assets, instant)
    return substitute(contract, assets, removed, found.from_day, instant)


def _check_runs(contract: Contract) -> None:
    if contract.status not in rules.CAN_RUN:
        told = contract.get_status_display().lower()
        raise Refused(f"The contract is {told}, so its assets stay as they are.")


def _check_day(contract: Contract, from_day: date, now: datetime) -> None:
    _check_runs(contract)
    if from_day < now.astimezone(contract.buyer.zone).date():
        raise Refused("A substitution counts from today on, or from a later day.")
    if from_day >= contract.end_day:
        raise Refused("The contract's service is over by then.")


def _own_assets(contract: Contract, ids: Collection[UUID]) -> list[Asset]:
    found = list(Asset.objects.filter(provider=contract.seller_id, pk__in=ids).order_by("ref", "pk"))
    if len(found) < len(set(ids)):
        raise Refused("Only assets of the provider's own can be added.")
    return found


def _check_criteria(contract: Contract, assets: Sequence[Asset], now: datetime) -> None:
    """Raise ``Refused`` where one of the assets does not pass the competition's criteria now."""
    failing = failing_now(contract.competition, [each.pk for each in assets], now)
    if not failing:
        return
    refs = {each.pk: each.ref for each in assets}
    named = sorted((refs[pk], " ".join(reasons)) for pk, reasons in failing.items())
    more = len(named) - MOST_NAMED
    told = [f"{ref}: {reasons}" for ref, reasons in named[:MOST_NAMED]]
    raise Refused(
        f"{counted(len(named), 'asset')} can't be added: {'it does' if len(named) == 1 else 'they do'} not pass the"
        f" criteria of {contract.competition.ref} now. {' '.join(told)}"
        + (f" And {count_text(more)} more." if more > 0 else "")
    )


def _record(
    row: Substitution,
    by: Member,
    party: UUID,
    action: str,
    changes: dict[str, tuple[Any, Any]],
    now: datetime,
) -> None:
    record(organisation_id=party, by=by, action=action, subject=row, changes=changes, now=now)


def refs_in(text: str) -> list[str]:
    """The refs written in a text, separated by commas, semicolons or lines."""
    parts = text.replace(";", ",").replace("\n", ",").split(",")
    return list(dict.fromkeys(each.strip() for each in parts if each.strip()))


def asset_ids_by_ref(member: Member) -> dict[str, UUID]:
    """The member's own assets that are not archived, by the form in which refs are compared."""
    own = Asset.objects.filter(provider=member.organisation_id).exclude(status=AssetStatus.ARCHIVED)
    return {key_form(ref): pk for ref, pk in own.values_list("ref", "pk")}


def planned_among(ids: Iterable[UUID]) -> set[UUID]:
    """Those of a contract's assets that are only planned: they deliver nothing until they are substituted."""
    wanted = set(ids)
    return wanted - set(Asset.objects.filter(pk__in=wanted).values_list("pk", flat=True))
