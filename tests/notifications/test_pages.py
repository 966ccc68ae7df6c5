"""The list, the choices, and the way out of a mail."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from marketplace import clock
from marketplace.audit.queries import open_seal
from marketplace.deliveries.enums import DeliveryState
from marketplace.errors import Refused
from marketplace.notifications.actions import notify, set_preferences, unsubscribe
from marketplace.notifications.addresses import unsubscribe_token
from marketplace.notifications.models import Notification, Preference
from marketplace.notifications.queries import notifications_for_admins, notifications_of
from tests.accounts.people import NOW, PASSWORD, operator, provider, signed_in, teammate

pytestmark = pytest.mark.django_db
CHANGED, RESULTS = "competition_changed", "results_confirmed"


def tell(user, key="one", kind=CHANGED, **more):
    words = {"title": f"Told {key}", "lines": ["It did."], "link": "/company/"} | more
    notify(kind, to=[user], key=key, now=NOW, **words)
    return Notification.objects.get(user=user, kind=kind, key=key)


def page(client, name="notifications:list", **query):
    return client.get(reverse(name), query).content.decode()


def test_the_list_shows_ones_own_and_nobody_elses():
    mine, other = provider("MINE"), provider("OTHER")
    mate = teammate(mine)
    tell(mine.user, title="For me")
    tell(other.user, title="For others")
    tell(mate.user, title="For my mate")
    html = page(signed_in(mine))
    assert "For me" in html
    assert "For others" not in html
    assert "For my mate" not in html


def test_an_empty_list_says_so():
    assert "No notifications yet" in page(signed_in(provider()))


def test_a_hostile_title_is_escaped():
    user = provider().user
    tell(user, title="<script>alert(1)</script>", lines=["<b>x</b>"])
    html = page(signed_in(user))
    assert "<script>alert(1)" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "<b>x</b>" not in html


def test_following_one_marks_it_read_and_leads_to_its_page():
    user = provider().user
    told, other = tell(user), tell(user, "two")
    with clock.set_to(NOW):
        response = signed_in(user).get(reverse("notifications:open", args=[told.pk]))
    assert (response.status_code, response.headers["Location"]) == (302, "/company/")
    told.refresh_from_db()
    other.refresh_from_db()
    assert (told.read_at, other.read_at) == (NOW, None)


def test_nobody_reads_or_marks_anothers():
    told = tell(provider("MINE").user)
    mate = signed_in(provider("OTHER"))
    assert mate.get(reverse("notifications:open", args=[told.pk])).status_code == 404
    assert mate.post(reverse("notifications:read", args=[told.pk])).status_code == 404
    mate.post(reverse("notifications:read_all"))
    told.refresh_from_db()
    assert told.read_at is None


def test_the_number_in_the_top_bar_counts_new_ones_and_stops_at_99():
    user = provider().user
    client = signed_in(user)
    assert "Notifications, none new" in page(client, "notifications:bell")
    for number in range(3):
        tell(user, str(number))
    assert "Notifications, 3 new" in page(client, "accounts:home")
    client.post(reverse("notifications:read", args=[user.notifications.first().pk]))
    assert "Notifications, 2 new" in page(client, "notifications:bell")
    for number in range(3, 120):
        tell(user, str(number))
    assert "Notifications, 99+ new" in page(client, "notifications:bell")
    client.post(reverse("notifications:read_all"))
    assert "Notifications, none new" in page(client, "notifications:bell")


def test_pages_of_the_list(django_assert_num_queries):
    user = provider().user
    for number in range(30):
        tell(user, f"{number:02}")
    client = signed_in(user)
    first, second = page(client), page(client, page=2)
    assert (first.count("Told "), second.count("Told ")) == (50, 10)  # title and label of the button
    user.notifications.exclude(key__in=["00", "01"]).update(read_at=NOW)
    assert page(client, show="new").count("Told ") == 4


def test_the_list_takes_as_many_queries_for_three_as_for_one(
    django_assert_num_queries, django_assert_max_num_queries
):
    user = provider().user
    client = signed_in(user)
    tell(user, "0")
    page(client)
    with django_assert_max_num_queries(30) as one:
        page(client)
    tell(user, "1")
    tell(user, "2")
    with django_assert_num_queries(len(one.captured_queries)):
        page(client)


def test_a_person_chooses_what_to_be_told_and_how():
    member = provider()
    client = signed_in(member)
    html = page(client, "notifications:preferences")
    assert 'name="competition_changed.by_email" checked' in html
    assert "qualification_closed" not in html, "concerns operators"
    client.post(reverse("notifications:preferences"), {f"{CHANGED}.in_list": "on"})
    told = tell(member.user)
    assert (told.in_list, told.mail_state) == (True, DeliveryState.UNWANTED)
    client.post(reverse("notifications:preferences"), {f"{CHANGED}.by_email": "on"})
    told = tell(member.user, "two")
    assert (told.in_list, told.mail_state) == (False, DeliveryState.WAITING)
    assert "Told two" not in page(client)
    html = page(client, "notifications:preferences")
    assert 'name="competition_changed.by_email" checked' in html
    assert 'name="competition_changed.in_list" checked' not in html


def test_operators_are_offered_what_concerns_operators():
    html = page(signed_in(operator()), "notifications:preferences")
    assert "qualification_closed.by_email" in html
    assert "competition_changed.by_email" not in html


def test_results_can_not_be_turned_off():
    member = provider()
    assert f"{RESULTS}.by_email" not in page(signed_in(member), "notifications:preferences")
    with pytest.raises(Refused, match="can't be turned off"):
        set_preferences(user=member.user, audience="fsp", chosen={RESULTS: (False, True)})
    with pytest.raises(Refused, match="can't be turned off"):
        unsubscribe(user=member.user, kind_code=RESULTS)
    Preference.objects.create(user=member.user, kind=RESULTS, by_email=False, in_list=False)
    told = tell(member.user, kind=RESULTS)
    assert (told.in_list, told.mail_state) == (True, DeliveryState.WAITING)


def test_the_way_out_of_a_mail_takes_one_post_without_signing_in_and_without_a_token_of_a_form():
    user = provider().user
    waiting = tell(user)
    url = reverse("notifications:unsubscribe", args=[unsubscribe_token(user.pk, CHANGED)])
    client = Client(enforce_csrf_checks=True)
    assert "Send no more of these mails" in client.get(url).content.decode()
    assert not Preference.objects.exists(), "programs that follow links must not unsubscribe"
    response = client.post(url, {"List-Unsubscribe": "One-Click"})
    assert response.status_code == 200
    assert "no more mails of this kind" in response.content.decode()
    waiting.refresh_from_db()
    assert waiting.mail_state == DeliveryState.UNWANTED
    later = tell(user, "later")
    assert (later.mail_state, later.in_list) == (DeliveryState.UNWANTED, True)
    assert tell(user, kind="competition_cancelled").mail_state == DeliveryState.WAITING


@pytest.mark.parametrize("forged", ["x", "WzEsImEiXQ:1abc:forged"])
def test_a_forged_way_out_does_nothing(forged):
    response = Client().post(reverse("notifications:unsubscribe", args=[forged]))
    assert response.status_code == 409
    assert not Preference.objects.exists()


def test_the_way_out_of_a_kind_that_can_not_be_turned_off_is_refused():
    user = provider().user
    url = reverse("notifications:unsubscribe", args=[unsubscribe_token(user.pk, RESULTS)])
    assert Client().post(url).status_code == 409
    assert not Preference.objects.exists()


def test_what_is_sealed_is_hidden_from_admins_and_from_who_looks_through_anothers_eyes_until_it_opens():
    member = provider()
    seal = member.organisation_id
    told = tell(member.user, sealed_under=seal)
    assert told in notifications_of(member.user)
    assert told not in notifications_of(member.user, seen_by_another=True)
    assert told not in notifications_for_admins()
    open_seal(seal, NOW)
    assert told in notifications_of(member.user, seen_by_another=True)
    assert told in notifications_for_admins()


def test_an_admin_who_looks_through_a_members_eyes_finds_no_reminder_and_leaves_the_list_as_it_was():
    member = provider()
    plain, sealed = (
        tell(member.user, "plain"),
        tell(member.user, "sealed", sealed_under=member.organisation_id),
    )
    set_preferences(user=member.user, audience="fsp", chosen={"competition_cancelled": (False, True)})
    admin = signed_in(User.objects.create_superuser("support@platform.example", PASSWORD))
    admin.post(reverse("accounts:view_as", args=[member.pk]), {"reason": "Ticket 17: the list looks empty."})
    html = page(admin)
    assert "Told plain" in html
    assert "Told sealed" not in html
    assert "Notifications, 1 new" in html
    assert admin.get(reverse("notifications:open", args=[sealed.pk])).status_code == 404
    assert admin.get(reverse("notifications:open", args=[plain.pk])).status_code == 302
    assert admin.post(reverse("notifications:read", args=[plain.pk])).status_code == 403
    assert not member.user.notifications.exclude(read_at=None).exists()
    assert 'name="competition_cancelled.by_email" checked' not in page(admin, "notifications:preferences")
