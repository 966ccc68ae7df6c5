"""The words by which meter files name columns, directions and qualities. Pure."""

import re

IMPORT, EXPORT, SKIP, BOTH = "import", "export", "skip", "both"

FLOWS = {
    **dict.fromkeys(
        ("ai", "import", "imp", "consumption", "demand", "a+", "active import", "aai", "kwh import"), IMPORT
    ),
    **dict.fromkeys(("ae", "export", "exp", "generation", "a-", "active export", "kwh export"), EXPORT),
    **dict.fromkeys(
        (
            "ri",
            "re",
            "r+",
            "r-",
            "kvarh",
            "kvar",
            "reactive",
            "reactive import",
            "reactive export",
            "kvarh import",
            "kvarh export",
            "kva",
        ),
        SKIP,
    ),
    **dict.fromkeys(("kwh", "wh", "mwh", "kw", "active", "net"), BOTH),
}
"""What the text in a column of directions or quantities says of its row."""

ACTUAL, ESTIMATED, MISSING = "A", "E", "M"
QUALITIES = {
    **dict.fromkeys(("", "a", "actual", "r", "real", "v", "valid", "good", "measured", "ok"), ACTUAL),
    **dict.fromkeys(("e", "estimated", "estimate", "est", "forecast"), ESTIMATED),
    **dict.fromkeys(("m", "missing", "x", "none", "invalid", "bad"), MISSING),
}
BLANKS = frozenset(("", "-", "–", "null", "none", "nan", "n/a", "na", "#n/a", "."))
"""What stands where there is no value."""

METER = re.compile(
    r"\b(asset ref|asset|meter ?id|meter|mpan|msid|mprn|lclid|site ?id|site|tx ?id|device|unit ref|point)\b"
)
STAMP = re.compile(
    r"time ?stamp|date ?time|\btstp\b|period start|period end|start time|end time|value ?date"
    r"|\bfrom\b|\bto\b|utc|read(ing)? (date|time)|^timestamp$"
)
DAY = re.compile(r"\b(settlement date|read(ing)? date|date|day)\b")
TIME = re.compile(r"^(time|start|end|time of day|hh ?time|clock time|local time|from time|to time)\b")
PERIOD = re.compile(r"^(settlement period|period|period number|hh|hh number|sp|half hour)$")
QUALITY = re.compile(
    r"\b(quality|status|flag|actual/estimated|a/e|estimated|est|read type|reading type|indicator)\b"
)
FLOW = re.compile(r"\b(type|direction|flow|measurement|quantity|channel|units?|uom|register|mq)\b")
IMPORTS = re.compile(r"\b(import|imported|consumption|consumed|demand|usage|imp|load)\b")
EXPORTS = re.compile(r"\b(export|exported|generation|generated|exp)\b")
VALUE = re.compile(r"\b(value|reading|energy|power|active|net|kwh|wh|mwh|kw|mw|w)\b")
NO_VALUE = re.compile(
    r"\b(total|sum|amps?|current|mva|mvar|kva|kvar|kvarh|mvarh|volts?|price|temperature|frequency)\b"
)
MEASURE = re.compile(r"(?<![A-Za-z])(kWh|MWh|Wh|kW|MW|W)(?![A-Za-z])", re.IGNORECASE)
NUMBERED = re.compile(
    r"^(?:hh|sp|period|p|kwh|hhr|half hour)?[ _]?0*([1-9]\d{0,3})(?: (?:kwh|wh|mwh|kw|mw|w))?$"
)
CLOCK_TIME = re.compile(r"^(\d{1,2}):(\d{2})(?::\d{2}(?:\.\d+)?)?(?:\s*[-–].*)?$")


def plain(text: str) -> str:
    """A header as the patterns know it: lower case, no quotes, blanks for what joins and for brackets."""
    spaced = (
        re.sub(r"(?<=[a-z]{2})(?=[A-Z][a-z])", " ", text.strip().strip("'\"")) if not text.isupper() else text
    )
    return " ".join(re.sub(r"[_()\[\],.;#]+", " ", spaced.replace("\ufeff", "")).lower().split())


def measure_in(text: str) -> str:
    """The unit that a header names, in its usual letters; empty for none."""
    found = MEASURE.search(text.replace("_", " "))
    if found is None:
        return ""
    told = found.group(1)
    by_letters = {"kwh": "kWh", "mwh": "MWh", "wh": "Wh", "kw": "kW", "mw": "MW", "w": "W"}
    return by_letters[told.lower()]


def quality_in(text: str) -> str | None:
    """A, E or M for the text of a quality; None for one that is not known."""
    return QUALITIES.get(text.strip().lower())


def flow_in(text: str) -> str | None:
    """The direction that a text names; None for one that is not known."""
    return FLOWS.get(" ".join(text.lower().replace("_", " ").split()))


def is_blank(text: str) -> bool:
    return not text or (not text[0].isdecimal() and text.strip().lower() in BLANKS)
