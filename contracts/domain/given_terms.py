"""Settlement terms of contracts: copied at the award, or given once to those that were awarded before there were any."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Member
from competitions.domain.terms_versions import fields_for
from competitions.models import TermsVersion
from competitions.rules import check_may_keep_terms
from contracts import rules
from contracts.domain.notifications import notify_terms
from contracts.enums import ContractStatus
from contracts.models import Contract
from contracts.signals import contract_signed
from marketplace.audit.chain import lock_chains, record
from marketplace.errors import Refused
from marketplace.numbers import count_text

MOST_AT_ONCE = 5_000


def put_terms(contract: Contract, version: TermsVersion) -> None:
    """Copy the version's fields into a contract, with the mode of availability that follows from what it pays."""
    contract.terms_version = version
    contract.terms = fields_for(
        version.fields,
        contract.competition.product_type,
        pays_availability=contract.availability_price is not None,
        pays_service_fee=contract.service_fee is not None,
    )


@transaction.atomic
def give_terms(
    *, by: Member, contract_ids: Collection[UUID], version: TermsVersion, now: datetime
) -> list[Contract]:
    """Give settlement terms to contracts that have none, and tell their sellers: all of them or, refused, none.

    Raises ``Refused`` for a contract that has terms or is withdrawn, and for terms of another operator; ``NotAllowed``.
    """
    check_may_keep_terms(by)
    if not contract_ids:
        raise Refused("Choose at least one contract.")
    if version.record.operator_id != by.organisation_id:
        raise Refused("You have no such settlement terms.")
    contracts = _locked(by, contract_ids)
    for contract in contracts:
        rules.check_may_manage(by, contract)
        rules.check_may_get_terms(contract)
        put_terms(contract, version)
        contract.save(update_fields=["terms_version", "terms"])
        for party in (contract.buyer_id, contract.seller_id):
            record(
                organisation_id=party,
                by=by,
                action="contract given its settlement terms",
                subject=contract,
                changes={"settlement_terms": (None, str(version))},
                now=now,
            )
    notify_terms(version, contracts, now)
    for contract in contracts:
        if contract.status == ContractStatus.SIGNED:
            contract_signed.send(Contract, contract=contract, by=by, now=now)
    return contracts


def _locked(by: Member, contract_ids: Collection[UUID]) -> list[Contract]:
    """The buyer's contracts of these ids, with the logs of all parties. Raises ``Refused`` where one is missing."""
    wanted = set(contract_ids)
    if len(wanted) > MOST_AT_ONCE:
        raise Refused(f"Choose at most {count_text(MOST_AT_ONCE)} contracts at once.")
    own = Contract.objects.filter(pk__in=wanted, buyer=by.organisation_id)
    lock_chains(sorted({by.organisation_id, *own.order_by().values_list("seller", flat=True)}))
    found = (
        own.select_for_update(of=("self",)).select_related("competition", "buyer", "seller").order_by("pk")
    )
    contracts = list(found)
    if len(contracts) != len(wanted):
        raise Refused("One of these contracts is not among yours.")
    return contracts
