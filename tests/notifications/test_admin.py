"""What platform admins see of mails, and the one thing that they may do."""

import pytest
from django.urls import reverse

from accounts.models import User
from marketplace.audit.models import AuditEntry
from marketplace.deliveries.enums import DeliveryState
from marketplace.notifications.actions import notify
from tests.accounts.people import NOW, PASSWORD, provider, signed_in
from tests.support.log import actor_of

pytestmark = pytest.mark.django_db
LIST = "admin:notifications_notification_changelist"


@pytest.fixture
def admin():
    return signed_in(User.objects.create_superuser("admin@platform.example", PASSWORD))


def tell(member, key, **more):
    notify(
        "competition_changed",
        to=[member.user],
        title=f"Told {key}",
        lines=(),
        link="/",
        key=key,
        now=NOW,
        **more,
    )
    return member.user.notifications.get(key=key)


def again(admin, told):
    return admin.post(
        reverse(LIST), {"action": "have_sent_again", "_selected_action": [str(told.pk)]}, follow=True
    ).content.decode()


def test_a_mail_that_was_given_up_is_there_to_see_and_sent_again_on_request(admin):
    member = provider()
    told = tell(member, "one", organisation_id=member.organisation_id)
    member.user.notifications.update(
        mail_state=DeliveryState.GIVEN_UP, attempts=6, error="550 no such mailbox"
    )
    assert "550 no such mailbox" in admin.get(reverse(LIST), {"mail_state": "given_up"}).content.decode()
    assert "is sent again" in again(admin, told)
    told.refresh_from_db()
    assert (told.mail_state, told.attempts, told.edition) == (DeliveryState.WAITING, 0, 2)
    entry = AuditEntry.objects.get(action="mail sent again")
    assert (actor_of(entry), entry.organisation_id) == ("admin@platform.example", member.organisation_id)


def test_a_mail_that_somebody_does_not_want_is_not_sent_again(admin):
    told = tell(provider(), "one")
    told.user.notifications.update(mail_state=DeliveryState.UNWANTED)
    assert "can&#x27;t become" in again(admin, told)
    told.refresh_from_db()
    assert (told.mail_state, told.edition) == (DeliveryState.UNWANTED, 1)


def test_nothing_under_a_closed_seal_is_listed_opened_or_sent_again(admin):
    member = provider()
    told = tell(member, "sealed", sealed_under=member.organisation_id)
    assert "Told sealed" not in admin.get(reverse(LIST)).content.decode()
    page = admin.get(reverse("admin:notifications_notification_change", args=[told.pk]), follow=True)
    assert "Told sealed" not in page.content.decode()
    member.user.notifications.update(mail_state=DeliveryState.GIVEN_UP)
    again(admin, told)
    told.refresh_from_db()
    assert told.mail_state == DeliveryState.GIVEN_UP


def test_nothing_can_be_added_changed_or_deleted(admin):
    told = tell(provider(), "one")
    page = reverse("admin:notifications_notification_change", args=[told.pk])
    assert admin.get(reverse("admin:notifications_notification_add")).status_code == 403
    assert admin.post(page, {"title": "Another"}).status_code == 403
    assert admin.post(reverse("admin:notifications_notification_delete", args=[told.pk])).status_code == 403
    told.refresh_from_db()
    assert told.title == "Told one"
