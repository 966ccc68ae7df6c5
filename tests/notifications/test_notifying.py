"""What is told, to whom, and once."""

import re
from importlib import import_module

import pytest
from django.db import transaction

from marketplace.deliveries.enums import DeliveryState
from marketplace.notifications.actions import notify, notify_many
from marketplace.notifications.kinds import Kind, Message, declare, kinds_for
from marketplace.notifications.models import Notification
from tests.accounts.people import NOW, provider
from tests.support.call_graph import sources

pytestmark = pytest.mark.django_db


def tell(*users, key="one", title="Something happened", **more):
    notify(
        "file_processed",
        to=users,
        title=title,
        lines=["A sentence."],
        link="/jobs/",
        key=key,
        now=NOW,
        **more,
    )


def test_what_is_told_twice_by_the_same_key_is_there_once():
    user = provider().user
    tell(user)
    tell(user, title="The same again")
    tell(user, key="two")
    assert [each.title for each in user.notifications.order_by("key")] == [
        "Something happened",
        "Something happened",
    ]


def test_what_is_undone_was_never_told():
    user = provider().user
    with transaction.atomic():
        tell(user)
        transaction.set_rollback(True)
    assert not Notification.objects.exists()


def test_a_title_that_would_add_headers_becomes_one_line():
    user = provider().user
    tell(user, title="Zone A\r\nBcc: everyone@example.org\x00\u2028end")
    assert user.notifications.get().title == "Zone A Bcc: everyone@example.org end"


@pytest.mark.parametrize(
    "link", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"]
)
def test_a_link_that_leaves_the_site_is_refused(link):
    with pytest.raises(ValueError, match="not a path on this site"):
        notify_many("file_processed", [Message(1, "A", (), link, "k")], now=NOW)
    assert not Notification.objects.exists()


def test_an_unknown_kind_and_a_kind_declared_twice_are_mistakes():
    with pytest.raises(KeyError):
        notify_many("unheard_of", [], now=NOW)
    with pytest.raises(ValueError, match="declared twice"):
        declare(Kind("file_processed", "Something else"))


def test_every_kind_is_among_those_of_its_module_and_they_are_declared():
    """So a kind that is new touches its own module alone."""
    named = [
        (module, name)
        for module, text in sources().items()
        for name in re.findall(r"^(\w+) = Kind\(", text, re.MULTILINE)
    ]
    assert len(named) > 40
    declared = {*kinds_for("so"), *kinds_for("fsp")}
    for module_name, name in named:
        module = import_module(module_name)
        kind = getattr(module, name)
        assert kind in module.KINDS, f"{module_name}.{name} is not in KINDS"
        assert kind in declared, f"{module_name}.KINDS is not declared in integration"


def test_telling_many_takes_as_many_queries_as_telling_one(django_assert_num_queries):
    users = [provider(code).user for code in ("ONE", "TWO", "THREE")]
    for some in (users[:1], users):
        with django_assert_num_queries(4):  # savepoint, preferences, rows, savepoint
            tell(*some, key=f"for {len(some)}")
    assert {each.mail_state for each in Notification.objects.all()} == {DeliveryState.WAITING}
