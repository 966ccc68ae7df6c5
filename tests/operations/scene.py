"""A contract of 1 MW with its service ahead, and what is done to its dispatches."""

from datetime import timedelta
from decimal import Decimal

from django.test import Client

from competitions.domain.terms_keeping import create_terms
from contracts.domain.given_terms import give_terms
from contracts.domain.queries import contracts_of
from contracts.models import Contract
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from operations.domain.called import occurrences_of
from operations.domain.issuing import issue_dispatch
from tests.bidding.market import AFTER
from tests.contracts.scene import confirmed

MINUTE = timedelta(minutes=1)
HALF = Decimal("0.5")


def contracted():
    """North's contract of 1 MW and South's of 3 MW, confirmed and without terms."""
    with run_jobs_inline():
        made = confirmed()
    made.contract = contracts_of(made.north).get()
    return made


def give(made, mode):
    """Give North's contract terms with this way of promising availability, and find its first service."""
    fields = {"availability": {"mode": mode}}
    version = create_terms(by=made.buyer, ref=mode, name=mode, fields=fields, now=AFTER)
    Contract.objects.filter(pk=made.contract.pk).update(terms_version=None, terms=None)
    give_terms(by=made.buyer, contract_ids=[made.contract.pk], version=version, now=AFTER)
    made.contract = contracts_of(made.north).select_related("bid__window").get()
    made.service = occurrences_of(made.contract)[0]
    made.terms_version = version
    return made


def minute(made, number):
    return made.service.start + number * MINUTE


def issue(made, start=0, end=30, mw=HALF, by=None, **more):
    return issue_dispatch(
        by=by or made.buyer,
        contract_id=made.contract.pk,
        mw=mw,
        start=minute(made, start),
        end=minute(made, end),
        now=clock.now(),
        **more,
    )


def act(action, by, dispatch, **more):
    action(by=by, dispatch_id=dispatch.pk, now=clock.now(), **more)
    dispatch.refresh_from_db()


def browser(member):
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client
