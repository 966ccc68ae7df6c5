"""The look of the pages is told in one place, and what it promises is worked out again from the files."""

import re
from functools import cache
from pathlib import Path

import pytest

from accounts.domain.colours import contrast

ROOT = Path(__file__).resolve().parents[2]
TOKENS = (ROOT / "static" / "css" / "tokens.css").read_text()
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![-\w])|\b(?:rgb|hsl)a?\(")
TEXT, GRAPHICS = 4.5, 2.9
MEANINGS = ("blue", "green", "amber", "red", "violet", "teal", "slate")


@cache
def theme(name: str) -> dict[str, str]:
    """The tokens of a theme: those of dark lie over those of light."""
    light, dark = TOKENS.split('[data-bs-theme="dark"]')
    found = dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6})", light))
    return found | dict(re.findall(r"(--[\w-]+):\s*(#[0-9a-f]{6})", dark)) if name == "dark" else found


PAIRS = [
    *(("--ink", on, 7) for on in ("--surface", "--bg", "--surface-2", "--surface-3", "--selected")),
    *(("--ink-2", on, 7) for on in ("--surface", "--bg")),
    *(("--ink-3", on, TEXT) for on in ("--surface", "--bg", "--surface-2", "--selected")),
    ("--ink-4", "--surface", GRAPHICS),
    ("--field-line", "--surface", 3),
    ("--link", "--surface", TEXT),
    ("--link", "--selected", TEXT),
    ("--focus", "--surface", 3),
    ("--on-accent", "--accent", TEXT),
    ("--accent-ink", "--surface", TEXT),
    *((f"--{each}-ink", f"--{each}-tint", 7.1) for each in MEANINGS),
    *((f"--{each}-ink", "--surface", TEXT) for each in MEANINGS),
    *(("--on-solid", f"--solid-{each}", 5) for each in ("red", "amber", "green", "slate")),
]


@pytest.mark.parametrize("name", ["light", "dark"])
@pytest.mark.parametrize(("ink", "on", "least"), PAIRS)
def test_every_ink_is_legible_on_what_it_stands_on(name, ink, on, least):
    tokens = theme(name)
    assert contrast(tokens[ink], tokens[on]) >= least, f"{ink} on {on} in {name}"


ELSEWHERE = {
    "templates/notifications/mail.html",  # mail programs know no custom properties
}


def colours_in(path: Path) -> list[str]:
    text = re.sub(r"&#x?[0-9a-fA-F]+;", "", path.read_text())
    if path.suffix == ".html":  # anchors and ids are no colours
        text = re.sub(r'(?:href|data-[\w-]+|hx-[\w-]+|aria-[\w-]+)="[^"]*"', "", text)
        text = re.sub(r"\{[%{#].*?[%}#]\}", "", text)
    return COLOUR.findall(text)


def test_no_colour_is_named_outside_the_tokens():
    files = [
        *(ROOT / "static" / "css").glob("*.css"),
        *(ROOT / "static" / "js").glob("*.js"),
        *(ROOT / "templates").rglob("*.html"),
    ]
    found = {
        str(path.relative_to(ROOT)): colours_in(path)
        for path in files
        if path.name != "tokens.css" and colours_in(path)
    }
    assert found.keys() == ELSEWHERE


def test_every_custom_property_that_is_used_is_one_of_the_tokens():
    known = set(re.findall(r"(--[\w-]+):", TOKENS))
    used = set(re.findall(r"var\((--[\w-]+)", (ROOT / "static" / "css" / "site.css").read_text()))
    assert {each for each in used if not each.startswith("--tblr")} <= known


def test_a_table_that_scrolls_is_not_named_as_the_panel_around_it():
    """Two landmarks of one name can't be told apart by who hears the page."""
    alike = {}
    for path in (ROOT / "templates").rglob("*.html"):
        text = path.read_text()
        heads = {
            re.sub(r"<[^>]+>", "", each).strip() for each in re.findall(r"<h[23][^>]*>(.*?)</h[23]>", text)
        }
        panels = heads | set(re.findall(r'<section[^>]*aria-label="([^"]+)"', text))
        if same := panels & set(re.findall(r'role="region" aria-label="([^"]+)"', text)):
            alike[str(path.relative_to(ROOT))] = same
    assert alike == {}
