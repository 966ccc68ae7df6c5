"""The desk's market: how much of everything it has."""

from datetime import UTC, datetime

from rehearsal.demo.desk import COMPETITIONS, PERIODS, SERVING, WINDOWS_A_PERIOD, _areas, desk_competitions
from rehearsal.demo.files import competition_sheets
from rehearsal.demo.market import DATA, DemoMarket

NOW = datetime(2026, 11, 24, 10, 7, tzinfo=UTC)


def test_fifty_competitions_stand_in_every_phase_and_three_have_three_hundred_windows():
    areas = _areas(DATA / "areas.geojson")
    told = desk_competitions(list(areas))
    assert len({each.ref for each in told}) == len(areas) == COMPETITIONS == 50
    assert sum(each.bidding_close < 0 < -each.service_in for each in told) == SERVING
    sheets = competition_sheets(DemoMarket(NOW, "").at, told)
    windows = [(row["ref"], row["period"], row["name"]) for row in sheets["Service Windows"]]
    assert len(windows) == len(set(windows))
    counted = sorted((sum(ref == each.ref for ref, _, _ in windows) for each in told), reverse=True)
    assert counted == [PERIODS * WINDOWS_A_PERIOD] * 3 + [1] * 47
