"""The pages of contracts: the list of both parties, and one contract."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django_tables2 import RequestConfig

from accounts.enums import Role
from contracts.domain.queries import contracts_of
from contracts.filters import ContractFilter
from contracts.tables import ContractTable
from marketplace.web.access import member


@member(role=Role.CONTRACTS)
def contract_list(request: HttpRequest) -> HttpResponse:
    """Every contract of the member's organisation, with the workbook to take away."""
    contracts = contracts_of(request.member)
    found = ContractFilter(request.GET, queryset=contracts)
    table = ContractTable(found.qs, viewer=request.member)
    RequestConfig(request, paginate={"per_page": 50}).configure(table)
    return render(request, "contracts/list.html", {"table": table, "filter": found, "any": contracts.exists()})


@member(role=Role.CONTRACTS)
def contract_page(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One contract: terms, parties, assets as they were when qualification closed."""
    contract = get_object_or_404(contracts_of(request.member), pk=pk)
    return render(
        request,
        "contracts/contract.html",
        {"contract": contract, "assets": contract.assets.all(), "zone": request.member.organisation.zone},
    )
