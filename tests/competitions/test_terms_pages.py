"""The pages of settlement terms: read by the operator's people, kept by those with the role Contracts."""

import re

import pytest
from django.urls import reverse

from accounts.enums import Role
from competitions.forms.settlement_terms import TermsForm, typed_from
from competitions.models import TermsRecord, TermsVersion
from competitions.presenters.settlement_terms import shown_version
from marketplace import clock
from tests.accounts.people import signed_in
from tests.competitions import files
from tests.qualification import market

pytestmark = pytest.mark.django_db


@pytest.fixture
def buyer():
    return files.operator()


@pytest.fixture
def desk(buyer):
    with clock.set_to(files.DRAFT):
        yield signed_in(buyer.user)


def filled(page: str) -> dict[str, str]:
    """The form of a page as a browser would send it, with a ref and a name."""
    form = page[page.index('id="terms-form"') : page.index("</form>", page.index('id="terms-form"'))]
    sent = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="(\w+)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag) and name[1] != "csrfmiddlewaretoken":
            value = re.search(r'value="([^"]*)"', tag)
            sent[name[1]] = value[1] if value else ("on" if "checkbox" in tag else "")
    for name, options in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else re.search(r'value="([^"]*)"', options)[1]
    return sent | {"text": ""}


def test_terms_are_made_from_a_ready_made_curve_and_changed_as_the_next_version(desk):
    new = reverse("competitions:terms_new")
    sent = filled(desk.get(new, {"from": "threshold_75"}).text)
    assert sent["curve"] == "threshold_75"
    answer = desk.post(new, sent | {"ref": "strict", "name": "Strict terms"})
    assert answer.status_code == 302
    version = TermsVersion.objects.get()
    assert (version.name, version.fields["utilisation"]["curve"]["points"][1]) == (
        "Strict terms",
        ["0.75", "0"],
    )
    assert "mode" not in version.fields["availability"]
    change = reverse("competitions:terms_change", args=[version.record_id])
    sent = filled(desk.get(change).text)
    assert sent["seen"] == "1"
    assert desk.post(change, sent | {"acknowledge_minutes": "20"}).status_code == 302
    assert TermsVersion.objects.get(number=2).fields["acknowledge_minutes"] == 20
    late = desk.post(change, sent | {"acknowledge_minutes": "25"})
    assert (late.status_code, "Version 2 of strict was made since" in late.text) == (422, True)
    for number, minutes in ((1, 15), (2, 20)):
        text = desk.get(reverse("competitions:terms_version", args=[version.record_id, number])).text
        assert f"within {minutes} minutes" in text
    assert desk.get(reverse("competitions:terms_version", args=[version.record_id, 3])).status_code == 404


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"other_used": "3"}, "The middle 3 of 4 other days is not the middle."),
        ({"working_used": "12"}, "More working days are used than looked at: 12 of 10."),
        ({"cap": "3"}, "up to 2 of the requested"),
        ({"curve": "points", "points": "1 1; 0.5 0"}, "must not fall from one point to the next"),
        ({"curve": "points", "points": "1; 0"}, "Each point of a curve is a pair"),
        ({"curve": "points", "points": ""}, "A curve needs at least one point."),
        (
            {"curve": "slope", "grace": "0.1", "slope": "-1"},
            "The grace and the slope of a curve are 0 or more.",
        ),
        (
            {"adjustment": "additive", "adjustment_minutes": "29"},
            "An adjustment is as long as a settlement period at least.",
        ),
        ({"curve": "uftp"}, "uftp needs a penalty price."),
        ({"penalty_tolerance": "1"}, "The tolerance is 0 or more and below 1."),
        ({"lock_time": "24:30"}, "times from 00:00 to 24:00"),
        ({"cycle": "day_ahead"}, "answered after they are locked"),
        ({"ref": "two words"}, "Use up to 40 letters"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_can_not_be_is_refused_when_it_is_saved(desk, typed, sentence):
    new = reverse("competitions:terms_new")
    sent = filled(desk.get(new).text) | {"ref": "standard", "name": "Standard"} | typed
    answer = desk.post(new, sent)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert not TermsRecord.objects.exists()


def test_the_side_of_the_form_shows_what_is_typed_and_keeps_nothing(desk):
    sent = filled(desk.get(reverse("competitions:terms_new")).text)
    preview = reverse("competitions:terms_preview")
    text = desk.post(preview, sent | {"curve": "threshold_50", "penalty_price": "22"}).text
    assert "nothing below 50 % delivered" in text
    assert "−£22.00" in text, "nothing delivered costs the penalty"
    assert "is not the middle" in desk.post(preview, sent | {"other_used": "3"}).text
    assert not TermsRecord.objects.exists()


def test_colleagues_without_the_role_read_and_others_find_nothing(buyer, desk):
    version = files.made_terms(buyer)
    page = reverse("competitions:terms", args=[version.record_id])
    with clock.set_to(files.DRAFT):
        colleague = signed_in(market.member(buyer.organisation, (Role.PROCUREMENT,)).user)
        assert "New version" not in colleague.get(page).text
        assert (
            colleague.get(reverse("competitions:terms_change", args=[version.record_id])).status_code == 403
        )
        default = reverse("competitions:terms_default", args=[version.record_id])
        assert colleague.post(default).status_code == 403
        for other in (files.operator("OTHER"), market.member(market.provider())):
            assert signed_in(other.user).get(page).status_code == 404


def test_the_default_is_chosen_on_the_page(buyer, desk):
    files.made_terms(buyer)
    second = files.made_terms(buyer, "special").record
    page = reverse("competitions:terms", args=[second.pk])
    assert "Make default" in desk.get(page).text
    assert desk.post(reverse("competitions:terms_default", args=[second.pk])).status_code == 302
    assert "Make default" not in desk.get(page).text


def test_the_form_is_filled_with_what_is_stored(buyer):
    version = files.made_terms(
        buyer,
        fields={
            "utilisation": {"curve": {"kind": "grace_slope", "grace": "0.1", "slope": "2"}, "cap": "1.25"},
            "availability": {
                "mode": "declared",
                "curve": {"kind": "table", "points": [["0", "0.1"], ["0.9", "1"]]},
            },
            "baseline": {"adjustment": {"kind": "multiplicative", "cap": "0.3"}, "working": [8, 10, 5]},
            "declaration": {"cycle": "day_ahead"},
        },
    )
    form = TermsForm(
        {key: value for key, value in typed_from(version.fields).items() if value is not False}
        | {"name": version.name},
        is_new=False,
    )
    assert form.is_valid(), form.errors
    again = files.made_terms(buyer, "again", fields=form.told())
    assert again.fields == version.fields


def test_the_example_is_the_worked_one(buyer):
    """96, 90, 80, 63 and 49 % of 1 MWh at 200 are the worked numbers; here the shares of the page at 100."""
    told = {
        name: {
            row.share: row.total
            for row in shown_version(files.made_terms(buyer, name, fields=fields), "GBP").rows
        }
        for name, fields in (
            ("proportional", {}),
            ("threshold_50", {"utilisation": {"curve": "threshold_50"}}),
            ("grace_5_slope_3", {"utilisation": {"curve": "grace_5_slope_3"}}),
            ("uftp", {"penalty": {"price": "22"}}),
        )
    }
    assert told["proportional"]["80 %"] == "£80.00"
    assert (told["threshold_50"]["50 %"], told["threshold_50"]["49 %"]) == ("£50.00", "£0.00")
    assert told["grace_5_slope_3"]["80 %"] == "£55.00"
    assert (told["uftp"]["90 %"], told["uftp"]["0 %"]) == ("£87.80", "−£22.00")


def test_a_time_with_seconds_is_refused_and_not_cut(desk):
    new = reverse("competitions:terms_new")
    sent = filled(desk.get(new).text) | {"ref": "strict", "name": "Strict terms"}
    answer = desk.post(new, sent | {"nomination_time": "12:00:30"})
    assert "Enter a valid time" in answer.text
    assert not TermsRecord.objects.exists()
