"""The documents lead where they say: to pages, to headings, to files of the repository."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = (
    "accounts|api|bidding|competitions|contracts|docs|examples|marketplace|operations|qualification|rehearsal"
    "|settlement|static|templates|tests"
)
PATH = re.compile(rf"`((?:{FOLDERS})/[\w./*-]+\.\w+)`")  # files alone: addresses of pages look like folders
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def documents() -> list[str]:
    """The pages at the root, in ``docs`` and in ``examples``."""
    places = ("*.md", "docs/**/*.md", "examples/**/*.md")
    return sorted(str(each.relative_to(ROOT)) for place in places for each in ROOT.glob(place))


def anchors(page: Path) -> set[str]:
    """The anchors of the page's headings, as GitHub makes them."""
    words = (
        re.sub(r"[`*]", "", each).strip().lower() for each in re.findall(r"(?m)^#+ (.+)$", page.read_text())
    )
    return {re.sub(r"[^\w\- ]", "", each).replace(" ", "-") for each in words}


def broken(document: str) -> Iterator[str]:
    """The links and files of the document that lead nowhere."""
    text = (ROOT / document).read_text()
    for link in LINK.findall(text):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        place, _, anchor = link.partition("#")
        page = (ROOT / document).parent / place if place else ROOT / document
        if not page.exists() or (anchor and anchor not in anchors(page)):
            yield link
    for path in PATH.findall(text):
        if not any(ROOT.glob(path)):
            yield path


@pytest.mark.parametrize("document", documents())
def test_every_link_and_path_of_a_document_leads_somewhere(document):
    assert list(broken(document)) == []
