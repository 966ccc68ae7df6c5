"""Forms as a page shows them, so that what a browser would send can be sent."""

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """Where it is sent, and what it holds."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        name, value = told.get("name") or "", told.get("value") or ""
        if tag == "form":
            self.forms.append(Form(told.get("action") or ""))
        elif not self.forms:
            return
        elif tag == "input" and name:
            kind = told.get("type", "text")
            if kind not in ("checkbox", "radio", "submit", "file") or "checked" in told:
                self.forms[-1].fields[name] = value
        elif tag == "textarea":
            self._area = name
        elif tag == "select":
            self._select = name
        elif (
            tag == "option"
            and self._select
            and ("selected" in told or self._select not in self.forms[-1].fields)
        ):
            self.forms[-1].fields[self._select] = value

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area and self.forms:
            self.forms[-1].fields[self._area] = self.forms[-1].fields.get(self._area, "") + data.strip()


def forms_of(page: str) -> list[Form]:
    """The forms of a page, each with what it would send untouched."""
    reader = _Reader()
    reader.feed(page)
    return reader.forms


def form_with(page: str, name: str) -> Form | None:
    """The first form that has this field."""
    return next((each for each in forms_of(page) if name in each.fields), None)
