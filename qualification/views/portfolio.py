"""A provider's portfolio in charts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.web.access import member
from qualification.presenters.portfolio import portfolio_charts


@require_GET
@member("fsp")
def portfolio(request: MemberRequest) -> HttpResponse:
    """What the company's assets offer by type, and where it counts."""
    charts = portfolio_charts(request.member, clock.now())
    return render(request, "qualification/portfolio.html", {"charts": charts})
