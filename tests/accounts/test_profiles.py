"""An operator's public page: texts without markup, a logo that is only a picture, a colour that stays
legible."""

import io
import json
from datetime import timedelta
from functools import cache
from unittest import mock

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from accounts.domain.colours import (
    DARK_SOFT_SHARE,
    DARK_SURFACE,
    LEAST_CONTRAST,
    LIGHT_SURFACE,
    SOFT_SHARE,
    contrast,
    is_colour,
    mixed,
    palette_of,
)
from accounts.domain.logos import BOX, drawn, logo_from
from accounts.domain.operating_area import remove_operating_area, save_operating_area
from accounts.domain.profiles import profile_of, save_looks, save_profile
from accounts.domain.texts import to_html
from accounts.enums import Role
from accounts.models import OperatorProfile, Organisation, User
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.actions import apply_upload
from marketplace.jobs.queries import jobs_visible_to
from marketplace.jobs.worker import run_now
from qualification.domain.queries import assets_visible_to
from tests.accounts import people
from tests.qualification import market as base

pytestmark = pytest.mark.django_db
NOW = people.NOW


def picture(kind="PNG", size=(40, 20), colour="red") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", size, colour).save(target, format=kind)
    return target.getvalue()


@cache
def much() -> bytes:
    """A picture of more pixels than are taken, made when it is needed."""
    return picture(size=(5000, 5000))


def area(west=-4, south=55, east=-2, north=56) -> bytes:
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    shape = {"type": "Polygon", "coordinates": [ring]}
    features = [{"type": "Feature", "properties": {"name": "All"}, "geometry": shape}]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@given(st.integers(0, 0xFFFFFF))
@settings(max_examples=200)
def test_the_accent_is_legible_in_both_themes_whatever_the_colour(number):
    palette = palette_of(f"#{number:06x}")
    for of, surface, soft in (
        (palette.light, LIGHT_SURFACE, SOFT_SHARE),
        (palette.dark, DARK_SURFACE, DARK_SOFT_SHARE),
    ):
        assert contrast(of.accent, of.on_accent) >= LEAST_CONTRAST
        assert contrast(of.hover, of.on_accent) >= LEAST_CONTRAST
        assert contrast(of.ink, surface) >= LEAST_CONTRAST
        assert contrast(of.ink, mixed(of.accent, surface, soft)) >= LEAST_CONTRAST


def test_contrast_is_that_of_the_standard():
    assert round(contrast("#ffffff", "#000000"), 2) == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
    assert palette_of("#0b5d57").light.accent == "#0b5d57"
    assert [is_colour(text) for text in ("#0b5d57", "red", "#fff", "#0b5d57;}")] == [
        True,
        False,
        False,
        False,
    ]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_kept_as_a_small_png(kind):
    kept = Image.open(io.BytesIO(logo_from(picture(kind, size=(3000, 500)))))
    assert kept.format == "PNG"
    assert kept.width <= BOX[0]
    assert kept.height <= BOX[1]


def test_nothing_but_the_picture_of_a_logo_is_kept():
    target = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "<script>alert(1)</script>"
    Image.new("RGB", (9, 9)).save(target, format="JPEG", exif=exif)
    assert b"script" in target.getvalue()
    assert b"script" not in logo_from(target.getvalue() + b"<script>")


@pytest.mark.parametrize(
    ("size", "fits"), [((40, 20), (40, 20)), ((960, 160), (480, 80)), ((100, 320), (50, 160))]
)
def test_a_logo_is_drawn_to_fit_the_box_and_never_larger_than_it_was(size, fits):
    drawing, refusal = drawn(picture(size=size))
    with Image.open(io.BytesIO(drawing)) as shown:
        assert (refusal, shown.format, shown.size) == ("", "PNG", fits)
    assert drawing == logo_from(picture(size=size))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (picture()[:-30], "not a whole"),
        (picture("GIF"), "not a whole"),
        (much, "too many pixels"),
    ],
)
def test_what_can_not_be_drawn_is_refused_and_leaves_nothing_of_it(data, sentence):
    drawing, refusal = drawn(data() if callable(data) else data)
    assert drawing == b""
    assert sentence in refusal


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not a whole"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "not a whole"),
        (b"<html><script>alert(1)</script></html>", "not a whole"),
        (picture()[:-30], "not a whole"),
        (picture("GIF"), "not a whole"),
        (b"\x89PNG\r\n\x1a\n" + bytes(2 * 1024 * 1024), "larger than 2 MB"),
        (much, "too many pixels"),
    ],
)
def test_what_is_no_picture_is_refused_as_a_logo_and_nothing_changes(data, sentence):
    head = people.operator()
    logo = (data() if callable(data) else data) or b" "
    with pytest.raises(Refused, match=sentence):
        save_looks(by=head, operator=head.organisation, colour="", logo=logo, now=NOW)
    assert not OperatorProfile.objects.exists()


