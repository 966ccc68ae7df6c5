"""Verdicts worked out in plain Python, one pair, one point and one edge at a time: shares no code with the
engine."""

import itertools
from fractions import Fraction

import shapely

from competitions.models import Boundary, Competition
from qualification.models import Asset, DpsApplication, MeterList
from tests.qualification.market import FIRST_DAY


def side(px, py, ax, ay, bx, by):
    """Above 0: left of the line; 0: on it. Floats are exact fractions, so that no rounding decides."""
    px, py, ax, ay, bx, by = map(Fraction, (px, py, ax, ay, bx, by))
    return (bx - ax) * (py - ay) - (by - ay) * (px - ax)


def ring_position(px, py, ring):
    inside = False
    for (ax, ay), (bx, by) in itertools.pairwise(ring):
        if not min(ay, by) <= py <= max(ay, by):
            continue
        turn = side(px, py, ax, ay, bx, by)
        if turn == 0 and min(ax, bx) <= px <= max(ax, bx):
            return "edge"
        if (ay > py) != (by > py) and (turn > 0) == (by > ay):
            inside = not inside
    return "inside" if inside else "outside"


def exact_rings(shape):
    polygons = [part for part in shapely.get_parts(shape) if not part.is_empty]
    return [[list(ring.coords) for ring in (part.exterior, *part.interiors)] for part in polygons]


def brute_covers(rings_of_parts, px, py):
    for outer, *holes in rings_of_parts:
        position = ring_position(px, py, outer)
        if position == "edge":
            return True
        if position == "inside" and all(ring_position(px, py, hole) != "inside" for hole in holes):
            return True
    return False


def brute_verdict(competition, rings, wide_rings, asset):
    """In the buffer, what fails, MW; None for what lies outside or is archived."""
    x, y = float(asset.longitude), float(asset.latitude)
    if asset.status == "archived" or not brute_covers(wide_rings, x, y):
        return None
    failed, mw = brute_failing(competition, asset)
    return (not brute_covers(rings, x, y), failed, mw)


def brute_failing(competition, asset):  # noqa: C901  (one rule after the other)
    """What fails but the place, and the MW."""
    failed = []
    low, high = competition.minimum_voltage_kv, competition.maximum_voltage_kv
    if (low is not None and asset.voltage_kv < low) or (high is not None and asset.voltage_kv > high):
        failed.append("voltage")
    if competition.power_type == "active":
        if competition.need_direction == "deficit":
            mw = asset.generation_turn_up_mw + asset.demand_turn_down_mw
        else:
            mw = asset.generation_turn_down_mw + asset.demand_turn_up_mw
    else:
        mw = (
            asset.reactive_export_mvar
            if competition.need_direction == "deficit"
            else asset.reactive_import_mvar
        )
    if mw == 0:
        failed.append("capacity")
    late = asset.status == "in_development" and asset.operational_date > FIRST_DAY
    if asset.status not in competition.asset_statuses or late:
        failed.append("status")
    if asset.asset_type.category not in competition.asset_categories:
        failed.append("category")
    if not asset.first_uploaded_at < competition.qualification_close:
        failed.append("deadline")
    dps = competition.purchasing_system_id
    if dps is not None:
        decided = DpsApplication.objects.filter(purchasing_system=dps, provider=asset.provider_id)
        if not decided.filter(state="approved").exists():
            failed.append("dps")
    meters = {asset.import_meter_id, asset.export_meter_id} - {""}
    if competition.meter_id_required and not meters:
        failed.append("meter_id")
    if competition.meter_id_in_zone:
        areas = Boundary.objects.filter(competition=competition, kind="area").values("area")
        lists = MeterList.objects.filter(area__in=areas).values_list("meter_ids", flat=True)
        if not meters & {meter for listed in lists for meter in listed}:
            failed.append("meter_zone")
    for own, limit, code in (
        (asset.response_time, competition.maximum_response_time, "response_time"),
        (asset.ramping_period, competition.maximum_ramping_period, "ramping_period"),
        (asset.recovery_time, competition.maximum_recovery_time, "recovery_time"),
    ):
        if limit is not None and (own is None or own > limit):
            failed.append(code)
    shortest = competition.minimum_run_time
    if shortest is not None and (asset.maximum_run_time is None or asset.maximum_run_time < shortest):
        failed.append("run_time")
    return tuple(failed), mw


def rings_of(competition):
    """The exact rings of the boundary, and of the boundary with its buffer."""
    shape = competition.boundary_shape
    return tuple(exact_rings(shapely.from_wkb(bytes(wkb))) for wkb in (shape.inside_wkb, shape.buffered_wkb))


def brute_force():
    """Every pair that passes the place, with how it stands, of all competitions and assets."""
    assets = list(Asset.objects.select_related("asset_type"))
    expected = {}
    for competition in Competition.objects.select_related("boundary_shape"):
        rings, wide = rings_of(competition)
        for asset in assets:
            verdict = brute_verdict(competition, rings, wide, asset)
            if verdict is not None:
                expected[competition.pk, asset.pk] = verdict
    return expected
