"""The files of market data about dispatches, as they are made for everybody."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO

from django.db.models import Count, Max

from bidding.models import NamingRule, RegulatorSettings
from competitions.domain.payment import rounded
from competitions.models import Area
from contracts.models import Contract
from marketplace.dates import month_code, utc_stamp
from marketplace.jobs.public_kinds import PublicKind
from marketplace.workbooks.declare import Sheet, WorkbookSpec
from marketplace.workbooks.write import write_bulk, write_csv
from operations.models import AvailabilityAnswer, AvailabilityDeclaration, Dispatch, DispatchEvent
from settlement.domain.public_dispatches import PublicRow, operators, public_rows, public_until
from settlement.domain.public_volumes import Volume, public_volumes
from settlement.enums import VersionState
from settlement.models import StatementVersion
from settlement.workbooks.public_specs import DISPATCH_DATA, PUBLIC_DISPATCHES, VOLUME_DATA, VOLUMES

GROUP = "Dispatches"
MW_PLACES, MWH_PLACES, HOUR_PLACES = 6, 2, 4
Row = dict[str, Any]


def dispatch_row(told: PublicRow) -> Row:
    """A row of the sheet of dispatches."""
    zone = told.contract.buyer.zone
    of_availability = {
        "availability_mw": rounded(told.mw, MW_PLACES),
        "availability_price": told.contract.availability_price or 0,
        "availability_mwh": rounded(told.mwh, MWH_PLACES),
    }
    of_dispatch = {
        "utilisation_mw": rounded(told.mw, MW_PLACES),
        "utilisation_price": told.contract.utilisation_price or 0,
        "utilisation_mwh": rounded(told.mwh, MWH_PLACES),
    }
    figures = (
        of_dispatch | dict.fromkeys(of_availability, 0)
        if told.is_dispatch
        else of_availability | dict.fromkeys(of_dispatch, 0)
    )
    return {
        "company": told.about.company or None,
        "unit": told.about.unit or None,
        "zone": told.about.zone,
        "product": told.about.product or None,
        "start_local": _local(told.start, zone),
        "end_local": _local(told.end, zone),
        **figures,
        "technology": told.about.technology or None,
        "dispatch_type": told.about.dispatch_type,
        "hours": rounded(told.hours, HOUR_PLACES),
        "method": told.method,
        "start_utc": utc_stamp(told.start),
        "end_utc": utc_stamp(told.end),
    }


def volume_row(told: Volume) -> Row:
    """A row of the sheet of volumes."""
    return {
        "operator": told.operator,
        "zone": told.zone,
        "product": told.product or None,
        "month": month_code(told.month),
        "requested": rounded(told.requested_mwh, MWH_PLACES),
        "delivered": rounded(told.delivered_mwh, MWH_PLACES),
        "paid": told.paid,
        "currency": told.currency,
    }


def state(now: datetime) -> str:
    """Which months are public, and how much was written of what the files are made from; cheap, and nothing of it is
    published."""
    months = [(each.pk, each.name, public_until(each, now)) for each in operators()]
    written = [
        model.objects.aggregate(count=Count("pk"), last=Max("pk"))
        for model in (DispatchEvent, AvailabilityDeclaration, AvailabilityAnswer, NamingRule)
    ]
    final = StatementVersion.objects.filter(state=VersionState.FINAL).aggregate(
        count=Count("pk"), last=Max("finalised_at")
    )
    contracts = Contract.objects.aggregate(
        count=Count("pk"),
        terms=Count("terms_version"),
        withdrawn=Max("withdrawn_at"),
        competitions=Max("competition__changed_at"),
    )
    sellers = Contract.objects.order_by("seller").values_list("seller", "seller__name").distinct()
    places = [
        *RegulatorSettings.objects.order_by("pk").values_list(),
        Area.objects.aggregate(last=Max("updated_at")),
    ]
    called = Dispatch.objects.aggregate(count=Count("pk"))
    return "\n".join(map(str, [*months, *written, final, contracts, *sellers, *places, called]))


def _local(instant: datetime, zone: Any) -> str:
    return instant.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")


def _counted(rows: Iterable[Row], count: list[int]) -> Iterator[Row]:
    for row in rows:
        count[0] += 1
        yield row


def _writers(
    spec: WorkbookSpec, sheet: Sheet, rows: Callable[[datetime], Iterator[Row]]
) -> dict[str, Callable[[BinaryIO, datetime], int]]:
    def as_xlsx(target: BinaryIO, now: datetime) -> int:
        count = [0]
        write_bulk(spec, {sheet.name: _counted(rows(now), count)}, target)
        return count[0]

    def as_csv(target: BinaryIO, now: datetime) -> int:
        count = [0]
        write_csv(sheet, _counted(rows(now), count), target)
        return count[0]

    return {"xlsx": as_xlsx, "csv": as_csv}


def public_kinds() -> Iterator[PublicKind]:
    """The files, each with how it is made."""
    called = _writers(DISPATCH_DATA, PUBLIC_DISPATCHES, lambda now: map(dispatch_row, public_rows(now)))
    summed = _writers(VOLUME_DATA, VOLUMES, lambda now: map(volume_row, public_volumes(now)))
    about = "Accepted availability and dispatches, from a month after the month of service."
    sums = "What was requested, delivered and paid by zone, product and month, of statements that are final."
    for form, write in called.items():
        yield PublicKind(f"dispatches.{form}", "Dispatches", about, write, state, GROUP)
    for form, write in summed.items():
        yield PublicKind(f"dispatch-volumes.{form}", "Volumes", sums, write, state, GROUP)
