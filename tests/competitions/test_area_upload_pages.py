"""The steps of an upload of areas: a worker lists the layers once, the page asks, nothing is parsed in a web
thread."""

from unittest import mock
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError
from django.urls import reverse

from competitions.domain.places import area_layers
from competitions.models import Area
from marketplace import clock
from marketplace.jobs.actions import apply_upload, start_file
from marketplace.jobs.queries import jobs_visible_to
from marketplace.jobs.worker import run_now
from tests.competitions import files

pytestmark = pytest.mark.django_db


def placemark(name, west=-1.6, **data):
    east = west + 0.05
    corners = f"{west},54.95 {east},54.95 {east},55.0 {west},55.0 {west},54.95"
    told = "".join(f'<Data name="{key}"><value>{value}</value></Data>' for key, value in data.items())
    return (
        f"<Placemark><name>{name}</name><ExtendedData>{told}</ExtendedData><Polygon><outerBoundaryIs><LinearRing>"
        f"<coordinates>{corners}</coordinates></LinearRing></outerBoundaryIs></Polygon></Placemark>"
    )


def kml(*folders):
    inside = "".join(f"<Folder><name>{name}</name>{content}</Folder>" for name, content in folders)
    return f'<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{inside}</Document></kml>'.encode()


TWO_FOLDERS = kml(
    ("North", placemark("N1", licence="NPgN", gsp="Blyth")),
    ("South", placemark("S1", -1.4) + placemark("S2", -1.2)),
)


@pytest.fixture
def buyer(client):
    with clock.set_to(files.DRAFT):
        member = files.operator()
        client.force_login(member.user)
        yield member


def send(client, data, name="areas.kml"):
    return client.post(reverse("competitions:areas_upload"), {"file": SimpleUploadedFile(name, data)}).url


def listed(client, buyer, data):
    """The address of the second step, once a worker has listed the layers."""
    address = send(client, data)
    run_now(jobs_visible_to(buyer).first().pk)
    return address


def test_no_request_of_the_upload_parses_the_file(client, buyer):
    with mock.patch(
        "marketplace.geo.reading.run_limited", side_effect=AssertionError("parsed in a web thread")
    ):
        address = send(client, TWO_FOLDERS)
        waiting = client.get(address)
    assert "Reading the file" in waiting.content.decode()
    run_now(jobs_visible_to(buyer).first().pk)
    with mock.patch(
        "marketplace.geo.reading.run_limited", side_effect=AssertionError("parsed in a web thread")
    ):
        page = client.get(address).content.decode()
        preview = client.post(address, {"layer_and_field": "0"}).url
        job = jobs_visible_to(buyer).get(kind="competitions.areas")
        map_of_it = client.get(reverse("competitions:areas_preview", args=[job.pk]))
    assert "North: 1 feature" in page
    assert "South: 2 features" in page
    assert preview == reverse("jobs:job", args=[job.pk])
    assert map_of_it.json()["features"] == []


def test_all_folders_of_a_kml_are_taken_in_one_upload_with_licence_area_and_supply_point(client, buyer):
    address = listed(client, buyer, TWO_FOLDERS)
    client.post(address, {"layer_and_field": "0", "licence_field": "licence", "supply_field": "gsp"})
    job = jobs_visible_to(buyer).get(kind="competitions.areas")
    assert (job.params["layer"], job.params["all_folders"], job.params["reference_field"]) == (
        None,
        True,
        "Name",
    )
    run_now(job.pk)
    apply_upload(by=buyer, job=jobs_visible_to(buyer).get(pk=job.pk), now=clock.now())
    run_now(job.pk)
    stored = Area.objects.order_by("reference").values_list("reference", "licence_area", "supply_point")
    assert list(stored) == [("N1", "NPgN", "Blyth"), ("S1", "", ""), ("S2", "", "")]
    shown = client.get(reverse("competitions:areas")).content.decode()
    assert "NPgN" in shown
    assert "Blyth" in shown


