"""The page of figures over the months."""

from decimal import Decimal

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.dates import month_text
from marketplace.web.access import member
from settlement.domain import figures as sums
from settlement.domain.grouped_figures import dimensions_for, grouped_by
from settlement.domain.lines import month_of
from settlement.presenters import figures as shown


@require_GET
@member(role=Role.CONTRACTS)
def over_the_months(request: MemberRequest) -> HttpResponse:
    """Paid, delivered, and cost against the award, over the last year, as charts with tables and downloads.

    One more groups what was paid and delivered by what the address names.
    """
    who, organisation = request.member, request.member.organisation
    today = month_of(clock.now().astimezone(organisation.zone).date())
    since = today.replace(year=today.year - 1)
    months = sums.by_month(who, since)
    currency = organisation.currency
    charts = []
    if months:
        named = []
        for month, figures in months:
            figures.name = month_text(month)
            named.append(figures)
        others = "By provider" if who.is_so else "By operator"
        charts = [
            shown.paid_chart(months, currency),
            shown.delivered_chart(named, "Delivered of requested", "Month", "delivered-by-month"),
            shown.delivered_chart(
                sums.by_party(who, since),
                f"How reliable? {others}",
                others.removeprefix("By ").capitalize(),
                "delivered-by-company",
            ),
            shown.cost_chart(sums.by_competition(who, since), currency),
        ]
    total = sum((figures.total for _, figures in months), Decimal(0))
    offered = dimensions_for(who)
    dimension = next((each for each in offered if each.code == request.GET.get("by")), offered[0])
    groups = grouped_by(who, dimension, since)
    context = {
        "charts": charts,
        "grouped": shown.grouped_chart(groups, dimension.label, currency) if groups else None,
        "dimension": dimension,
        "dimensions": offered,
        "total": total,
        "currency": currency,
        "months": len(months),
    }
    return render(request, "settlement/figures.html", context)
