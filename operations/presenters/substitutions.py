"""What the page of a contract's assets shows, and what waits for the operator there."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Member
from contracts.models import ContractedAsset
from marketplace.dates import day_text, season_text, short_day_text
from marketplace.numbers import counted
from marketplace.web.todo import MOST_OF_A_KIND, ToDo
from operations.domain.substituting import substitutions_of
from operations.domain.substitution_notifications import what_changes
from operations.enums import SubstitutionState
from operations.models import Substitution

PILLS = {
    SubstitutionState.PROPOSED: ("Waits for the operator", "amber"),
    SubstitutionState.APPROVED: ("Approved", "green"),
    SubstitutionState.REFUSED: ("Refused", "red"),
}


@dataclass(frozen=True)
class AssetRow:
    """An asset of a contract, with the days on which it counts."""

    ref: str
    name: str
    since: str
    until: str
    state: str
    colour: str


def asset_rows(rows: Iterable[ContractedAsset], planned: Collection[UUID], today: date) -> Iterator[AssetRow]:
    """Each asset with its state on a day; ``planned`` have no place yet."""
    for row in rows:
        state, colour = _state(row, row.asset_id in planned, today)
        yield AssetRow(
            row.asset_ref,
            row.data.get("name") or "",
            "the award" if row.from_day is None else day_text(row.from_day),
            "–" if row.last_day is None else day_text(row.last_day),
            state,
            colour,
        )


def _state(row: ContractedAsset, is_planned: bool, today: date) -> tuple[str, str]:
    if row.last_day is not None and row.last_day < today:
        return "Removed", ""
    if is_planned:
        return "Planned: delivers nothing yet", "amber"
    if row.from_day is not None and row.from_day > today:
        return "To come", "violet"
    return "Delivers", "green"


@dataclass(frozen=True)
class ProposalRow:
    """A substitution in words."""

    substitution: Substitution
    changes: list[str]
    proposed: str
    answered: str
    state: str
    colour: str

    @property
    def waits(self) -> bool:
        return self.substitution.state == SubstitutionState.PROPOSED


def proposal_rows(found: Iterable[Substitution], zone: ZoneInfo, now: datetime) -> list[ProposalRow]:
    """Those that wait first, then the latest."""
    ordered = sorted(found, key=lambda each: each.state != SubstitutionState.PROPOSED)
    return [
        ProposalRow(
            each,
            what_changes(each),
            season_text(each.proposed_at, zone, now),
            "–" if each.answered_at is None else season_text(each.answered_at, zone, now),
            *PILLS[SubstitutionState(each.state)],
        )
        for each in ordered
    ]


def waiting(member: Member) -> QuerySet[Substitution]:
    """For an operator: the substitutions that wait for its answer, until the contract is over."""
    if not member.is_so:
        return Substitution.objects.none()
    return substitutions_of(member).filter(
        state=SubstitutionState.PROPOSED, contract__status__in=["awarded", "signed"]
    )


def to_answer(member: Member, now: datetime) -> Iterator[ToDo]:
    """For an operator: substitutions that wait for its answer, until the contract is over."""
    for each in waiting(member).order_by("from_day", "id")[:MOST_OF_A_KIND]:
        contract = each.contract
        yield ToDo(
            "Answer the substitution of",
            reverse("operations:contract_assets", args=[contract.pk]),
            "Answer",
            Role.OPERATIONS,
            since=each.proposed_at,
            ref=counted(len(each.assets.all()), "asset"),
            ref_url=reverse("operations:contract_assets", args=[contract.pk]),
            rest=f" in {contract.competition.ref}",
            why=f"{contract.seller} proposes it from {short_day_text(each.from_day)} on",
            fold="Answer {} substitutions",
            fold_url=reverse("operations:contract_assets", args=[contract.pk]),
        )