def test_a_logo_is_served_as_a_picture_under_an_address_of_its_own(client):
    head = people.operator()
    saved = save_looks(by=head, operator=head.organisation, colour="#FFEE00", logo=picture(), now=NOW)
    answer = client.get(reverse("accounts:logo", args=[head.organisation.code, saved.logo_digest]))
    assert (answer["Content-Type"], answer["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert "immutable" in answer["Cache-Control"]
    assert client.get(reverse("accounts:logo", args=[head.organisation.code, "0" * 64])).status_code == 404
    style = client.get(reverse("accounts:brand_css", args=[head.organisation.code])).content.decode()
    assert style.startswith(":root { --accent: #7f7700; ")
    assert "[data-bs-theme=dark] { --accent: #7f7700; " in style


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "![x](https://evil.example/x.png)",
        '<img src=x onerror="y">',
    ],
)
def test_no_text_becomes_a_script_a_picture_or_a_tag(text):
    html = to_html(text)
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


def test_a_text_is_shown_with_headings_below_the_pages_own():
    html = to_html("# Rules\n\n**Bold** [site](https://example.org)\n\n| a | b |\n|---|---|\n| 1 | 2 |")
    assert "<h3>Rules</h3>" in html
    assert '<a href="https://example.org" rel="nofollow noopener noreferrer">site</a>' in html
    assert "<table>" in html


TEXTS = {"question-TOTAL_FORMS": "1", "question-INITIAL_FORMS": "0", "question-0-question": "When?"}


def test_a_page_is_previewed_before_it_is_published(client):
    head = people.operator()
    client = people.signed_in(head)
    url = reverse("accounts:profile_edit")
    sent = TEXTS | {"market_rules": "Be **fair**.", "question-0-answer": "In March."}
    shown = client.post(url, sent | {"preview": "1"}).content.decode()
    assert "<strong>fair</strong>" in shown
    assert "Nothing is published yet" in shown
    assert not OperatorProfile.objects.exists()
    client.post(url, sent)
    public = client.get(
        reverse("accounts:operator_profile", args=[head.organisation.code.lower()])
    ).content.decode()
    assert "<strong>fair</strong>" in public
    assert "In March." in public
    entry = AuditEntry.objects.get(organisation_id=head.organisation_id, action="profile published")
    assert set(entry.changes) == {"market_rules", "questions"}


def test_a_question_without_an_answer_is_refused_beside_its_fields():
    head = people.operator()
    shown = people.signed_in(head).post(reverse("accounts:profile_edit"), TEXTS).content.decode()
    assert "A question needs an answer" in shown
    assert not OperatorProfile.objects.exists()


def test_only_the_operators_account_holders_and_admins_change_its_page():
    head = people.operator()
    others = [people.operator("OTHER"), people.provider(), people.teammate(head, Role.PROCUREMENT)]
    for other in others:
        with pytest.raises(NotAllowed):
            save_profile(
                by=other, operator=head.organisation, texts={"introduction": "x"}, questions=[], now=NOW
            )
        with pytest.raises(NotAllowed):
            save_looks(by=other, operator=head.organisation, colour="#000000", logo=None, now=NOW)
        with pytest.raises(NotAllowed):
            save_operating_area(
                by=other, operator=head.organisation, data=area(), filename="a.geojson", now=NOW
            )
    assert not OperatorProfile.objects.exists()


def test_a_provider_has_no_public_page(client):
    seller = people.provider()
    assert (
        client.get(reverse("accounts:operator_profile", args=[seller.organisation.code])).status_code == 404
    )


def test_an_operators_page_lists_its_published_competitions_only(client):
    buyer = base.operator()
    shown = base.competition(buyer)
    draft = base.competition(buyer)
    early = base.OPEN - timedelta(days=1)
    Competition.objects.filter(pk=shown.pk).update(publish_on=early - timedelta(days=1))
    Competition.objects.filter(pk=draft.pk).update(publish_on=early + timedelta(hours=1))
    with clock.set_to(early):
        page = client.get(reverse("accounts:operator_profile", args=[buyer.code])).content.decode()
    assert shown.ref in page
    assert f">{draft.ref}:" not in page


