"""Competitions as releases of the Open Contracting Data Standard 1.1.

A competition is one contracting process with up to two releases: the tender, from its publication on, and the
results (bids, awards, contracts), from their confirmation on. A service window is an item of the tender. What
is told of nameless bids is only what the historic bids tell; their contracts carry no status and no dates of
their own, since contracts that are signed together would show which bids belong together. Budgets and
expected costs are not published.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from accounts.models import Organisation
from bidding.domain.results.bidder_disclosure import PublishedBid
from bidding.enums import Decision
from competitions.domain.setting_up.terms import window_terms
from competitions.enums import Phase
from competitions.models import Competition, ServiceWindow
from contracts.enums import ContractStatus
from contracts.models import Contract
from marketplace.calendar import local_instant
from marketplace.units import power_unit

Release = dict[str, Any]
BIDS_EXTENSION = (
    "https://raw.githubusercontent.com/open-contracting-extensions/ocds_bid_extension/v1.1.5/extension.json"
)
STATUSES = {Phase.ANNOUNCED: "planned", Phase.CANCELLED: "cancelled", Phase.ARCHIVED: "withdrawn"}
CONTRACT_STATUSES = {
    ContractStatus.AWARDED: "pending",
    ContractStatus.SIGNED: "active",
    ContractStatus.ENDED: "terminated",
    ContractStatus.WITHDRAWN: "cancelled",
}


@dataclass(frozen=True)
class Results:
    """What became of a confirmed competition: its published bids, and its contracts by bid."""

    bids: Sequence[PublishedBid]
    contracts: Sequence[Contract]


def ocid_of(competition: Competition) -> str:
    """The process's identifier: the installation's registered prefix and the ref, which is unique for
    ever."""
    return f"{settings.OCID_PREFIX}-{competition.ref}"


def about_package(newest: str) -> dict[str, Any]:
    """What a package says besides its releases. It is dated by the newest: the same data give the same
    bytes."""
    return {
        "uri": f"{settings.SITE_URL}/market-data/open-contracting.json",
        "version": "1.1",
        "extensions": [BIDS_EXTENSION, f"{settings.SITE_URL}/static/ocds/flexibility/extension.json"],
        "publishedDate": newest,
        "publisher": {"name": "Flexibility marketplace", "uri": settings.SITE_URL},
    }


def releases_of(competition: Competition, results: Results | None, now: datetime) -> Iterator[Release]:
    """The tender's release, and with ``results`` (confirmed ones only) theirs.

    Uses the prefetched windows with their periods.
    """
    parties = [_buyer(competition.operator)]
    yield _release(
        competition, ["tender"], _tender_date(competition, now), parties, _tender(competition, results, now)
    )
    if results is not None:
        yield _release(
            competition,
            ["award", "contract"] if results.contracts else ["award"],
            _results_date(competition, results),
            parties + list(_bidders(results.bids)),
            _told_of_results(competition, results),
        )


def _release(
    competition: Competition,
    tag: list[str],
    date: datetime,
    parties: list[dict[str, Any]],
    content: dict[str, Any],
) -> Release:
    operator = competition.operator
    told = {
        "ocid": ocid_of(competition),
        "date": _instant(date),
        "tag": tag,
        "initiationType": "tender",
        "language": "en",
        "parties": parties,
        "buyer": {"id": operator.code, "name": operator.name},
        **content,
    }
    # Not canonical_json: the ids of releases that are out were made over this text, and stay.
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
    return {"ocid": told["ocid"], "id": f"{told['ocid']}-{tag[0]}-{digest}", **told}


def _tender_date(competition: Competition, now: datetime) -> datetime:
    """When what the tender tells last changed, by its operator or by the clock."""
    moments = [
        competition.publish_on,
        competition.qualification_open,
        competition.changed_at,
        competition.archive_on,
        competition.confirmed_at,
        competition.cancelled_at,
    ]
    return max(each for each in moments if each is not None and each <= now)


def _tender(competition: Competition, results: Results | None, now: datetime) -> dict[str, Any]:
    windows = list(competition.windows.all())
    tender = {
        "id": competition.ref,
        "title": competition.name,
        "description": competition.description or None,
        "status": _status(competition, results, now),
        "procuringEntity": {"id": competition.operator.code, "name": competition.operator.name},
        "items": [_item(window, competition) for window in windows],
        "procurementMethod": "selective" if competition.purchasing_system else "open",
        "procurementMethodDetails": _method(competition),
        "mainProcurementCategory": "services",
        "submissionMethod": ["electronicSubmission"],
        "tenderPeriod": _period(competition.bidding_open, competition.bidding_close),
        "enquiryPeriod": _period(competition.publish_on, competition.bidding_close),
        "contractPeriod": _service(windows, competition.operator.zone),
    }
    if competition.documents_url:
        tender["documents"] = [
            {"id": "documents", "documentType": "tenderNotice", "url": competition.documents_url}
        ]
    return {"tender": {key: value for key, value in tender.items() if value not in (None, {}, [])}}


def _status(competition: Competition, results: Results | None, now: datetime) -> str:
    if results is not None:
        return (
            "complete"
            if any(each.bid.decision == Decision.ACCEPTED for each in results.bids)
            else "unsuccessful"
        )
    return STATUSES.get(competition.phase(now), "active")


def _method(competition: Competition) -> str:
    system = competition.purchasing_system
    told = [competition.get_need_type_display(), competition.get_competition_type_display()]
    told += [competition.get_pricing_type_display(), competition.product_type]
    told += [f"approval under {system.reference} needed"] if system else []
    return ", ".join(each for each in told if each)


def _item(window: ServiceWindow, competition: Competition) -> dict[str, Any]:
    return {
        "id": _item_id(window),
        "description": str(window_terms(window)),
        "quantity": _number(window.capacity_required_mw),
        "unit": {"name": power_unit(competition.power_type)},
    }


def _item_id(window: ServiceWindow) -> str:
    return f"{window.period.name}/{window.name}"


def _told_of_results(competition: Competition, results: Results) -> dict[str, Any]:
    accepted = [each for each in results.bids if each.bid.decision == Decision.ACCEPTED]
    told: dict[str, Any] = {
        "bids": {
            "statistics": [{"id": "bids", "measure": "bids", "value": len(results.bids)}],
            "details": [_bid(each, competition) for each in results.bids],
        },
        "awards": _awards(competition, accepted, results.contracts),
    }
    if results.contracts:
        named = {each.bid.pk for each in accepted if each.provider is not None}
        told["contracts"] = [_contract(each, is_named=each.bid_id in named) for each in results.contracts]
    return told


def _bid(told: PublishedBid, competition: Competition) -> dict[str, Any]:
    bid, currency = told.bid, competition.operator.currency
    offer = {
        "relatedItem": _item_id(bid.window),
        "capacity": _number(bid.capacity_mw),
        "maximumRunTime": bid.maximum_run_time / timedelta(minutes=1),
        "availabilityPrice": _money(bid.availability_price, currency),
        "utilisationPrice": _money(bid.utilisation_price, currency),
        "serviceFee": _money(bid.service_fee, currency),
        "decision": bid.decision,
        "rejectionReason": bid.get_rejection_reason_display() or None,
    }
    return {
        "id": str(bid.pk),
        "status": "valid",
        **({"tenderers": [_reference(told.provider)]} if told.provider else {}),
        "offer": {key: value for key, value in offer.items() if value is not None},
    }


def _awards(
    competition: Competition, accepted: Sequence[PublishedBid], contracts: Sequence[Contract]
) -> list[dict[str, Any]]:
    """One for each accepted bid; a single unsuccessful one where there is none."""
    at = _instant(competition.confirmed_at) if competition.confirmed_at else None
    if not accepted:
        return [{"id": f"{competition.ref}-none", "title": "No award", "status": "unsuccessful", "date": at}]
    withdrawn = {each.bid_id for each in contracts if each.status == ContractStatus.WITHDRAWN}
    awards = []
    for told in accepted:
        award = {
            "id": str(told.bid.pk),
            "title": f"{competition.ref} {_item_id(told.bid.window)}",
            "status": "cancelled" if told.provider and told.bid.pk in withdrawn else "active",
            "date": at,
            "items": [_item(told.bid.window, competition) | {"quantity": _number(told.bid.capacity_mw)}],
            "contractPeriod": _service([told.bid.window], competition.operator.zone),
            "relatedBid": str(told.bid.pk),
        }
        awards.append(award | ({"suppliers": [_reference(told.provider)]} if told.provider else {}))
    return awards


def _contract(contract: Contract, *, is_named: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "id": str(contract.pk),
        "awardID": str(contract.bid_id),
        "title": f"{contract.competition.ref} {contract.period_name}/{contract.window_name}",
    }
    if is_named:
        told["status"] = CONTRACT_STATUSES[ContractStatus(contract.status)]
        if contract.signed_at is not None:
            told["dateSigned"] = _instant(contract.signed_at)
    return told


def _results_date(competition: Competition, results: Results) -> datetime:
    """The confirmation, or where companies are named the last change of a contract."""
    named = {each.bid.pk for each in results.bids if each.provider is not None}
    moments = [competition.confirmed_at]
    for contract in results.contracts:
        if contract.bid_id in named:
            moments += [contract.signed_at, contract.ended_at, contract.withdrawn_at]
    return max(each for each in moments if each is not None)


def _buyer(operator: Organisation) -> dict[str, Any]:
    return {"id": operator.code, "name": operator.name, "roles": ["buyer", "procuringEntity"]}


def _bidders(bids: Iterable[PublishedBid]) -> Iterator[dict[str, Any]]:
    """Each named bidder once; a supplier where one of its bids was accepted."""
    winners = {each.provider.pk for each in bids if each.provider and each.bid.decision == Decision.ACCEPTED}
    providers = {each.provider.pk: each.provider for each in bids if each.provider}
    for provider in providers.values():
        yield _reference(provider) | {
            "roles": ["tenderer", *(["supplier"] if provider.pk in winners else [])]
        }


def _reference(provider: Organisation) -> dict[str, str]:
    return {"id": str(provider.pk), "name": provider.name}


def _service(windows: Sequence[ServiceWindow], zone: ZoneInfo) -> dict[str, str]:
    """From the first day's midnight to the one after the last day."""
    if not windows:
        return {}
    first = min(window.period.first_day for window in windows)
    last = max(window.period.last_day for window in windows)
    return _period(
        local_instant(first, time(0), zone), local_instant(last + timedelta(days=1), time(0), zone)
    )


def _period(start: datetime | None, end: datetime | None) -> dict[str, str]:
    told = {"startDate": start, "endDate": end}
    return {key: _instant(value) for key, value in told.items() if value is not None}


def _instant(value: datetime) -> str:
    return value.isoformat()


def _money(amount: Decimal | None, currency: str) -> dict[str, Any] | None:
    return None if amount is None else {"amount": _number(amount), "currency": currency}


def _number(value: Decimal) -> int | float:
    """The JSON number that reads as the decimal does; at most 14 digits, which a float keeps."""
    return int(value) if value == value.to_integral_value() else float(value)
