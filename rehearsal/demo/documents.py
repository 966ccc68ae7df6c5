"""Invoice data of the demo's last month: what nobody disputes by agreement, with a mistake, taken back, made again and paid."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta

from accounts.domain.organisations import change_details
from accounts.models import Member
from marketplace import clock
from rehearsal.demo.operator import ZONE
from settlement.domain.agreements import accept_agreement, propose_agreement
from settlement.domain.disputing import invoice_rest
from settlement.domain.document_queries import documents_of
from settlement.domain.invoice_plan import invoice_plan
from settlement.domain.invoicing import credit_document, make_documents
from settlement.domain.lines import month_before
from settlement.domain.payments import mark_paid
from settlement.models import Dispute

Step = tuple[datetime, Callable[[], None]]
DAY = timedelta(days=1)
OPERATOR = {"registered_address": "Weir House, Quay Road, Newcastle, NE1 3AB", "vat_number": "GB284751937"}
PROVIDERS = {
    "HARBOUR": {"registered_address": "4 Dock Street, Whitehaven, CA28 7LX", "vat_number": "GB391746285"},
    "FELLSIDE": {"registered_address": "Mill Barn, Penrith, CA10 1DG", "vat_number": "GB417382956"},
}
MISTAKE = "The address of the seller was an old one."
MOVED = {"registered_address": "Harbour House, Irish Street, Whitehaven, CA28 7BY"}


def document_steps(
    operator: Callable[[], Member], sellers: dict[str, Member], now: datetime
) -> Iterator[Step]:
    """What became of the documents of last month until ``now``, each step with its instant."""
    first = now.astimezone(ZONE).date().replace(day=1)
    month = month_before(first)
    yield _at(first - 20 * DAY, 9), lambda: _addresses(operator(), sellers)
    yield _at(first - 19 * DAY, 9), lambda: _agree(operator(), sellers["HARBOUR"], month)
    yield _at(first, 13), lambda: _rest(operator())
    yield _at(first, 14), lambda: _make(operator(), month)
    yield _at(first, 15), lambda: _take_back(operator(), sellers["HARBOUR"])
    yield _at(first, 16), lambda: _make(operator(), month)
    yield _at(first + 3 * DAY, 10), lambda: _pay(operator())
    yield _at(first + 3 * DAY, 11), lambda: _propose(operator(), sellers["FELLSIDE"], month)


def _addresses(operator: Member, sellers: dict[str, Member]) -> None:
    change_details(by=operator, details=OPERATOR, now=clock.now())
    for code, details in PROVIDERS.items():
        change_details(by=sellers[code], details=details | {"vat_from": date(2020, 1, 1)}, now=clock.now())


def _propose(operator: Member, seller: Member, month: date) -> None:
    begins = month.replace(month=1, day=1)
    propose_agreement(
        by=operator,
        seller_id=seller.organisation_id,
        from_day=begins,
        to_day=begins.replace(year=begins.year + 1, month=12, day=31),
        now=clock.now(),
    )


def _agree(operator: Member, seller: Member, month: date) -> None:
    _propose(operator, seller, month)
    waiting = seller.organisation.self_billing_by_others.get(accepted_at=None)
    accept_agreement(by=seller, agreement_id=waiting.pk, now=clock.now())


def _rest(operator: Member) -> None:
    """What is not disputed of the disputed statement is invoiced meanwhile."""
    own = {"version__statement__contract__buyer": operator.organisation_id}
    for dispute in Dispute.objects.filter(**own).select_related("version__statement__contract"):
        invoice_rest(by=operator, dispute=dispute, is_invoiced=True, now=clock.now())


def _make(operator: Member, month: date) -> None:
    plan = invoice_plan(operator.organisation, month)
    if plan.made:
        make_documents(by=operator, month=month, seen=plan.digest, now=clock.now())


def _take_back(operator: Member, seller: Member) -> None:
    for made in documents_of(operator).filter(seller=seller.organisation_id):
        credit_document(by=operator, document_id=made.pk, reason=MISTAKE, now=clock.now())
    change_details(by=seller, details=MOVED, now=clock.now())


def _pay(operator: Member) -> None:
    standing = documents_of(operator).filter(credits=None, credited_by=None)
    for made in standing:
        day = clock.now().astimezone(ZONE).date()
        mark_paid(by=operator, document_id=made.pk, paid_on=day, reference="BACS 004417", now=clock.now())


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), ZONE).astimezone(UTC)
