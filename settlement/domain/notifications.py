"""What settlement tells people."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse

from accounts.domain.organisation_notifications import About, Words, notify_organisations
from accounts.enums import Role
from accounts.models import Organisation
from marketplace.dates import moment_text, month_code, month_text
from marketplace.notifications import Kind
from marketplace.numbers import count_text, counted, money_text
from settlement.models import Dispute, DisputedLine, StatementVersion

ISSUED = Kind("statement_issued", "A statement of yours is issued or changes", "fsp")
ANSWERED = Kind("statement_answered", "A line that you dispute is answered", "fsp")
FINAL = Kind("statement_final", "A statement of yours is final", "fsp")
DISPUTED = Kind("statement_disputed", "A provider disputes lines of a statement", "so")
AGREED = Kind("statement_agreed", "A provider agrees to a statement", "so")
MADE = Kind(
    "statements_made", "The meter deadline is over and statements are made, with who lacks meter data", "so"
)
NOT_MADE = Kind("statements_not_made", "The statements of a provider could not be made by themselves", "so")
KINDS = (ISSUED, ANSWERED, FINAL, DISPUTED, AGREED, MADE, NOT_MADE)
MOST_LINES = 20
WHAT_TO_DO = (
    "It is tried again every hour. Mend what the reason names, or run the month yourself under Statements; if that fails"
    " too, write to {email}."
)


def notify_issued(versions: Sequence[StatementVersion], now: datetime) -> None:
    """Tell each seller of its statements that are new or say something new, all in one."""

    def say(own: Sequence[StatementVersion]) -> Words:
        return (
            f"{counted(len(own), 'statement')} of your company {'is' if len(own) == 1 else 'are'} new or changed",
            [
                f"Lines may be disputed until {moment_text(max(each.dispute_until for each in own), _zone(own))}.",
                *_lines(own),
            ],
        )

    shown = [each for each in versions if not each.carries_on]
    _tell_sellers(ISSUED, shown, say, "issued", now)


def notify_made(buyer: UUID, month: date, versions: Sequence[StatementVersion], now: datetime) -> None:
    """Tell an operator what its statements came to once the meter deadline of a month was over, and who lacks what."""
    lacking: dict[str, int] = defaultdict(int)
    for each in versions:
        lacking[str(each.statement.contract.seller)] += each.line_count - each.complete_lines
    told = [
        f"{seller}: {counted(number, 'line')} without complete meter data."
        for seller, number in sorted(lacking.items())
        if number
    ]

    def say(to: Organisation) -> Words:
        total = money_text(sum((each.total for each in versions), Decimal(0)), to.currency)
        return (
            f"The meter deadline of {month_text(month)} is over: {counted(len(versions), 'new statement')}",
            [
                f"They come to {total}. What nobody disputes in time is final by itself."
                if versions
                else "Nothing differs from the statements that were there.",
                *(told[:MOST_LINES] or ["No line lacks meter data."]),
            ],
        )

    notify_organisations(
        MADE.code,
        [buyer],
        [Role.CONTRACTS],
        say,
        link=f"{reverse('settlement:statements')}?month={month_code(month)}",
        key=f"made {month_code(month)} {now.isoformat()}",
        now=now,
    )


def notify_not_made(buyer: UUID, seller: Organisation, month: date, reason: str, now: datetime) -> None:
    """Tell an operator that the statements of a provider did not come by themselves, why, and what to do; once a reason."""
    notify_organisations(
        NOT_MADE.code,
        [buyer],
        [Role.CONTRACTS],
        lambda to: (
            f"The statements of {seller} for {month_text(month)} could not be made",
            [reason, WHAT_TO_DO.format(email=settings.SUPPORT_EMAIL)],
        ),
        link=f"{reverse('settlement:statements')}?month={month_code(month)}",
        key=f"not made {month_code(month)} {seller.pk} {sha256(reason.encode()).hexdigest()[:16]}",
        now=now,
    )


def notify_final(versions: Sequence[StatementVersion], now: datetime) -> None:
    """Tell each seller which of its statements are final."""

    def say(own: Sequence[StatementVersion]) -> Words:
        return (
            f"{counted(len(own), 'statement')} of your company {'is' if len(own) == 1 else 'are'} final",
            _lines(own),
        )

    _tell_sellers(FINAL, versions, say, "final", now)


def notify_disputed(dispute: Dispute, lines: Sequence[DisputedLine], now: datetime) -> None:
    """Tell the buyer that lines are disputed."""
    version = dispute.version
    contract = version.statement.contract

    def say(to: Organisation) -> Words:
        return f"{contract.seller} disputes {counted(len(lines), 'line')} of a statement", [
            f"{_name(version)}: the statement is not final until each of them is answered.",
            *[f"{each.line.kind}: {each.reason}" for each in lines[:MOST_LINES]],
        ]

    notify_organisations(
        DISPUTED.code,
        [contract.buyer_id],
        [Role.CONTRACTS],
        say,
        link=reverse("settlement:statement", args=[version.statement_id]),
        key=f"dispute {dispute.pk}",
        now=now,
    )


def notify_agreed(version: StatementVersion, now: datetime) -> None:
    """Tell the buyer that the seller will not dispute a version."""
    contract = version.statement.contract

    def say(to: Organisation) -> Words:
        return f"{contract.seller} agrees to a statement", [
            f"{_name(version)}: {money_text(version.total, to.currency)}.",
            "It can be made final at once.",
        ]

    notify_organisations(
        AGREED.code,
        [contract.buyer_id],
        [Role.CONTRACTS],
        say,
        link=reverse("settlement:statement", args=[version.statement_id]),
        key=f"agreed {version.pk}",
        now=now,
    )


def notify_answered(line: DisputedLine, now: datetime) -> None:
    """Tell the seller what became of a line that it disputes."""
    version = line.dispute.version
    contract = version.statement.contract

    def say(to: Organisation) -> Words:
        return f"A disputed line is answered: {line.get_state_display().lower()}", [
            f"{_name(version)}, {line.line.kind}: {line.answer}",
        ]

    notify_organisations(
        ANSWERED.code,
        [contract.seller_id],
        [Role.CONTRACTS],
        say,
        link=reverse("settlement:statement", args=[version.statement_id]),
        key=f"answered {line.pk}",
        now=now,
    )


def _tell_sellers(
    kind: Kind,
    versions: Iterable[StatementVersion],
    words: Callable[[Sequence[StatementVersion]], Words],
    what: str,
    now: datetime,
) -> None:
    by_seller: dict[UUID, list[StatementVersion]] = defaultdict(list)
    for each in versions:
        by_seller[each.statement.contract.seller_id].append(each)
    for seller, own in by_seller.items():
        alone = len(own) == 1
        notify_organisations(
            kind.code,
            [seller],
            [Role.CONTRACTS],
            lambda to, own=own: words(own),  # type: ignore[misc]
            link=reverse("settlement:statement", args=[own[0].statement_id])
            if alone
            else reverse("settlement:statements"),
            key=f"{what} {min(str(each.pk) for each in own)}",
            about=lambda to, own=own: _about(own),  # type: ignore[misc]
            now=now,
        )


def _about(versions: Sequence[StatementVersion]) -> About:
    return {"statements": sorted({str(each.statement_id) for each in versions})}


def _lines(versions: Sequence[StatementVersion]) -> list[str]:
    told = [
        f"{_name(each)}: {money_text(each.total, each.statement.contract.buyer.currency)}."
        for each in versions
    ]
    more = len(told) - MOST_LINES
    return [*told[:MOST_LINES], *([f"And {count_text(more)} more."] if more > 0 else [])]


def _name(version: StatementVersion) -> str:
    contract = version.statement.contract
    return (
        f"{month_text(version.statement.month)}, {contract.competition.ref} {contract.window_name},"
        f" {contract.buyer}, version {version.number}"
    )


def _zone(versions: Sequence[StatementVersion]) -> ZoneInfo:
    return versions[0].statement.contract.buyer.zone
