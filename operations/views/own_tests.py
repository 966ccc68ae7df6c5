"""A provider tries its channels: a test that goes out as a dispatch does, and counts nowhere."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member
from operations.domain.own_tests import contracts_to_try, own_tests_of, start_own_test
from operations.forms.own_tests import OwnTestForm
from operations.presenters.dispatch_list import rows_of

SHOWN = 20


@member("fsp", Role.OPERATIONS)
def try_channels(request: MemberRequest) -> HttpResponse:
    """Say what a test does, start one, and list the last ones."""
    contracts = list(contracts_to_try(request.member))
    form = OwnTestForm(request.POST if request.method == "POST" else None, contracts=contracts)
    if request.method == "POST" and form.is_valid():
        try:
            test = start_own_test(
                by=request.member, contract_id=UUID(form.cleaned_data["contract"]), now=clock.now()
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{test.ref} is on its way by every channel.")
            return redirect("operations:dispatch", test.pk)
    now = clock.now()
    context = {
        "form": form,
        "contracts": contracts,
        "tests": rows_of(request.member, own_tests_of(request.member)[:SHOWN], now),
        "zone": request.member.organisation.zone,
    }
    return render(request, "operations/try_channels.html", context, status=422 if form.errors else 200)
