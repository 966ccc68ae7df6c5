"""A view acts, else shows the refusal: in one place."""

import ast
from pathlib import Path

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import BaseStorage

from marketplace.errors import Refused
from marketplace.web.refusals import redirect_refused, refusal_shown
from tests.support.apps import PACKAGES

ROOT = Path(__file__).parents[2]


class Kept(BaseStorage):
    """Messages kept nowhere but in the request."""

    def _get(self, *args, **kwargs):
        return [], True

    def _store(self, messages, response, *args, **kwargs):
        return []


@pytest.fixture
def request_(rf):
    request = rf.post("/")
    request._messages = Kept(request)
    return request


def told(request):
    return [(message.level_tag, str(message)) for message in get_messages(request)]


def test_a_refusal_ends_the_block_and_its_sentence_is_shown(request_):
    reached = []
    with refusal_shown(request_, "Nothing was recorded. "):
        reached.append("acted")
        raise Refused("Bidding is over.")
    assert reached == ["acted"]
    assert told(request_) == [("error", "Nothing was recorded. Bidding is over.")]


def test_without_a_refusal_nothing_is_shown(request_):
    with refusal_shown(request_):
        pass
    assert told(request_) == []


def test_any_other_error_is_not_swallowed(request_):
    with pytest.raises(ValueError, match="broken"), refusal_shown(request_):
        raise ValueError("broken")
    assert told(request_) == []


def test_a_redirect_carries_the_sentence(request_):
    answer = redirect_refused(request_, Refused("It is archived."), "/somewhere/", before="No. ")
    assert (answer.status_code, answer["Location"]) == (302, "/somewhere/")
    assert told(request_) == [("error", "No. It is archived.")]


def is_message(statement):
    return isinstance(statement, ast.Expr) and ast.unparse(statement).partition("(")[0].endswith(
        "messages.error"
    )


def is_redirect(statement):
    return isinstance(statement, ast.Return) and ast.unparse(statement).startswith("return redirect(")


def handled_by_hand(source):
    """Lines of ``except Refused``, where nothing else is caught, that do no more than show the sentence, and
    perhaps redirect."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Try) or len(node.handlers) > 1:
            continue
        handler = node.handlers[0] if node.handlers else None
        if handler is not None and handler.type is not None and ast.unparse(handler.type) == "Refused":
            first, *rest = handler.body
            if is_message(first) and all(map(is_redirect, rest)):
                yield handler.lineno


def views():
    for app in PACKAGES:
        for path in (ROOT / app).rglob("*.py"):
            if path.name == "views.py" or path.parent.name == "views":
                yield path


def test_no_view_shows_a_refusal_by_hand():
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in views()
        for line in handled_by_hand(path.read_text(encoding="utf-8"))
    ]
    assert found == [], "use refusal_shown or redirect_refused"


def test_a_refusal_shown_by_hand_is_found():
    source = "try:\n    act()\nexcept Refused as refusal:\n    messages.error(request, str(refusal))\n"
    assert list(handled_by_hand(source)) == [3]
    assert list(handled_by_hand(source + "    return redirect('home')\n")) == [3]
    assert list(handled_by_hand(source + "    return page(request, status=422)\n")) == []
