"""Files of readings as meter operators, collectors and aggregators write them."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")
HALF_HOUR = timedelta(minutes=30)
MPAN = "1200023305967"
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)


def csv_of(*rows, separator=","):
    return "\r\n".join(separator.join(str(cell) for cell in row) for row in rows).encode()


def instants(first, last, minutes=30):
    """Every interval from one local midnight to another."""
    start, end = (
        datetime.combine(each, datetime.min.time(), LONDON).astimezone(UTC) for each in (first, last)
    )
    while start < end:
        yield start
        start += timedelta(minutes=minutes)


def of_day(day, days=1, minutes=30):
    return list(instants(day, day + timedelta(days=days), minutes))


def value(instant):
    """A value that tells its instant, so that one out of place shows."""
    return instant.day * 100 + instant.hour + instant.minute / 100


def wide(day, headers, number, *, more=()):
    """A row a day of numbered or named columns, the last ones blank where the day is shorter."""
    values = [f"{value(each):.2f}" for each in of_day(day)]
    values += [""] * (number - len(values))
    return csv_of(
        ["MPAN", "Date", *headers, *more],
        [f"'{MPAN}", f"{day:%d/%m/%Y}", *values[:number], *("9999" for _ in more)],
    )
