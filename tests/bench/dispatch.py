"""200 dispatches issued at once to 50 providers: until each stands on its provider's page, and until its mail is sent."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.core.mail import EmailMessage, get_connection
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import Member
from competitions.domain.terms_keeping import create_terms
from contracts.models import Contract
from marketplace import clock
from marketplace.deliveries.engine import deliver_due
from marketplace.jobs.publishing import run_jobs_inline
from operations.domain.dispatch_plan import issue_plan
from operations.models import Message
from tests.bench.measured import Measured, seconds
from tests.qualification import market
from tests.support.running_contract import contract_of

PROVIDERS, CONTRACTS_OF_EACH = 50, 4
HOUR = timedelta(hours=1)
LONDON = ZoneInfo("Europe/London")


def hour_of_service(now: datetime, *, hours: int) -> dict[str, datetime]:
    """Start and end of an hour that begins so many hours from now, or one later where midnight would cut it."""
    start = now + hours * HOUR
    if start.astimezone(LONDON).date() != (start + HOUR).astimezone(LONDON).date():
        start += HOUR
    return {"start": start, "end": start + HOUR}


def rows() -> Iterator[Measured]:
    """A plan over all contracts, sent in one transaction; the peer sends as many bare mails to the same place."""
    now = market.BIDDING_OPEN
    assert reverse("operations:provider_live"), "addresses are loaded, as in a process that serves"
    buyer = market.member(market.operator())
    with clock.set_to(now), run_jobs_inline():
        version = create_terms(by=buyer, ref="bench", name="Bench", fields={}, now=now)
        sellers = [market.member(market.provider()) for _ in range(PROVIDERS)]
        contracts = [
            contract_of(buyer, seller, version, now) for seller in sellers for _ in range(CONTRACTS_OF_EACH)
        ]
        yield from _called(buyer, sellers, contracts, now)


def _called(
    buyer: Member, sellers: list[Member], contracts: list[Contract], now: datetime
) -> Iterator[Measured]:
    began = time.process_time()
    issued = seconds(
        lambda: issue_plan(
            by=buyer,
            calls=[(each.pk, Decimal("0.5")) for each in contracts],
            **hour_of_service(now, hours=1),
            ref="BENCH",
            now=now,
        )
    )
    processor = time.process_time() - began
    assert Message.objects.count() == len(contracts)
    told = f"{len(contracts)} dispatches to {len(sellers)} providers"
    yield Measured("dispatch", f"{told}: issued and written as messages, all or none", issued)
    yield Measured("dispatch", "the same, processor time of the process that issues", processor)
    pages: list[float] = []
    for seller in sellers:
        client = Client()
        client.force_login(seller.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        pages.append(seconds(lambda client=client: _shown(client)))  # type: ignore[misc]
    slowest = sorted(pages)[len(pages) * 95 // 100]
    yield Measured("dispatch", f"{told}: a provider's page with its {CONTRACTS_OF_EACH}, p95", slowest)
    with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
        ours, peer = seconds(deliver_due), seconds(lambda: _bare_mails(len(contracts)))
    yield Measured("dispatch", f"{told}: their mails sent, one worker", ours, "bare mails", peer)


def _shown(client: Client) -> None:
    page: Any = client.get(reverse("operations:provider_live"))
    assert page.content.count(b"BENCH-") >= CONTRACTS_OF_EACH, page.content[:500]


def _bare_mails(number: int) -> None:
    with get_connection() as server:
        for place in range(number):
            server.send_messages([EmailMessage(f"Dispatch {place}", "0.5 MW", to=["desk@provider.example"])])
