"""The page on which an operator makes its report to the regulator."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.enums import Role
from accounts.requests import MemberRequest
from bidding.domain.results.regulator import (
    bids_of_year,
    change_settings,
    settings_of,
    year_label,
    years_to_report,
)
from bidding.forms.regulator import RegulatorForm
from bidding.presenters.regulator_parts import report_parts
from marketplace import clock
from marketplace.web.access import member


@member("so", Role.BIDS)
def regulator_report(request: MemberRequest) -> HttpResponse:
    """The years to report, and what the platform can't know."""
    now = clock.now()
    form = RegulatorForm(
        request.POST if request.method == "POST" else None, instance=settings_of(request.member.organisation)
    )
    if request.method == "POST" and form.is_valid():
        change_settings(by=request.member, told=form.cleaned_data, now=now)
        messages.success(request, "Saved. The next report uses it.")
        return redirect("bidding:regulator")
    years = [
        {
            "label": year_label(year),
            "params": {"year": str(year)},
            "bids": bids_of_year(request.member, year, now).count(),
        }
        for year in years_to_report(request.member, now)
    ]
    context = {"form": form, "years": years, "parts": report_parts(request.member, now)}
    return render(request, "bidding/regulator.html", context)