def test_an_operator_sees_the_assets_in_its_operating_area_and_no_others():
    buyer, seller = base.member(base.operator()), base.provider()
    inside = base.asset(seller, x=-3, y=55.5)
    base.asset(seller, x=0.1, y=51.5)
    assert list(assets_visible_to(buyer, base.DURING)) == []
    save_operating_area(by=buyer, operator=buyer.organisation, data=area(), filename="a.geojson", now=NOW)
    assert list(assets_visible_to(buyer, base.DURING)) == [inside]
    assert list(assets_visible_to(base.member(base.operator()), base.DURING)) == []
    remove_operating_area(by=buyer, operator=buyer.organisation, now=NOW)
    assert list(assets_visible_to(buyer, base.DURING)) == []


def test_an_unusable_area_is_refused_with_a_sentence():
    head = people.operator()
    for data, name in ((b"PK", "a.gpkg"), (b"{}", "a.geojson"), (area(east=-4), "a.geojson")):
        with pytest.raises(Refused):
            save_operating_area(by=head, operator=head.organisation, data=data, filename=name, now=NOW)
    assert not OperatorProfile.objects.exists()


def test_an_admin_registers_an_operator_with_its_looks_and_area():
    admin = people.signed_in(User.objects.create_superuser("admin@platform.example", people.PASSWORD))
    form = {
        "name": "Vale Networks",
        "code": "VALE",
        "country": "GB",
        "holiday_region": "ENG",
        "time_zone": "Europe/London",
        "currency": "GBP",
        "contact_email": "desk@vale.example",
        "seats": "8",
        "first_users": "first@vale.example",
        "brand_colour": "#AA3300",
    }
    url = reverse("admin:accounts_organisation_add")
    refused = admin.post(url, form | {"new_logo": SimpleUploadedFile("logo.png", b"<svg/>")})
    assert "not a whole PNG" in refused.content.decode()
    assert not Organisation.objects.exists()
    files = {
        "new_logo": SimpleUploadedFile("logo.png", picture()),
        "operating_area": SimpleUploadedFile("area.geojson", area()),
    }
    admin.post(url, form | files)
    profile = profile_of(Organisation.objects.get(code="VALE"))
    assert (profile.brand_colour, bool(profile.logo_digest)) == ("#aa3300", True)
    assert 10_000 < profile.operating_area_km2 < 20_000


def test_the_details_of_a_company_are_corrected_by_its_account_holders_and_leave_a_trace():
    head = people.provider()
    client = people.signed_in(head)
    url = reverse("accounts:organisation")
    form = client.get(url).context["form"]
    sent = {name: form.initial.get(name) or "x" for name in form.fields}
    sent |= {"contact_phone": "0131 496 0000", "vat_number": ""}
    client.post(url, sent | {"company_number": "STOLEN", "seats": "99", "kind": "so"})
    after = Organisation.objects.get(pk=head.organisation_id)
    assert after.contact_phone == "0131 496 0000"
    assert (after.company_number, after.seats, after.kind) == (head.organisation.company_number, 8, "fsp")
    entry = AuditEntry.objects.get(action="organisation details changed")
    assert entry.changes["contact_phone"][1] == "0131 496 0000"
    mate = people.signed_in(people.teammate(head, Role.BIDS))
    assert mate.get(url).status_code == 403


def test_an_empty_submit_leaves_the_operating_area_and_removing_asks_first():
    head = people.operator()
    save_operating_area(by=head, operator=head.organisation, data=area(), filename="a.geojson", now=NOW)
    client = people.signed_in(head.user)
    answer = client.post(reverse("accounts:profile_area"), {}, follow=True)
    assert "Nothing was changed" in answer.content.decode()
    assert profile_of(head.organisation).operating_area_wkb is not None
    asked = client.get(reverse("accounts:profile_area_remove"))
    assert "Remove the operating area?" in asked.content.decode()
    assert profile_of(head.organisation).operating_area_wkb is not None
    client.post(reverse("accounts:profile_area_remove"))
    assert profile_of(head.organisation).operating_area_wkb is None


def test_an_operating_area_is_read_by_a_worker_and_shown_before_it_counts():
    head = people.operator()
    client = people.signed_in(head.user)
    with mock.patch(
        "marketplace.geo.reading.run_limited", side_effect=AssertionError("parsed in a web thread")
    ):
        answer = client.post(
            reverse("accounts:profile_area"), {"file": SimpleUploadedFile("a.geojson", area())}
        )
    job = jobs_visible_to(head).get()
    assert answer.url == reverse("jobs:job", args=[job.pk])
    with clock.set_to(NOW):
        run_now(job.pk)
        assert not OperatorProfile.objects.exists()
        apply_upload(by=head, job=jobs_visible_to(head).get(), now=NOW)
        run_now(job.pk)
    assert 10_000 < profile_of(head.organisation).operating_area_km2 < 20_000
