"""A case to settle kept as rows of the database, and settled from what production measures of them."""

import json
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from unittest import mock

from competitions.domain.terms_fields import fields_of
from competitions.domain.terms_keeping import create_terms
from contracts.models import Contract, ContractedAsset
from marketplace import clock
from operations.domain import unit_facts
from operations.domain.measuring import measured_of_seller
from operations.domain.reading_days import DAY_MINUTES, blank_day, day_of_minute
from operations.domain.series import MICRO, minute_of
from operations.domain.stored_readings import store_readings
from operations.domain.units import made_units
from operations.models import DatedNomination, Dispatch, DispatchEvent, ExcludedDay
from settlement.domain.cases import case_of
from settlement.domain.invoices import invoices
from settlement.domain.lines import statement
from settlement.domain.report import report_of
from settlement.domain.settling import Settled
from tests.qualification import market as base
from tests.settlement.case import at
from tests.support.running_contract import contract_of

QUALITIES = {"A": 0, "E": 1, "M": 2}
LATER = timedelta(days=200)


def settled_from_the_database(contracts, dispatches, meters, months=("2026-06",), **told):
    """The report of the case, as ``settled`` gives it, with what production measures of the stored case."""
    whole = {
        "zone": "Europe/London",
        "holidays": [],
        "months": list(months),
        "vat_rates": {"NORTH": "0.2"},
        "contracts": list(contracts),
        "dispatches": list(dispatches),
    } | told
    case = case_of(json.dumps(whole), {f"meter-{each.ref}.csv": each.text() for each in meters})
    with holidays_of(case):
        measured = measured_of_case(case, whole, meters)
    made = [
        statement(
            each,
            month,
            [one for one in measured if one.called.contract == name],
            case.holidays,
            case.zone,
        )
        for name, each in case.contracts.items()
        for month in case.months
    ]
    void = [each for each in case.dispatches if not each.requested.has_effect]
    return report_of(Settled(case, measured, void, made, invoices(made, case.vat_rates)))


@contextmanager
def holidays_of(case):
    """Holidays as the case has them, not as the calendar does."""
    with mock.patch.object(unit_facts, "holidays_between", return_value=case.holidays):
        yield


def measured_of_case(case, told, meters):
    """The performances of the case's dispatches, under their names in the case."""
    stored = Stored(case, told, meters)
    return stored.measured()


class Stored:
    """A case as rows: one operator, one provider, and all that the case tells of them."""

    def __init__(self, case, told, meters):
        self.case = case
        self.buyer, self.seller = base.member(base.operator()), base.member(base.provider())
        first = min(at(f"{each['window']['first_day']} 00:00") for each in told["contracts"])
        self.version = create_terms(by=self.buyer, ref="case", name="Case", fields={}, now=first)
        refs = sorted({ref for each in told["contracts"] for ref in each["assets"]})
        self.assets = {ref: base.asset(self.seller.organisation, ref=ref) for ref in refs}
        self.units = made_units(self.seller.organisation_id, self.assets.values())
        self.contracts = {each["id"]: self._contract(each, first) for each in told["contracts"]}
        self.names = {self._dispatch(each): each["id"] for each in told["dispatches"]}
        for meter in meters:
            self.tell(meter)
        for each in told.get("nominations", ()):
            self._nominate(each)
        self._exclude(told.get("excluded_days", {}))

    def _contract(self, told, first):
        made = contract_of(self.buyer, self.seller, self.version, first)
        known = self.case.contracts[told["id"]]
        competition = made.competition
        competition.need_direction = told["direction"].lower()
        competition.save(update_fields=["need_direction"])
        Contract.objects.filter(pk=made.pk).update(
            terms=fields_of(known.terms),
            capacity_mw=told["capacity_mw"],
            start=known.window.start,
            end=known.window.end,
        )
        for ref in told["assets"]:
            ContractedAsset.objects.create(
                contract=made, asset_id=self.assets[ref].pk, asset_ref=ref, data={}
            )
        return made

    def _dispatch(self, told):
        known = next(each for each in self.case.dispatches if each.id == told["id"])
        issue = told["events"][0]
        made = Dispatch.objects.create(
            operator=self.buyer.organisation,
            contract=self.contracts[told["contract"]],
            ref=told["id"],
            kind=told["kind"],
            mw=issue["mw"],
            start=issue["start"],
            end=issue["end"],
            holds_its_time=False,
            issued_at=known.issued_at,
            issued_by_id=self.buyer.user_id,
        )
        for place, each in enumerate(told["events"], 1):
            DispatchEvent.objects.create(
                dispatch=made,
                place=place,
                kind=each["type"],
                at=each["at"],
                by_id=self.buyer.user_id,
                start=each.get("start"),
                end=each.get("end"),
                mw=each.get("mw"),
                amendment=each.get("amendment"),
                reason="outage" if each["type"] == "decline" else "",
            )
        return str(made.pk)

    def tell(self, meter):
        """Store the readings of a meter, as an upload of them would."""
        days = {}
        for start, kwh in meter.imports.items():
            minute = minute_of(start)
            day = days.setdefault(day_of_minute(minute), blank_day(day_of_minute(minute), meter.minutes))
            place = minute % DAY_MINUTES // meter.minutes
            day.imported.energy[place] = int(Decimal(kwh) * MICRO)
            day.exported.energy[place] = int(Decimal(meter.exports.get(start, "0")) * MICRO)
            quality = QUALITIES[meter.qualities.get(start, "A")]
            day.imported.quality[place] = day.exported.quality[place] = quality
        unit = self.units[self.assets[meter.ref].pk]
        store_readings(by=self.seller, days={unit: list(days.values())}, counts={}, now=clock.now())

    def _nominate(self, told):
        DatedNomination.objects.create(
            unit=self.units[self.assets[told["asset"]].pk],
            period_start=told["period_start"],
            kw=told["kw"],
            submitted_at=told["submitted_at"],
            submitted_by_id=self.seller.user_id,
        )

    def _exclude(self, told):
        for ref, days in told.items():
            for day in days:
                ExcludedDay.objects.create(
                    unit=self.units[self.assets[ref].pk],
                    operator=self.buyer.organisation,
                    day=day,
                    reason="by the case",
                    state="approved",
                    asked_at=clock.now(),
                    asked_by_id=1,
                    answered_at=clock.now(),
                    answered_by_id=1,
                )

    def measured(self):
        """What production measures of all dispatches, under the names of the case."""
        starts = [each.requested.start for each in self.case.dispatches if each.requested.has_effect]
        if not starts:
            return []
        ids = {str(contract.pk): name for name, contract in self.contracts.items()}
        now = max(starts) + LATER
        found = measured_of_seller(
            self.seller.organisation_id, min(starts), max(starts) + timedelta(days=1), now
        )
        return [
            replace(
                each.performance,
                called=replace(
                    each.performance.called,
                    dispatch=self.names[each.performance.called.dispatch],
                    contract=ids[each.performance.called.contract],
                ),
            )
            for each in found
        ]
