"""What operations tells people of availability."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from django.urls import reverse

from accounts.domain.organisation_notifications import (
    OrganisationMessage,
    Words,
    notify_each_organisation,
    notify_organisations,
)
from accounts.enums import Role
from accounts.models import Organisation
from contracts.models import Contract
from marketplace.dates import moment_text
from marketplace.notifications import Kind
from marketplace.numbers import count_text, counted, power_text
from marketplace.units import power_unit
from operations.domain.occurrences import Stretch
from operations.domain.stretch_words import decimal_of, stretch_text
from operations.models import Unavailability

TO_DECLARE = Kind(
    "availability_to_declare", "Availability can be declared for one more day, and you have not", "fsp"
)
ANSWERED = Kind("availability_answered", "Availability of yours is accepted or released", "fsp")
TO_ANSWER = Kind(
    "availability_to_answer",
    "Declared availability waits for your answer, 2 hours and 15 minutes before",
    "so",
)
MISSING = Kind("unavailability", "Accepted availability is not there, or there again", "any")
KINDS = (TO_DECLARE, ANSWERED, TO_ANSWER, MISSING)
MOST_LINES = 20


def notify_answered(answers: Sequence[tuple[Contract, Sequence[Stretch]]], now: datetime) -> None:
    """Tell each provider what the operator, or the terms, accepted and released; called where that is recorded."""
    by_seller: dict[UUID, list[tuple[Contract, Sequence[Stretch]]]] = {}
    for contract, stretches in answers:
        by_seller.setdefault(contract.seller_id, []).append((contract, stretches))

    def say(to: Organisation) -> Words:
        own = by_seller[to.pk]
        lines = [line for contract, stretches in own for line in _lines(contract, stretches)]
        accepted = sum(1 for _, stretches in own for each in stretches if each.mw)
        released = sum(1 for _, stretches in own for each in stretches if not each.mw)
        title = " and ".join(
            f"{counted(number, 'stretch', 'stretches')} {word}"
            for number, word in ((accepted, "accepted"), (released, "released"))
            if number
        )
        return f"Availability: {title}", [
            f"{own[0][0].buyer} answered what your company declared. What is accepted stays accepted.",
            *lines[:MOST_LINES],
            *([f"And {count_text(len(lines) - MOST_LINES)} more."] if len(lines) > MOST_LINES else []),
        ]

    notify_organisations(
        ANSWERED.code,
        by_seller,
        [Role.OPERATIONS],
        say,
        link=reverse("operations:availability"),
        key=f"answered {now.isoformat()} {' '.join(sorted(str(each.pk) for each, _ in answers))[:80]}",
        now=now,
    )


def notify_missing(notice: Unavailability, contract: Contract, now: datetime) -> None:
    """Tell both parties of a notice, or of its shortening; called in the transaction that records it."""
    unit = power_unit(contract.competition.power_type)
    zone = contract.buyer.zone
    span = stretch_text(notice.start, notice.notified_end, zone)
    name = _name(contract)
    left = power_text(notice.mw, unit)
    if notice.shortened_at is None:
        title = f"Only {left} available in {contract.competition.ref}"
        lines = [
            f"{contract.seller} has {left} of {name} from {span}: {notice.get_reason_display().lower()}.",
            "Dispatches that were issued before stand.",
        ]
    elif notice.end == notice.start:
        title = f"Availability is back in {contract.competition.ref}"
        lines = [f"{contract.seller} takes back the unavailability of {name}, {span}."]
    else:
        title = f"Available again earlier in {contract.competition.ref}"
        lines = [
            f"The unavailability of {contract.seller} in {name} ends on {moment_text(notice.end, zone)}."
        ]
    notify_organisations(
        MISSING.code,
        [contract.buyer_id, contract.seller_id],
        [Role.OPERATIONS],
        lambda to: (title, lines),
        link=reverse("operations:contract_availability", args=[contract.pk]),
        key=f"{notice.pk} {now.isoformat()}",
        now=now,
    )


def notify_to_declare(contracts: Iterable[Contract], locks: Mapping[UUID, datetime], now: datetime) -> None:
    """Remind providers of contracts for which nothing is declared and that lock within a day."""
    by_seller: dict[UUID, list[Contract]] = {}
    for contract in contracts:
        by_seller.setdefault(contract.seller_id, []).append(contract)

    def message(to: Organisation) -> OrganisationMessage:
        own = by_seller[to.pk]
        first = min(locks[each.pk] for each in own)
        lines = [
            f"{_name(each)}: until {moment_text(locks[each.pk], each.buyer.zone)}."
            for each in own[:MOST_LINES]
        ]
        more = [f"And {count_text(len(own) - MOST_LINES)} more."] if len(own) > MOST_LINES else []
        return OrganisationMessage(
            f"Declare availability for {counted(len(own), 'contract')}",
            ["Nothing is declared yet. Without it the settlement terms say what counts.", *lines, *more],
            reverse("operations:availability"),
            f"to declare {first.isoformat()} {min(str(each.pk) for each in own)}",
            worth_until=first,
        )

    notify_each_organisation(TO_DECLARE.code, by_seller, [Role.OPERATIONS], message, now=now)


def notify_to_answer(
    buyer_id: UUID, due: datetime, mw: Fraction, contracts: int, unit: str, released: bool, now: datetime
) -> None:
    """Remind an operator of declared availability that is not answered, with the MW at stake."""
    stake = power_text(decimal_of(mw), unit)

    def message(to: Organisation) -> OrganisationMessage:
        told = moment_text(due, to.zone)
        return OrganisationMessage(
            f"Answer up to {stake} of availability",
            [
                f"Up to {stake} at once, declared under {counted(contracts, 'contract')}, wait for your answer until "
                f"{told}.",
                "What is not answered then is " + ("released." if released else "accepted."),
            ],
            reverse("operations:answer_desk"),
            f"to answer {due.isoformat()} {now.isoformat()}",
            worth_until=due,
        )

    notify_each_organisation(TO_ANSWER.code, [buyer_id], [Role.OPERATIONS], message, now=now)


def _lines(contract: Contract, stretches: Sequence[Stretch]) -> list[str]:
    unit = power_unit(contract.competition.power_type)
    zone = contract.buyer.zone
    return [
        f"{_name(contract)}, {stretch_text(each.start, each.end, zone)}: "
        + (f"{power_text(decimal_of(each.mw), unit)} accepted." if each.mw else "released.")
        for each in stretches
    ]


def _name(contract: Contract) -> str:
    return f"{contract.competition.ref}, {contract.period_name}/{contract.window_name}"
