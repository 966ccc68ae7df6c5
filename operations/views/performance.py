"""Pages of performance: the dispatches of a month, and one of them with what its figures are made of."""

from fractions import Fraction
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import clock
from marketplace.dates import month_code, named_month
from marketplace.web.access import member
from marketplace.web.lists import page_of
from operations.domain.completeness import month_days, series_of_days
from operations.domain.kept_figures import figures_of, figures_soon
from operations.domain.measuring import begun_of_member, dispatches_of, measured_dispatch
from operations.domain.stored_readings import last_told
from operations.models import DeliveryUnit
from operations.presenters import performance as shown
from operations.presenters.performance_chart import performance_chart
from operations.presenters.readings import months_around


@require_GET
@member(role=Role.OPERATIONS)
def performance_list(request: MemberRequest) -> HttpResponse:
    """The dispatches of a month with what they delivered, the latest first."""
    now, zone = clock.now(), request.member.organisation.zone
    try:
        month = named_month(request.GET.get("month", ""))
    except ValueError:
        month = now.astimezone(zone).date().replace(day=1)
    days = month_days(month)
    page = page_of(begun_of_member(request.member, days[0], days[-1], now), request.GET.get("page"))
    dispatches = list(page.object_list)
    figures = figures_soon(dispatches, now)
    known = [each for each in figures.values() if each is not None]
    before, after = months_around(month, now)
    context = {
        "page": page,
        "rows": [shown.row_of(each, figures[each.pk]) for each in dispatches if each.pk in figures],
        "waiting": len(figures) - len(known),
        "requested": shown.mwh_text(sum((each.requested for each in known), Fraction(0))),
        "delivered": shown.mwh_text(sum((each.delivered for each in known), Fraction(0))),
        "month": month,
        "before": before,
        "after": after,
        "zone": zone,
        "params": {"month": month_code(month)},
    }
    return render(request, "operations/performance.html", context)


@require_GET
@member(role=Role.OPERATIONS)
def dispatch_performance(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One dispatch: chart, periods, units of a period, and the days that its baselines looked at."""
    now = clock.now()
    dispatch = get_object_or_404(dispatches_of(request.member), pk=pk)
    zone = dispatch.contract.buyer.zone
    measured = None if dispatch.contract.terms is None else measured_dispatch(dispatch, now)
    if measured is None:
        return render(request, "operations/no_performance.html", {"dispatch": dispatch, "zone": zone})
    performance = measured.performance
    number = _number(request.GET.get("period"), len(performance.periods))
    ref = request.GET.get("asset", performance.called.units[0] if performance.called.units else "")
    if performance.called.units and ref not in performance.baselines:
        raise Http404
    ids = [each.pk for each in measured.units.values() if isinstance(each, DeliveryUnit)]
    day = dispatch.start.astimezone(zone).date()
    series = series_of_days(ids, [day])
    told = last_told(ids)
    row = shown.DispatchRow(dispatch, figures_of(measured))
    context = {
        "dispatch": dispatch,
        "contract": dispatch.contract,
        "row": row,
        "span": shown.span_text(performance.called.requested.start, performance.called.requested.end, zone),
        "day": day,
        "deficiency": shown.mwh_text(performance.deficiency),
        "chart": performance_chart(measured, list(series.values()), zone),
        "periods": shown.period_rows(measured, zone, number),
        "number": number,
        "units": shown.unit_rows(measured, performance.periods[number - 1] if number else None),
        "asset": ref,
        "baseline": performance.baselines.get(ref),
        "days": shown.day_rows(performance.baselines[ref]) if ref else [],
        "method": shown.METHODS[performance.called.terms.baseline.method],
        "received": max(told.values(), default=None),
        "is_shared": any(unit.taken for each in performance.periods for unit in each.units),
        "zone": zone,
        "params": {"month": month_code(day), "dispatch": str(dispatch.pk)},
    }
    return render(request, "operations/dispatch_performance.html", context)


def _number(told: str | None, most: int) -> int | None:
    return int(told) if told and told.isascii() and told.isdigit() and 1 <= int(told) <= most else None
