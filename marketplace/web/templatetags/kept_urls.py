"""Django's tag ``url``, which looks an address up once: built into all templates."""

from functools import lru_cache
from typing import Any

from django import template
from django.template.base import Parser, Token
from django.template.defaulttags import URLNode
from django.template.defaulttags import url as django_url
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import escape

register = template.Library()


class KeptURLNode(URLNode):
    """An address without arguments is kept; any other, and one that is asked for as a variable, is Django's."""

    def render(self, context: template.Context) -> str:
        if self.args or self.kwargs or self.asvar:
            return str(super().render(context))
        match = getattr(context.get("request"), "resolver_match", None)
        name = self.view_name.resolve(context)
        return _address(name, getattr(match, "namespace", None), get_urlconf(), get_script_prefix())


@register.tag
def url(parser: Parser, token: Token) -> URLNode:
    """``{% url "home" %}``"""
    node: Any = django_url(parser, token)
    return KeptURLNode(node.view_name, node.args, node.kwargs, node.asvar)


@lru_cache(maxsize=1_000)
def _address(name: str, current_app: str | None, urlconf: str | None, prefix: str) -> str:
    return escape(reverse(name, urlconf, current_app=current_app))
