"""Second factors: set up, asked for at sign-in, required by an organisation, and never lost by accident."""

import base64
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client
from django.urls import reverse

from accounts.domain import one_time_codes
from accounts.domain.registration import PlatformAdmin
from accounts.domain.sign_in import remove_second_factors, set_second_factor_policy
from accounts.middleware import SecondFactorMiddleware
from accounts.models import Organisation, User
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from tests.accounts import people
from tests.accounts.people import NOW, PASSWORD
from tests.support.log import actor_of

pytestmark = pytest.mark.django_db
ACCOUNT, PROCUREMENT = "account", "procurement"
SET_UP = "/accounts/2fa/"


@pytest.fixture(autouse=True)
def fresh_limits(settings):
    settings.CACHES = people.own_cache()


@pytest.fixture
def head():
    return people.operator()


def code(secret, steps_from_now=0):
    """What the app shows; each code works once, so a second one is taken from a step beside."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps_from_now))


def requires(member):
    Organisation.objects.filter(pk=member.organisation_id).update(second_factor_required=True)


def entered(member, password=PASSWORD):
    """A client that typed address and password."""
    client = Client()
    answer = client.post(reverse("account_login"), {"login": member.email, "password": password})
    return client, answer


def set_up_app(client):
    """Go through the pages of an authenticator app; the secret."""
    page = client.get(reverse("mfa_activate_totp"), follow=True)
    if "password" in page.context["form"].fields:
        page = client.post(
            page.request["PATH_INFO"],
            {"password": PASSWORD, "next": reverse("mfa_activate_totp")},
            follow=True,
        )
    secret = page.context["form"].secret
    done = client.post(reverse("mfa_activate_totp"), {"code": code(secret)})
    assert done.headers["Location"] == reverse("mfa_view_recovery_codes"), done.content.decode()
    return secret


def test_an_app_is_set_up_with_its_code_and_asked_for_from_then_on(head, django_capture_on_commit_callbacks):
    client, answer = entered(head)
    assert answer.headers["Location"] == "/"
    with django_capture_on_commit_callbacks(execute=True):
        secret = set_up_app(client)
    stored = Authenticator.objects.get(type="totp")
    assert secret not in str(stored.data), "stored encrypted"
    client, answer = entered(head)
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in client.session
    assert client.get(reverse("accounts:team")).headers["Location"].startswith(reverse("account_login"))
    wrong = client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert "This code is not right" in wrong.content.decode()
    right = client.post(reverse("mfa_authenticate"), {"code": code(secret, 1)})
    assert (right.status_code, right.headers["Location"]) == (302, "/")
    assert client.session["_auth_user_id"] == str(head.user.pk)
    assert (
        AuditEntry.objects.filter(action="second factor added", organisation_id=head.organisation_id).count()
        == 1
    )
    assert any(message.subject == "Authenticator app added" for message in people.delivered())


def test_a_code_and_a_recovery_code_work_once(head):
    client, _ = entered(head)
    secret = set_up_app(client)
    spare = client.get(reverse("mfa_view_recovery_codes")).context["unused_codes"][0]
    now = code(secret, 1)
    for attempt, expected in [(now, 302), (now, 200), (spare, 302), (spare, 200)]:
        client, _ = entered(head)
        assert client.post(reverse("mfa_authenticate"), {"code": attempt}).status_code == expected, attempt


DOORS = {
    "signing in": lambda client, head, typed: entered(head)[0].post(
        reverse("mfa_authenticate"), {"code": typed}
    ),
    "confirming": lambda client, head, typed: client.post(reverse("mfa_reauthenticate"), {"code": typed}),
}


@pytest.mark.parametrize("steps", [-1, 0, 1])
@pytest.mark.parametrize("door", DOORS)
def test_the_code_that_set_up_the_app_opens_nothing_afterwards(head, door, steps, monkeypatch):
    client, _ = entered(head)
    present = time.time()
    monkeypatch.setattr(time, "time", lambda: present + 30 * steps)
    secret = set_up_app(client)
    used, following = code(secret), code(secret, 1)
    monkeypatch.setattr(time, "time", lambda: present + 30 * steps + 29)  # still tolerated
    refused = DOORS[door](client, head, used)
    assert refused.status_code == 200
    assert "used already" in refused.content.decode()
    assert DOORS[door](client, head, following).status_code == 302


@pytest.mark.parametrize("first", DOORS)
@pytest.mark.parametrize("second", DOORS)
def test_a_code_opens_one_door_once_also_when_the_tolerance_would_let_it_pass_later(
    head, first, second, monkeypatch
):
    client, _ = entered(head)
    secret = set_up_app(client)
    typed = code(secret, 1)
    assert DOORS[first](client, head, typed).status_code == 302
    present = time.time()
    monkeypatch.setattr(time, "time", lambda: present + 45)
    assert typed in {code(secret, steps) for steps in (-1, 0)}, "tolerated still"
    refused = DOORS[second](client, head, f"{typed[:3]} {typed[3:]}")
    assert refused.status_code == 200
    assert "used already" in refused.content.decode()


def test_an_earlier_code_is_not_taken_after_a_later_one(head):
    client, _ = entered(head)
    secret = set_up_app(client)
    app = Authenticator.objects.get(type="totp")
    now = time.time()
    assert one_time_codes.take(app, code(secret, 1), now)
    assert not one_time_codes.take(app, code(secret), now)
    assert not one_time_codes.take(Authenticator.objects.get(type="totp"), code(secret, 1), now)


def test_codes_are_those_of_the_standard():
    secret = base64.b32encode(b"12345678901234567890").decode()
    told = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: one_time_codes.code_at(secret, at // 30) for at in told} == told


def test_the_first_factor_ends_the_sessions_that_knew_the_password_only(
    head, django_capture_on_commit_callbacks
):
    other, _ = entered(head)
    other.get("/")
    client, _ = entered(head)
    with django_capture_on_commit_callbacks(execute=True):
        set_up_app(client)
    assert other.get(reverse("accounts:team")).headers["Location"].startswith(reverse("account_login"))
    assert client.get(reverse("accounts:team")).status_code == 200


def test_guessing_codes_ends_at_a_page_that_says_when_to_try_again(head):
    TOTP.activate(head.user, generate_totp_secret())
    client, _ = entered(head)
    answers = [client.post(reverse("mfa_authenticate"), {"code": f"{guess:06}"}) for guess in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert "Try again in 5 minutes" in answers[-1].content.decode()
    assert answers[-1].headers["Retry-After"] == "300"


def test_the_policy_is_switched_on_by_who_holds_account_and_has_a_factor(head):
    client = people.signed_in(head)
    refused = client.post(reverse("accounts:second_factor_policy"), {"required": "on"}, follow=True)
    assert "Set up a second factor for yourself first" in refused.content.decode()
    assert not Organisation.objects.get(pk=head.organisation_id).second_factor_required
    TOTP.activate(head.user, generate_totp_secret())
    page = client.post(reverse("accounts:second_factor_policy"), {"required": "on"}, follow=True)
    assert "Everybody here signs in with a second factor" in page.content.decode()
    entry = AuditEntry.objects.get(action="second factor required")
    assert (entry.changes, actor_of(entry)) == ({"second factor required": [False, True]}, head.email)
    client.post(reverse("accounts:second_factor_policy"), {})
    assert not Organisation.objects.get(pk=head.organisation_id).second_factor_required
    assert AuditEntry.objects.filter(action="second factor no longer required").exists()


def test_the_team_page_names_who_has_no_factor_yet(head):
    TOTP.activate(people.teammate(head, PROCUREMENT, name="ann").user, generate_totp_secret())
    TOTP.activate(people.teammate(head, PROCUREMENT, name="gone").user, generate_totp_secret())
    page = people.signed_in(head).get(reverse("accounts:team")).content.decode()
    assert page.count("No second factor") == 1
    assert "1 member has none" in page


def test_a_member_without_account_does_not_switch_the_policy(head):
    mate = people.teammate(head, PROCUREMENT)
    TOTP.activate(mate.user, generate_totp_secret())
    with pytest.raises(NotAllowed):
        set_second_factor_policy(by=mate, required=True, now=NOW)
    assert (
        people.signed_in(mate).post(reverse("accounts:second_factor_policy"), {"required": "on"}).status_code
        == 403
    )
    assert not Organisation.objects.get(pk=head.organisation_id).second_factor_required


def test_who_lacks_the_required_factor_is_led_to_set_it_up_and_then_goes_on(head):
    requires(head)
    client, answer = entered(head)
    assert client.get(answer.headers["Location"]).headers["Location"] == SET_UP
    page = client.get(SET_UP).content.decode()
    assert f"Everybody at {head.organisation} signs in with a second factor" in page
    assert reverse("accounts:team") not in page, "no links that lead nowhere"
    assert (
        client.post(reverse("accounts:team_invite"), {"email": "a@b.example"}).headers["Location"] == SET_UP
    )
    part = client.get(reverse("jobs:history"), headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["HX-Redirect"]) == (403, SET_UP)
    set_up_app(client)
    assert client.get(reverse("accounts:team")).status_code == 200


def test_signing_out_works_without_the_required_factor(head):
    requires(head)
    client, _ = entered(head)
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session


def test_recovery_codes_alone_are_no_second_factor(head):
    requires(head)
    Authenticator.objects.create(user=head.user, type="recovery_codes", data={"seed": "x", "used_mask": 0})
    assert people.signed_in(head).get(reverse("accounts:team")).headers["Location"] == SET_UP


def test_the_last_factor_stays_while_the_organisation_requires_one(head):
    client, _ = entered(head)
    set_up_app(client)
    requires(head)
    page = client.post(reverse("mfa_deactivate_totp"), follow=True)
    assert "this is your only one" in page.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()
    Organisation.objects.update(second_factor_required=False)
    client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists(), "the recovery codes go with it"
    assert AuditEntry.objects.filter(action="second factor removed").count() == 1


def test_of_two_factors_one_may_go(head):
    client, _ = entered(head)
    set_up_app(client)
    key = Authenticator.objects.create(
        user=head.user, type="webauthn", data={"name": "Blue key", "credential": {}}
    )
    requires(head)
    client.post(reverse("mfa_remove_webauthn", args=[key.pk]))
    assert list(Authenticator.objects.exclude(type="recovery_codes").values_list("type", flat=True)) == [
        "totp"
    ]


def test_keys_of_others_do_not_exist(head):
    other = people.operator("OTHER")
    key = Authenticator.objects.create(
        user=other.user, type="webauthn", data={"name": "Blue key", "credential": {}}
    )
    client, _ = entered(head)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for name in ["mfa_remove_webauthn", "mfa_edit_webauthn"]:
        assert client.post(reverse(name, args=[key.pk]), {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.get(pk=key.pk).data["name"] == "Blue key"


def test_admins_need_a_second_factor_where_the_installation_asks_for_it(settings):
    admin = User.objects.create_superuser("admin@platform.example", PASSWORD)
    client = people.signed_in(admin)
    assert client.get(reverse("admin:index")).status_code == 200
    settings.ADMIN_SECOND_FACTOR = True
    pages = ["admin:index", "admin:accounts_user_changelist", "accounts:home"]
    assert [client.get(reverse(name)).headers.get("Location") for name in pages] == [SET_UP] * 3
    TOTP.activate(admin, generate_totp_secret())
    assert [client.get(reverse(name)).status_code for name in pages] == [200] * 3


def test_an_admin_who_views_as_a_member_is_not_asked_for_that_members_factor(head, rf):
    requires(head)
    request = rf.get("/")
    request.user, request.member, request.viewing_as = User(is_staff=True, pk=1), head, True
    request.resolver_match = None
    assert SecondFactorMiddleware(None).process_view(request, None, [], {}) is None


def test_support_takes_away_lost_factors_and_the_sessions_with_them(head):
    admin = User.objects.create_superuser("admin@platform.example", PASSWORD)
    theirs, _ = entered(head)
    TOTP.activate(head.user, generate_totp_secret())
    support = people.signed_in(admin)
    form = {"action": "take_away_second_factors", "_selected_action": [head.user.pk]}
    support.post(reverse("admin:accounts_user_changelist"), form)
    assert not Authenticator.objects.exists()
    assert theirs.get(reverse("accounts:team")).status_code == 302
    entry = AuditEntry.objects.get(action="second factors removed by support")
    assert (actor_of(entry), entry.organisation_id) == (admin.email, head.organisation_id)
    assert entry.changes == {"factors": [["totp"], []]}
    assert people.delivered()[-1].subject == "Your second factors were removed"
    assert people.delivered()[-1].to == [head.email]


def test_admins_do_not_take_away_their_own_factors_this_way():
    admin = User.objects.create_superuser("admin@platform.example", PASSWORD)
    TOTP.activate(admin, generate_totp_secret())
    with pytest.raises(Refused, match="Your own"):
        remove_second_factors(by=PlatformAdmin(admin), user=admin, now=NOW)
    assert Authenticator.objects.filter(user=admin).exists()


def test_a_secret_from_before_the_key_changed_is_read_with_the_fallback(settings):
    from allauth.mfa.adapter import get_adapter

    sealed = get_adapter().encrypt("JBSWY3DP")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another " * 10
    assert get_adapter().decrypt(sealed) == "JBSWY3DP"
    assert "JBSWY3DP" not in sealed
