"""What is stored of contracts' availability, for the days asked about."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Member, Organisation
from competitions.domain.settlement_terms import AvailabilityMode, SettlementTerms
from contracts.models import Contract
from marketplace.units import power_unit
from operations import rules
from operations.domain.called import occurrences_of, stored_of, terms_of_contract
from operations.domain.declaring import Deadlines, deadlines_of
from operations.domain.occurrences import Occurrence
from operations.domain.promised import Piece, Terms, Told, by_occurrence, pieces_of
from operations.models import AvailabilityAnswer, AvailabilityDeclaration, Unavailability

PROMISING = (AvailabilityMode.DECLARED.value, AvailabilityMode.FIXED.value)


@dataclass(frozen=True)
class Promise:
    """A contract with its service in the days asked about, and what was said of it."""

    contract: Contract
    terms: SettlementTerms
    rules: Terms
    occurrences: Sequence[Occurrence]
    told: Told
    told_of: Sequence[Told]

    @property
    def is_declared(self) -> bool:
        return self.rules.mode is AvailabilityMode.DECLARED

    def pieces(self, now: datetime) -> list[tuple[Occurrence, list[Piece]]]:
        """Each occurrence with its pieces as they stand at ``now``."""
        return [
            (each, pieces_of(each, self.rules, told, now))
            for each, told in zip(self.occurrences, self.told_of, strict=True)
        ]

    def deadlines(self, occurrence: Occurrence) -> Deadlines:
        """When declarations for the occurrence freeze, and until when they are answered."""
        return deadlines_of(occurrence.day, self.rules.declaration, self.rules.zone)

    @property
    def unit(self) -> str:
        return power_unit(self.contract.competition.power_type)


def contracts_with_availability(member: Member, *, declared_only: bool = False) -> QuerySet[Contract]:
    """The contracts of the member's organisation under which availability is promised, in the order of lists."""
    party = "buyer" if member.is_so else "seller"
    modes = PROMISING[:1] if declared_only else PROMISING
    return (
        Contract.objects.filter(**{party: member.organisation_id})
        .filter(terms__availability__mode__in=modes)
        .select_related("competition", "buyer", "seller", "bid__window")
        .order_by("competition__ref", "period_name", "window_name", "seller__name", "id")
    )


def contracts_with_promises(operator: Organisation, first: date, last: date) -> QuerySet[Contract]:
    """The contracts of a buyer under which availability is promised, that serve between these days, inclusive."""
    promising = Contract.objects.filter(buyer=operator, terms__availability__mode__in=PROMISING)
    return (
        serving(promising, first, last)
        .select_related("competition", "buyer", "seller", "bid__window")
        .order_by("pk")
    )


def serving(contracts: QuerySet[Contract], first: date, last: date) -> QuerySet[Contract]:
    """Those that serve between these days, inclusive, and may be run or have been."""
    return contracts.filter(first_day__lte=last, end_day__gt=first)


def promises_of(contracts: Iterable[Contract], first: date, last: date) -> list[Promise]:
    """The contracts with their service that begins between these days, inclusive; a stopped one ends at its stop."""
    held = list(contracts)
    told = stored_of(held, _day_start(first), _day_start(last + timedelta(days=3)))
    return [_promise(each, first, last, told[each.pk]) for each in held]


def promise_of(contract: Contract, first: date, last: date) -> Promise:
    """One contract, the same."""
    return promises_of([contract], first, last)[0]


def notices_of(contract_ids: Collection[UUID]) -> QuerySet[Unavailability]:
    """The notices of unavailability of these contracts, the latest first."""
    return Unavailability.objects.filter(contract__in=contract_ids).order_by("-start", "-notified_at", "id")


def declarations_of(contract: Contract) -> QuerySet[AvailabilityDeclaration]:
    """All that was ever declared under the contract, the latest first."""
    return AvailabilityDeclaration.objects.filter(contract=contract).order_by("-id")


def answers_to(contract: Contract) -> QuerySet[AvailabilityAnswer]:
    """All that was ever answered, the latest first."""
    return AvailabilityAnswer.objects.filter(contract=contract).order_by("-id")


def _promise(contract: Contract, first: date, last: date, told: Told) -> Promise:
    terms = terms_of_contract(contract)
    stop = rules.stopped_at(contract)
    service = [each for each in occurrences_of(contract, first, last) if stop is None or each.start < stop]
    exact = Terms.of(terms, Fraction(contract.capacity_mw), contract.buyer.zone)
    return Promise(contract, terms, exact, service, told, by_occurrence(service, told))


def _day_start(day: date) -> datetime:
    """Before the day begins in any zone."""
    return datetime.combine(day, time(), UTC) - timedelta(days=1)
