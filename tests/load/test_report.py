"""What ``make load`` reports is what was asked: by whom, when, how slow, and what failed."""

from tests.load.report import text_of
from tests.load.run import Asked, Found

BEGAN, CLOSE = 1000.0, 1500.0


def found(*asked):
    return Found(
        people=20,
        seconds=600,
        began=BEGAN,
        close=CLOSE,
        asked=list(asked),
        uploads=[(1100.0, 1200.0, "done")],
        gate_after=1.5,
        late=0,
        bids=7,
        load_before=0.5,
        load_within=[1.0, 3.0],
        busy=1.5,
        own=1.2,
        failures=sum(bool(each.failure) for each in asked),
    )


def row(text, name):
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {name} |")]
    return [cell.strip() for cell in line.strip("|").split("|")][1:]


def asked(at, ms, name="provider: home", failure=""):
    return Asked(at, name, ms, 503 if failure else 200, failure)


def test_percentiles_are_of_all_requests_of_a_page():
    text = text_of(found(*(asked(1050, 10 * number) for number in range(100))))
    assert row(text, "provider: home") == ["100", "0", "0.50", "0.95", "0.99", "0.99"]


def test_what_was_answered_beside_an_upload_and_before_the_close_is_told_apart():
    text = text_of(found(asked(1050, 1), asked(1150, 1000), asked(1450, 2000), asked(1550, 1)))
    assert row(text, "while a file of 20,000 assets was worked")[0] == "1"
    assert row(text, "the last 2 minutes before the close")[:3] == ["1", "0", "2.00"]
    assert row(text, "public")[0] == "0"


def test_every_failure_is_counted_and_named():
    text = text_of(found(asked(1050, 1, failure="503"), asked(1060, 1)))
    assert "1 failed" in text
    assert "- 1 × provider: home: 503" in text
    assert "the gate closed 1.5 s after the close" in text
