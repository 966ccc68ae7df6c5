"""What operators write on their profile: Markdown without HTML and without pictures, shown as safe HTML."""

from collections.abc import Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

HEADINGS_BEGIN_AT = 3


def to_html(text: str) -> SafeString:
    """The text as HTML. Tags in it are shown as text, links lead to web and mail addresses only, pictures are
    left out."""
    html: str = _reader.render(text)
    return mark_safe(html)  # noqa: S308  (the reader escapes all HTML)


class _Renderer(RendererHTML):
    """Headings take their place below the page's own; links tell search engines nothing."""

    def heading_open(self, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        return f"<h{_level(tokens[place])}>"

    def heading_close(self, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        return f"</h{_level(tokens[place])}>\n"

    def link_open(self, tokens: Sequence[Token], place: int, options: Any, env: Any) -> str:
        tokens[place].attrSet("rel", "nofollow noopener noreferrer")
        return self.renderToken(tokens, place, options, env)


def _level(token: Token) -> int:
    return min(6, int(token.tag[1]) + HEADINGS_BEGIN_AT - 1)


_reader = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table").disable("image")
