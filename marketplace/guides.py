"""The guides of ``docs/`` that people read in the product: their text as safe HTML, their headings, and what words mean."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER = Path(__file__).resolve().parent.parent / "docs"
FILES: Mapping[str, str] = {
    "how-it-works": "how-it-works.md",
    "providers": "guide-providers.md",
    "operators": "guide-operators.md",
    "settlement": "settlement.md",
    "glossary": "glossary.md",
}
"""What is shown, by the name in its address."""
_PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n", re.MULTILINE)
"""Pictures of pages are for those who read outside the product."""
SHORTEST = 3
MOST_FOUND = 20
_reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


@dataclass(frozen=True)
class Section:
    """A heading of a guide with the text under it."""

    guide: str
    title: str
    anchor: str
    level: int
    text: str


@dataclass(frozen=True)
class Guide:
    """A guide: its title, its HTML without the title, and its sections."""

    name: str
    title: str
    html: str
    sections: Sequence[Section]


@cache
def guide_of(name: str) -> Guide:
    """The guide of this name, read once. Raises ``KeyError`` for an unknown name."""
    tokens = _reader.parse(_PICTURE.sub("", (FOLDER / FILES[name]).read_text()))
    title, sections = name, []
    for place, token in enumerate(tokens):
        if token.type == "heading_open":
            words = tokens[place + 1].content.replace("*", "").replace("`", "")
            if token.tag == "h1":
                title = words
                continue
            anchor = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
            token.attrSet("id", anchor)
            sections.append(Section(name, words, anchor, int(token.tag[1]), _under(tokens, place + 3)))
        for child in token.children or ():
            _lead_on(child)
    shown = tokens[3:] if tokens and tokens[0].tag == "h1" else tokens
    return Guide(name, title, _reader.renderer.render(shown, _reader.options, {}), sections)


def sections_with(text: str, guides: Sequence[str] = tuple(FILES)) -> list[Section]:
    """The sections with all words of the text in heading or body, those with them in the heading first."""
    words = text.lower().split()
    if len("".join(words)) < SHORTEST:
        return []
    every = [section for name in guides for section in guide_of(name).sections]
    found = [each for each in every if all(word in f"{each.title} {each.text}".lower() for word in words)]
    found.sort(key=lambda each: not all(word in each.title.lower() for word in words))
    return found[:MOST_FOUND]


@cache
def meanings() -> Mapping[str, str]:
    """What each word of the market means, by the word in small letters, from the glossary."""
    found: dict[str, str] = {}
    for line in (FOLDER / FILES["glossary"]).read_text().partition("## The code")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| **") and len(cells) > 1:
            for word in re.findall(r"\*\*(.+?)\*\*", cells[0]):
                found[word.lower()] = re.sub(r"[*`]", "", cells[1])
    return found


def _under(tokens: Sequence[Token], place: int) -> str:
    texts = []
    for token in tokens[place:]:
        if token.type == "heading_open":
            break
        if token.type == "inline":
            texts.append(token.content)
    return " ".join(texts)


def _lead_on(token: Token) -> None:
    """Links to other guides lead to them here; those to documents that are not shown here lead nowhere."""
    if token.type != "link_open":
        return
    path, _, anchor = str(token.attrGet("href") or "").partition("#")
    names = {file: name for name, file in FILES.items()}
    if path in names:
        token.attrSet("href", f"/help/{names[path]}/" + (f"#{anchor}" if anchor else ""))
    elif path and not path.startswith(("https://", "mailto:", "/")):
        token.attrs.pop("href", None)
