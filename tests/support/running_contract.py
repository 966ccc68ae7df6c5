"""A contract that runs while bids of another competition are taken, with one of everything that operations keep of it; and
one an hour before its service."""

from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from accounts.models import Member
from bidding.enums import Decision
from bidding.models import Ballot, Bid, Confirmation, GateClose
from competitions.domain.terms_fields import fields_of, terms_of
from competitions.models import ServiceWindow, TermsVersion
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from marketplace.jobs.actions import keep_for_upload
from marketplace.jobs.publishing import run_jobs_inline
from operations.domain.issuing import issue_dispatch
from operations.domain.kept_mappings import keep_mapping
from operations.domain.nominating import ask_to_exclude
from operations.domain.substituting import propose_substitution
from operations.models import Unavailability
from operations.workbooks.readings_file import KIND
from qualification.domain.facts.data import frozen_data
from qualification.models import Entry
from tests.operations.metered import half_hours, tell
from tests.operations.scene import give
from tests.qualification import market as base

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
EARLIER = 300 * DAY
METER_FILE = b"meter,when,kWh\nRUN-1,2026-01-05 16:00,1\nRUN-1,2026-01-05 16:30,2\n"
FIXED = {"availability": {"mode": "fixed"}, "baseline": {"method": "constant"}}


@dataclass(frozen=True)
class Running:
    """The ids of what there is, by what it is."""

    contract: UUID
    dispatch: UUID
    unit: UUID
    notice: UUID
    exclusion: int
    substitution: UUID
    mapping: UUID
    file: UUID


def running_contract(buyer: Member, seller: Member, version: TermsVersion, now: datetime) -> Running:
    """A contract of 1 MW, every day, awarded long ago, with a dispatch to answer and everything else that can wait."""
    contract = contract_of(buyer, seller, version, now)
    asset, other = (base.asset(seller.organisation, ref=f"RUN-{number}") for number in (1, 2))
    data = frozen_data([asset.pk])[asset.pk]
    ContractedAsset.objects.create(contract=contract, asset_id=asset.pk, asset_ref=asset.ref, data=data)
    with clock.set_to(now):
        start = now.replace(minute=0, second=0, microsecond=0) + 3 * HOUR
        dispatch = issue_dispatch(
            by=buyer,
            contract_id=contract.pk,
            mw=Decimal("0.5"),
            start=start,
            end=start + HOUR,
            now=now,
        )
        unit = tell(seller, asset, half_hours(start - 4 * DAY, 4, 1))
        excluded = ask_to_exclude(
            by=seller,
            unit=unit,
            operator=buyer.organisation,
            day=(now + 5 * DAY).date(),
            reason="Works",
            now=now,
        )
        told = {"add": [other.pk], "remove": [], "from_day": (now + 2 * DAY).date()}
        proposed = propose_substitution(by=seller, contract_id=contract.pk, **told, now=now)
    notice = Unavailability.objects.create(
        contract=contract,
        start=start + DAY,
        end=start + DAY + HOUR,
        notified_end=start + DAY + HOUR,
        mw=Decimal(0),
        reason="outage",
        notified_at=now,
        notified_by_id=seller.user_id,
    )
    mapping = keep_mapping(by=seller, name="Monthly", headers=["a", "b"], mapping={}, now=now)
    file = keep_for_upload(by=seller, kind=KIND, filename="meter.csv", data=METER_FILE, now=now)
    return Running(
        contract.pk, dispatch.pk, unit.pk, notice.pk, excluded.pk, proposed.pk, mapping.pk, file.pk
    )


def contract_of(buyer: Member, seller: Member, version: TermsVersion, now: datetime) -> Contract:
    """A contract that was awarded long ago, whose service is every day from 00:00 to 24:00."""
    opened = now - EARLIER
    competition = base.competition(
        buyer.organisation,
        publish_on=opened,
        qualification_open=opened,
        qualification_close=opened + DAY,
        bidding_open=opened + 2 * DAY,
        bidding_close=opened + 3 * DAY,
        confirmed_at=opened + 4 * DAY,
        created_at=opened - DAY,
        changed_at=opened - DAY,
        first_day=now.date(),
    )
    provider = seller.organisation
    Entry.objects.create(competition=competition, provider=provider, state="entered", changed_at=opened)
    GateClose.objects.create(
        competition=competition, closed_at=opened + 3 * DAY, bid_count=1, digest="0" * 64
    )
    Confirmation.objects.create(
        competition=competition,
        confirmed_at=opened + 4 * DAY,
        confirmed_by_id=buyer.user_id,
        accepted_count=1,
        rejected_count=0,
        accepted_mw=1,
        expected_cost=1,
    )
    ballot = Ballot.objects.create(
        competition=competition, provider=provider, submitted_at=opened, changed_at=opened
    )
    window = ServiceWindow.objects.select_related("period").get(competition=competition)
    bid = Bid.objects.create(
        ballot=ballot,
        window=window,
        capacity_mw=Decimal(1),
        maximum_run_time=timedelta(hours=2),
        utilisation_price=Decimal(100),
        nonce="0" * 64,
        digest="1" * 64,
        submitted_at=opened + 2 * DAY,
        decision=Decision.ACCEPTED,
        decided_at=opened + 4 * DAY,
        decided_by_id=buyer.user_id,
    )
    return Contract.objects.create(
        bid=bid,
        competition=competition,
        buyer=buyer.organisation,
        seller=provider,
        period_name=window.period.name,
        window_name=window.name,
        first_day=now.date() - 5 * DAY,
        end_day=now.date() + 60 * DAY,
        weekdays=window.weekdays,
        public_holidays=window.public_holidays,
        start="00:00",
        end="00:00",
        available_minutes=65 * 24 * 60,
        capacity_mw=bid.capacity_mw,
        maximum_run_time=bid.maximum_run_time,
        utilisation_price=bid.utilisation_price,
        expected_cost=1,
        awarded_at=opened + 4 * DAY,
        terms_version=version,
        terms=fields_of(terms_of(FIXED)),
    )


@contextmanager
def an_hour_before_service(once: Any, mode: str = "fixed") -> Iterator[Any]:
    """What :func:`tests.operations.scene.contracted` made once, at an hour before the first service of North's contract,
    with terms by which availability is promised in this way. Jobs run at once."""
    with run_jobs_inline():
        made = give(deepcopy(once), mode)
        with clock.set_to(made.service.start - HOUR):
            yield made
