"""Runs: the statements of contracts for a month, made where something differs; all of them or none."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet

from accounts.models import Member
from contracts.enums import ContractStatus
from contracts.models import Contract
from marketplace.audit.chain import lock_chains
from marketplace.dates import month_text
from marketplace.errors import Refused
from marketplace.notifications.models import Occasion
from marketplace.notifications.occasions import take
from settlement import rules
from settlement.domain.corrections import corrected_until, run_due
from settlement.domain.failed_runs import forget_failures, note_failure
from settlement.domain.issuing import Came, Outcome, Run, issue
from settlement.domain.later_data import has_later_data
from settlement.domain.lines import month_before, month_of
from settlement.domain.notifications import notify_issued, notify_made
from settlement.domain.working_out import WorkedOut, month_after, month_span, serves_in, worked_out
from settlement.enums import VersionState
from settlement.models import Statement, StatementVersion

log = structlog.get_logger(__name__)
AUTOMATIC_RUN = "settlement.run_due"
Report = Callable[[int, int], None]


def runnable(member: Member, month: date) -> QuerySet[Contract]:
    """The operator's contracts that may have a statement of the month: those in service in it."""
    begins, _ = month_span(month, member.organisation.zone)
    withdrawn = Q(status=ContractStatus.WITHDRAWN, withdrawn_at__lt=begins)
    return _in_month(Contract.objects.filter(~withdrawn, buyer=member.organisation_id), month)


def _in_month(contracts: QuerySet[Contract], month: date) -> QuerySet[Contract]:
    return (
        contracts.filter(first_day__lt=month_after(month))
        .filter(Q(end_day__gt=month) | Q(end_day=month, end__gt=time(0), end__lte=F("start")))
        .select_related("competition", "buyer", "seller", "terms_version__record")
        .order_by("seller__name", "seller", "competition__ref", "period_name", "window_name", "id")
    )


def rounds_of(member: Member) -> list[str]:
    """The rounds of which the operator has contracts, by name."""
    names = Contract.objects.filter(buyer=member.organisation_id).exclude(competition__round_name="")
    found = names.order_by("competition__round_name").values_list("competition__round_name", flat=True)
    return list(found.distinct())


def run_statements(
    *,
    by: Member,
    contracts: Iterable[Contract],
    month: date,
    now: datetime,
    report: Report = lambda done, total: None,
) -> list[Outcome]:
    """Make the statements of these contracts for a month that is over, where something differs.

    Raises ``NotAllowed`` without the role or for contracts of another buyer, ``Refused`` while the month goes on.
    """
    held = [each for each in contracts if serves_in(each, month)]
    rules.check_may_run(by, {each.buyer_id for each in held})
    is_over = now >= month_span(month, by.organisation.zone)[1]
    rules.check_month_is_over(is_over, month_text(month))
    if not held:
        raise Refused(f"No contract is in service in {month_text(month)}, so there is nothing to settle.")
    run = Run(by, now, now)
    worked: list[WorkedOut] = []
    with_terms = [each for each in held if each.terms is not None]
    for own in _by_seller(with_terms):
        worked += worked_out(own, month, now, now)
        report(len(worked), len(with_terms))
    bare = [Outcome(each, month, Came.NO_TERMS) for each in held if each.terms is None]
    with transaction.atomic():
        outcomes = _issued(worked, run)
        forget_failures(by.organisation_id, {each.seller_id for each in with_terms}, month)
        return [*outcomes, *bare]


def _by_seller(contracts: Sequence[Contract]) -> Iterator[list[Contract]]:
    found: dict[UUID, list[Contract]] = defaultdict(list)
    for each in contracts:
        found[each.seller_id].append(each)
    yield from found.values()


def _issued(worked: Sequence[WorkedOut], run: Run) -> list[Outcome]:
    lock_chains({party for each in worked for party in (each.contract.buyer_id, each.contract.seller_id)})
    outcomes = [issue(each, run) for each in worked]
    notify_issued([version for each in outcomes for version in each.versions], run.now)
    return outcomes


def run_due_statements(now: datetime) -> int:
    """Make the statements whose meter deadline is over, once each; returns how many versions that made.

    Contracts of one buyer and provider are made together or not at all; the buyer is told where not. Months before that
    were final, and of which something was told since, are looked at again first, so that their corrections count at once.
    """
    made = 0
    this_month = month_of(now.date())
    for month in (month_before(month_before(this_month)), month_before(this_month)):
        groups: dict[tuple[UUID, UUID], list[Contract]] = defaultdict(list)
        for each in _waiting(month):
            if serves_in(each, month) and run_due(each, month) <= now:
                groups[each.buyer_id, each.seller_id].append(each)
        by_buyer: dict[UUID, list[StatementVersion]] = defaultdict(list)
        for (buyer, _), own in groups.items():
            by_buyer[buyer] += _run_by_itself(own, month, now)
        for buyer, versions in by_buyer.items():
            made += len(versions)
            notify_made(buyer, month, versions, now)
    return made


def _waiting(month: date) -> QuerySet[Contract]:
    """Contracts in service in the month whose statement has not come by itself yet."""
    over = datetime(month_after(month).year, month_after(month).month, 1, tzinfo=UTC)
    told = Occasion.objects.filter(
        name=AUTOMATIC_RUN,
        subject_id=OuterRef("pk"),
        moment__gte=over - timedelta(days=1),
        moment__lt=over + timedelta(days=32),
    )
    return _in_month(Contract.objects.filter(~Exists(told), terms__isnull=False), month)


def _run_by_itself(contracts: Sequence[Contract], month: date, now: datetime) -> list[StatementVersion]:
    try:
        with transaction.atomic():
            taken = take(AUTOMATIC_RUN, {each.pk: run_due(each, month) for each in contracts}, now)
            own = [each for each in contracts if each.pk in taken]
            if not own:
                return []
            run = Run(None, now, now)
            worked = [
                each
                for earlier, held in _with_later_data(own, month, now)
                for each in worked_out(held, earlier, now, now)
            ]
            outcomes = _issued([*worked, *worked_out(own, month, now, now)], run)
            forget_failures(own[0].buyer_id, {own[0].seller_id}, month)
            return [version for each in outcomes for version in each.versions]
    except Exception as why:
        log.exception("statements_not_made", seller=str(contracts[0].seller_id), month=str(month))
        note_failure(contracts[0], month, why, now)
        return []


def _with_later_data(
    contracts: Sequence[Contract], month: date, now: datetime
) -> Iterator[tuple[date, list[Contract]]]:
    """Months before this one whose statements are final and of which something was told since, with their contracts."""
    by_id = {each.pk: each for each in contracts}
    final = (
        Statement.objects.filter(contract__in=by_id, month__lt=month, current__state=VersionState.FINAL)
        .annotate(instant=Max("versions__data_instant"))
        .order_by("month", "contract_id")
    )
    found: dict[date, list[Contract]] = defaultdict(list)
    for each in final:
        contract = by_id[each.contract_id]
        if now <= corrected_until(contract, each.month) and has_later_data(
            contract, each.month, each.instant
        ):
            found[each.month].append(contract)
    yield from sorted(found.items())
