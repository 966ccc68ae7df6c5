"""Pages of baselines: how far that of a contract is to be trusted."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from contracts.domain.queries import contracts_of
from marketplace import clock
from marketplace.web.access import member
from operations.domain.trusting import LOOKED_AT, trust_in
from operations.presenters.baselines import trust_rows


@require_GET
@member(role=Role.OPERATIONS)
def contract_baseline(request: MemberRequest, pk: UUID) -> HttpResponse:
    """How the baseline of a contract would have done on the last days without dispatches."""
    contract = get_object_or_404(contracts_of(request.member), pk=pk)
    trust = trust_in(contract, clock.now()) if contract.terms is not None else {}
    rows = trust_rows(trust)
    context = {
        "contract": contract,
        "rows": rows,
        "doubtful": [each for each in rows if each.is_doubtful],
        "days": LOOKED_AT,
        "zone": contract.buyer.zone,
    }
    return render(request, "operations/contract_baseline.html", context)
