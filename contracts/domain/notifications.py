"""What contracts tell people."""

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from django.urls import reverse

from accounts.domain.organisation_notifications import About, Words, notify_organisations
from accounts.enums import Role
from accounts.models import Organisation
from competitions.models import Competition, TermsVersion
from contracts.models import Contract
from marketplace.notifications import Kind
from marketplace.numbers import count_text, counted
from marketplace.web.templatetags.marketplace import megawatts, money

STATUS = Kind("contract_status", "A contract of yours is awarded or changes its status", "fsp")
TERMS = Kind("contract_terms", "Contracts of yours get their settlement terms", "fsp")
KINDS = (STATUS, TERMS)


def notify_awarded(competition: Competition, contracts: Iterable[Contract], now: datetime) -> None:
    """Tell each seller of its new contracts, all in one."""
    by_seller: dict[uuid.UUID, list[Contract]] = {}
    for contract in contracts:
        by_seller.setdefault(contract.seller_id, []).append(contract)

    def say(to: Organisation) -> Words:
        own = by_seller[to.pk]
        cost = money(sum((each.expected_cost for each in own), Decimal(0)), competition.operator.currency)
        return f"You are awarded {counted(len(own), 'contract')} in {competition.ref}", [
            f"{competition.operator} awards your company {counted(len(own), 'contract')} in {competition.ref}"
            f" {competition.name}, expected to be worth {cost} together.",
            *(_line(each, competition) for each in own[:20]),
            *([f"And {count_text(len(own) - 20)} more."] if len(own) > 20 else []),
        ]

    notify_organisations(
        STATUS.code,
        by_seller,
        [Role.CONTRACTS],
        say,
        link=reverse("contracts:list"),
        key=f"awarded {competition.pk}",
        about=lambda to: _about(by_seller[to]),
        now=now,
    )


def notify_status(contract: Contract, now: datetime) -> None:
    """Tell the seller that a contract was signed, ended or withdrawn; called in the transaction that moves it."""
    competition = contract.competition
    status = contract.get_status_display().lower()

    def say(to: Organisation) -> Words:
        reason = [f"The reason given: {contract.withdrawal_reason}"] if contract.withdrawal_reason else []
        return f"Your contract in {competition.ref} is {status}", [
            f"{contract.buyer} and your company, {competition.ref} {competition.name}: {_line(contract, competition)}",
            *reason,
        ]

    notify_organisations(
        STATUS.code,
        [contract.seller_id],
        [Role.CONTRACTS],
        say,
        link=reverse("contracts:contract", args=[contract.pk]),
        key=f"{contract.pk} {contract.status}",
        about=lambda to: _about([contract]),
        now=now,
    )


def notify_terms(version: TermsVersion, contracts: Iterable[Contract], now: datetime) -> None:
    """Tell each seller which of its contracts got settlement terms; called in the transaction that gives them."""
    by_seller: dict[uuid.UUID, list[Contract]] = {}
    for contract in contracts:
        by_seller.setdefault(contract.seller_id, []).append(contract)

    def say(to: Organisation) -> Words:
        own = by_seller[to.pk]
        return f"Settlement terms for {counted(len(own), 'contract')} of yours", [
            f"{own[0].buyer} gives {counted(len(own), 'contract')} of your company the settlement terms {version}"
            f" ({version.name}). Read them on the contract's page; they do not change any more.",
            *(f"{each.competition.ref}, {_line(each, each.competition)}" for each in own[:20]),
            *([f"And {count_text(len(own) - 20)} more."] if len(own) > 20 else []),
        ]

    alone = {seller: own[0] for seller, own in by_seller.items() if len(own) == 1}
    first = next(iter(alone.values()), None) if len(by_seller) == 1 else None
    notify_organisations(
        TERMS.code,
        by_seller,
        [Role.CONTRACTS],
        say,
        link=reverse("contracts:contract", args=[first.pk]) if first else reverse("contracts:list"),
        key=f"terms {version.pk} {now.isoformat()}",
        now=now,
    )


def _about(contracts: Sequence[Contract]) -> About:
    """The contracts, which stand all alike and come of one competition."""
    return {
        "status": str(contracts[0].status),
        "competitions": [contracts[0].competition.ref],
        "contracts": [str(each.pk) for each in contracts],
    }


def _line(contract: Contract, competition: Competition) -> str:
    mw = megawatts(contract.capacity_mw, competition.power_type)
    return f"{contract.period_name}, {contract.window_name}: {mw}."