def test_one_folder_is_taken_by_its_name(client, buyer):
    address = listed(client, buyer, TWO_FOLDERS)
    page = client.get(address).content.decode()
    (number,) = [
        line.split('"')[1]
        for line in page.replace("<option", "\n<option").split("\n")
        if "South — Name" in line
    ]
    client.post(address, {"layer_and_field": number})
    job = jobs_visible_to(buyer).get(kind="competitions.areas")
    assert (job.params["layer"], job.params["all_folders"]) == ("South", False)


def test_a_kml_of_thousands_of_folders_is_listed_in_one_pass_and_offered_as_a_whole(client, buyer):
    data = kml(*((f"F{number}", placemark(f"A{number}")) for number in range(3_000)))
    with mock.patch("marketplace.geo.reading.run_limited", wraps=run_limited()) as ran:
        address = listed(client, buyer, data)
        page = client.get(address).content.decode()
    assert ran.call_count == 1
    assert "All folders together — Name" in page
    assert "F1 — Name" not in page
    assert "and 2950 more" in page


def run_limited():
    from marketplace.sandbox import run_limited

    return run_limited


def test_a_file_that_cannot_be_read_goes_back_to_the_first_step_with_the_reason(client, buyer):
    address = listed(client, buyer, b"<OGRVRTDataSource><!-- <kml --></OGRVRTDataSource>")
    answer = client.get(address)
    assert answer.status_code == 422
    assert "its outermost element is not" in answer.content.decode()


@pytest.mark.parametrize("file", ["", "no id", "6f2f5b0e-8c1d-4c39-9d5a-0c8f3a1b7e42"])
def test_a_file_that_is_no_longer_kept_has_to_be_uploaded_again(buyer, file):
    job = start_file(by=buyer, kind=area_layers.KIND, params={"file": file}, now=clock.now())
    assert run_now(job.pk).error == area_layers.NOT_KEPT


def test_a_file_that_goes_after_it_was_listed_has_to_be_uploaded_again(client, buyer):
    address = listed(client, buyer, TWO_FOLDERS)
    job = jobs_visible_to(buyer).get()
    type(job).objects.update(params={"file": str(uuid4())})
    answer = client.get(address, follow=True)
    assert area_layers.NOT_KEPT in answer.content.decode()


def test_a_colleague_without_the_role_and_another_operator_see_no_listing(client, buyer):
    address = listed(client, buyer, TWO_FOLDERS)
    client.force_login(files.operator("OTHR").user)
    assert client.get(address).status_code == 404


def test_areas_are_found_however_a_look_alike_of_their_reference_is_typed(client, buyer):
    files.draw_area(buyer, "Caf\u00e9 North")
    Area.objects.update(licence_area="NPgN")
    for typed in ("Cafe\u0301", "caf\u00e9\u200b\u00a0north", "npgn"):
        assert (
            "Caf\u00e9 North" in client.get(reverse("competitions:areas"), {"search": typed}).content.decode()
        )
    assert (
        "Caf\u00e9 North"
        not in client.get(reverse("competitions:areas"), {"search": "South"}).content.decode()
    )


def test_two_references_that_are_one_key_are_one_area_in_the_database_too(buyer):
    files.draw_area(buyer, "Blyth")
    area = Area.objects.get()
    area.pk = None
    area.reference = "BLYTH\u200b"
    with pytest.raises(IntegrityError):
        area.save(force_insert=True)


def test_a_boundary_names_an_area_by_any_look_alike_of_its_reference(buyer):
    files.draw_area(buyer, "Blyth North")
    report = files.upload(buyer, files.competition("C1", boundary={"Value": "BLYTH\u00a0\u200bnorth"}))
    assert files.counts(report) == (1, 0, 0, [])
    assert files.stored("C1").boundaries.get().area == Area.objects.get()
