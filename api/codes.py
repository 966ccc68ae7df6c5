"""The stable codes of the rules' sentences.

``rule_codes.toml`` holds each sentence that a rule refuses with, ``{}`` for what differs, and its code. A code stays when
its sentence is worded anew: ``manage.py api_codes`` adds what is new and names what is gone, and a test compares.
"""

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from marketplace.errors import NotAllowed, Refused

FILE = Path(__file__).with_name("rule_codes.toml")
REFUSED = "refused"
NOT_ALLOWED = "not_allowed"
GENERAL = {
    REFUSED: "A rule said no, in a sentence that is made for the case; the detail tells it.",
    NOT_ALLOWED: "The program may not do this; the detail says what it takes.",
}
"""Where a sentence has no code of its own."""
MOST_WORDS = 8
LONGEST_CODE = 60
_SMALL = frozenset(
    [
        "a",
        "an",
        "the",
        "of",
        "to",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "it",
        "its",
        "that",
        "this",
        "they",
    ]
)


@dataclass(frozen=True)
class RuleCode:
    """A code and the sentence that it stands for, ``{}`` where it names something."""

    code: str
    sentence: str

    @property
    def shown(self) -> str:
        """For people: … stands for what differs."""
        return self.sentence.replace("{}", "…")

    @property
    def parts(self) -> list[str]:
        """The words that are always the same, in their order."""
        return self.sentence.split("{}")

    @property
    def fixed(self) -> int:
        """How many characters are always the same: the more, the closer a match."""
        return sum(map(len, self.parts))


def code_of(refusal: Refused) -> str:
    """The code of what was refused; a general one for a sentence that has none of its own."""
    return code_of_sentence(refusal.sentence) or (NOT_ALLOWED if isinstance(refusal, NotAllowed) else REFUSED)


def code_of_sentence(sentence: str) -> str:
    """The code of the sentence; empty where it has none."""
    for rule, pattern in _patterns():
        if pattern.fullmatch(sentence):
            return rule.code
    return ""


@lru_cache
def rules() -> tuple[RuleCode, ...]:
    """Every code with its sentence, in the order of the codes."""
    told = tomllib.loads(FILE.read_text(encoding="utf-8")).get("rule", ())
    return tuple(RuleCode(each["code"], each["sentence"]) for each in told)


@lru_cache
def _patterns() -> list[tuple[RuleCode, re.Pattern[str]]]:
    """The closest first, so that a sentence with more of its own words goes before one that fits anything."""
    ordered = sorted(rules(), key=lambda rule: (-rule.fixed, rule.code))
    return [(rule, re.compile(".*".join(map(re.escape, rule.parts)), re.DOTALL)) for rule in ordered]


def coded(sentence: str, taken: frozenset[str]) -> str:
    """A code for a new sentence, made of its first telling words."""
    words = re.findall(r"[a-z0-9]+", sentence.replace("{}", " ").replace("'", "").replace("’", "").lower())
    telling = [word for word in words if word not in _SMALL][:MOST_WORDS] or ["refused"]
    base = "_".join(telling)[:LONGEST_CODE].strip("_")
    code, number = base, 1
    while code in taken:
        number += 1
        code = f"{base}_{number}"
    return code
