"""Competitions, their windows and how assets stand in them, as programs read them."""

from datetime import time
from typing import Any

from api.shapes import Day, Instant, Length, Number, Shown
from competitions.enums import (
    AssetCategory,
    AssetStatus,
    HolidayRuleChoice,
    NeedDirection,
    NeedType,
    Phase,
    PowerType,
    PricingType,
)
from competitions.models import Competition, ServiceWindow
from qualification.domain.verdicts import explanations
from qualification.enums import AssetStanding


class CompetitionShape(Shown):
    """A competition as it is published; an operator's own drafts too."""

    id: str
    ref: str
    name: str
    operator: str
    operator_code: str
    round: str
    phase: Phase
    need_type: NeedType
    product_type: str
    power_type: PowerType
    need_direction: NeedDirection
    competition_type: str
    pricing_type: PricingType
    settlement_terms: str | None
    currency: str
    availability_price: Number | None
    utilisation_price: Number | None
    service_fee: Number | None
    publish_on: Instant
    qualification_open: Instant
    qualification_close: Instant
    bidding_open: Instant | None
    bidding_close: Instant | None
    archive_on: Instant | None
    confirmed_at: Instant | None
    cancelled_at: Instant | None
    cancellation_reason: str
    area_buffer_km: Number | None
    minimum_voltage_kv: Number | None
    maximum_voltage_kv: Number | None
    company_qualification: str | None
    asset_statuses: list[AssetStatus]
    asset_categories: list[AssetCategory]
    meter_id_required: bool
    meter_id_in_zone: bool
    maximum_response_time: Length | None
    maximum_ramping_period: Length | None
    maximum_recovery_time: Length | None
    minimum_run_time: Length | None
    contact_email: str
    documents_url: str
    description: str
    changed_at: Instant


class WindowShape(Shown):
    """Hours of a period's days in which capacity is required; ``id`` is what a bid names."""

    id: str
    period: str
    name: str
    first_day: Day
    last_day: Day
    weekdays: list[int]
    start: time
    end: time
    public_holidays: HolidayRuleChoice
    capacity_required_mw: Number
    minimum_aggregate_mw: Number
    minimum_run_time: Length | None
    required_response_time: Length | None
    dispatch_estimate: int | None
    dispatch_duration: Length | None
    available_minutes: int


class ReasonShape(Shown):
    """A criterion that an asset fails: why, and what would make it pass while that can change."""

    code: str
    reason: str
    remedy: str


class VerdictShape(Shown):
    """How an asset of one's own stands in a competition."""

    asset_id: str
    asset_ref: str
    standing: AssetStanding
    relevant_capacity_mw: Number
    in_buffer: bool
    is_frozen: bool
    is_pending: bool
    passed: list[str]
    reasons: list[ReasonShape]
    override_reason: str | None


def competition_shape(of: Competition, now: Any) -> CompetitionShape:
    """A competition as programs read it."""
    plain = {
        name: getattr(of, name)
        for name in CompetitionShape.model_fields
        if name in {each.name for each in Competition._meta.concrete_fields}
    }
    return CompetitionShape(
        **plain
        | {
            "id": str(of.pk),
            "operator": of.operator.name,
            "operator_code": of.operator.code,
            "round": of.round_name,
            "phase": of.phase(now),
            "currency": of.operator.currency,
            "settlement_terms": of.settlement_terms.ref if of.settlement_terms is not None else None,
            "company_qualification": of.purchasing_system.reference
            if of.purchasing_system is not None
            else None,
            "contact_email": of.contact_email or of.operator.contact_email,
        }
    )


def window_shape(of: ServiceWindow) -> WindowShape:
    """A window as programs read it."""
    return WindowShape(
        id=str(of.pk),
        period=of.period.name,
        name=of.name,
        first_day=of.period.first_day,
        last_day=of.period.last_day,
        weekdays=list(of.weekdays),
        start=of.start,
        end=of.end,
        public_holidays=HolidayRuleChoice(of.public_holidays),
        capacity_required_mw=of.capacity_required_mw,
        minimum_aggregate_mw=of.minimum_aggregate_mw,
        minimum_run_time=of.minimum_run_time,
        required_response_time=of.required_response_time,
        dispatch_estimate=of.dispatch_estimate,
        dispatch_duration=of.dispatch_duration,
        available_minutes=of.available_minutes,
    )


def verdict_shape(line: explanations.Line) -> VerdictShape:
    """How an asset stands, as programs read it."""
    return VerdictShape(
        asset_id=str(line.asset.pk),
        asset_ref=line.asset.ref,
        standing=line.standing,
        relevant_capacity_mw=line.relevant_capacity_mw,
        in_buffer=line.in_buffer,
        is_frozen=line.is_frozen,
        is_pending=line.is_pending,
        passed=list(line.passed),
        reasons=[
            ReasonShape(code=code, reason=reason, remedy=line.remedies.get(code, ""))
            for code, reason in line.reasons
        ],
        override_reason=line.override.reason if line.override is not None else None,
    )
