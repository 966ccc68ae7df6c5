"""Rehearse this file: what a competition file would find, without storing or publishing anything."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from accounts.enums import Role
from accounts.requests import MemberRequest
from bidding.domain.dry_run import PRICE_WORDS, PRICES
from bidding.workbooks.dry_run import DryRunResult, dry_run
from marketplace import clock
from marketplace.errors import Refused
from marketplace.jobs.rules import check_named_and_sized
from marketplace.units import price_unit
from marketplace.web.access import member
from marketplace.web.form_style import StyledForm
from marketplace.workbooks.declare import Unreadable


def _price() -> forms.DecimalField:
    return forms.DecimalField(
        required=False,
        min_value=Decimal(0),
        max_digits=14,
        decimal_places=2,
        help_text="Blank: the price in the file.",
    )


class DryRunForm(StyledForm):
    """A competition file, and sample prices."""

    file = forms.FileField(label="Competition file", widget=forms.FileInput(attrs={"accept": ".xlsx"}))
    availability_price = _price()
    utilisation_price = _price()
    service_fee = _price()

    def __init__(self, *args: Any, currency: str, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in PRICES:
            self.fields[name].label = f"Sample {PRICE_WORDS[name]} ({price_unit(name, currency)})"


@require_http_methods(["GET", "POST"])
@member("so", Role.PROCUREMENT)
def rehearse_file(request: MemberRequest) -> HttpResponse:
    """Upload a competition file and read what it would find."""
    currency = request.member.organisation.currency
    form = DryRunForm(request.POST or None, request.FILES or None, currency=currency)
    outcome: DryRunResult | None = None
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["file"]
        prices = {name: form.cleaned_data[name] for name in PRICES}
        try:
            check_named_and_sized(sent.name, sent.size, (".xlsx",))
            outcome = dry_run(by=request.member, data=sent.read(), prices=prices, now=clock.now())
        except (Refused, Unreadable) as refusal:
            form.add_error("file", str(refusal))
    context = {
        "form": form,
        "outcome": outcome,
        "filename": form.cleaned_data["file"].name if outcome else "",
        "currency": currency,
    }
    return render(request, "bidding/dry_run.html", context, status=422 if form.errors else 200)
