"""What a page is made of, for telling whether somebody sees anything in it that another was not shown."""

from html.parser import HTMLParser

EMPTY = frozenset(
    [
        "area",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "source",
        "track",
        "wbr",
        "circle",
        "ellipse",
        "line",
        "path",
        "polygon",
        "polyline",
        "rect",
        "stop",
        "use",
    ]
)
"""Elements that hold nothing."""
TOLD = frozenset(
    [
        "class",
        "role",
        "type",
        "scope",
        "disabled",
        "aria-hidden",
        "aria-current",
        "aria-pressed",
        "aria-expanded",
        "aria-sort",
    ]
)
"""Attributes whose value makes another kind; of the others it counts whether they are there and say something."""

Kind = tuple[str, ...]


def kinds_in(html: str) -> frozenset[tuple[Kind, Kind]]:
    """Each kind of element in the main part of a page, within the kind that holds it: texts and numbers don't count."""
    reader = _Reader()
    reader.feed(html[html.index("<main") : html.rindex("</main>")])
    return frozenset(reader.found)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.within: list[Kind] = [("",)]
        self.found: set[tuple[Kind, Kind]] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = tag, *sorted(f"{name}={value if name in TOLD else bool(value)}" for name, value in attrs)
        self.found.add((self.within[-1], kind))
        if tag not in EMPTY:
            self.within.append(kind)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        places = [place for place, kind in enumerate(self.within) if kind[0] == tag]
        if places and tag not in EMPTY:
            del self.within[places[-1] :]

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.add((self.within[-1], ("text",)))
