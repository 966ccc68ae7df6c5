"""The pages and files of statements, as an operator and its provider use them."""

import importlib.util
import io
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from competitions.models import Area, Boundary, Competition
from contracts.enums import ContractStatus
from contracts.models import Contract
from marketplace import clock
from marketplace.jobs.actions import start_file
from marketplace.jobs.models import Job
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.jobs.worker import run_now
from qualification.domain.assets.groups import make_group
from qualification.models import Asset
from settlement.domain.disputing import answer_line, raise_dispute
from settlement.domain.finalising import finalise
from settlement.domain.grouped_figures import DIMENSIONS, dimensions_for, grouped_by
from settlement.models import DisputedLine, StatementVersion
from settlement.presenters.statement_list import months_to_run
from tests.operations.scene import browser
from tests.settlement import statement_scene as scenes
from tests.settlement.statement_scene import FIRST_RUN, dispatched, run, statement, told

pytestmark = pytest.mark.django_db
SCRIPT = Path(__file__).resolve().parents[2] / "docs" / "recompute_statement.py"


@pytest.fixture(scope="module")
def once(module_database):
    with run_jobs_inline():
        return scenes.made()


@pytest.fixture
def scene(once):
    with run_jobs_inline():
        yield scenes.scene_of(
            once,
            {**scenes.CONSTANT, "utilisation": {"curve": "grace_5_slope_3"}, "penalty": {"multiple": "0.5"}},
            availability_price=Decimal("7.35"),
            utilisation_price=Decimal("183.33"),
        )


def file_of(made, kind, **params):
    with clock.set_to(FIRST_RUN):
        job = run_now(start_file(by=made, kind=kind, params=params, now=FIRST_RUN).pk)
    assert job.state == "done", job.error
    return bytes(job.output.content)


def script():
    spec = importlib.util.spec_from_file_location("recompute_statement", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_statement_is_recomputed_from_its_workbook_alone(scene, tmp_path):
    dispatched(scene, imports=(701.37, 903.111111))
    dispatched(scene, day=3, imports=(790, 745.5), mw="0.437")
    run(scene)
    version = statement(scene).current
    for member in (scene.buyer, scene.north):
        path = tmp_path / "statement.xlsx"
        path.write_bytes(file_of(member, "settlement.statement", version=str(version.pk)))
        amounts, total = script().recomputed(path)
        assert amounts == [each.amount for each in version.lines.order_by("place")]
        assert total == version.total
        assert len(amounts) == 28 + 4
    sheets = openpyxl.load_workbook(path).sheetnames
    assert {"Performance", "Periods", "Assets", "Baseline Days", "Statement", "Totals", "Terms"} <= set(
        sheets
    )
    again = file_of(scene.north, "settlement.statement", version=str(version.pk))
    assert again == path.read_bytes()
    assert file_of(scene.north, "settlement.statement_pdf", version=str(version.pk)).startswith(b"%PDF")


def test_the_buttons_run_and_finalise_and_a_run_says_what_came_of_it(scene):
    dispatched(scene)
    with clock.set_to(FIRST_RUN):
        operator = browser(scene.buyer)
        page = operator.get(reverse("settlement:statements")).content.decode()
        assert "Run February 2026" in page
        answer = operator.post(reverse("jobs:start_file", args=["settlement.run"]), {"month": "2026-02"})
        job = run_now(Job.objects.get().pk)
        assert (answer.status_code, job.state) == (302, "done")
        version = statement(scene).current
        book = openpyxl.load_workbook(io.BytesIO(bytes(job.output.content)))
        assert "new version" in [cell.value for cell in book["Run"]["F"]]
        ticked = reverse("settlement:finalise_many"), {"versions": [str(version.pk)]}
        left = operator.post(*ticked, follow=True).content.decode()
        assert "The provider may still dispute it and has not agreed" in left
        version.refresh_from_db()
        assert version.state == "provisional"
        shown = reverse("settlement:statement", args=[version.statement_id])
        assert (
            "has not agreed to this version and may dispute it until" in operator.get(shown).content.decode()
        )

        provider = browser(scene.north)
        assert "Agree" in provider.get(shown).content.decode()
        provider.post(reverse("settlement:agree", args=[version.pk]))
        assert "has not agreed" not in operator.get(shown).content.decode()
        operator.post(*ticked)
    version.refresh_from_db()
    assert version.state == "final"


def test_a_final_month_that_was_corrected_later_says_so_in_the_list(scene):
    dispatched(scene, imports=(701, None))
    run(scene)
    with clock.set_to(FIRST_RUN):
        finalise(by=scene.buyer, versions=[statement(scene).current_id], now=FIRST_RUN)
    later = FIRST_RUN + timedelta(days=1)
    told(scene, scene.service[0].start, (701, 903), at=later)
    for member in (scene.buyer, scene.north):
        page = browser(member)
        assert "Carried on" not in page.get(reverse("settlement:statements")).content.decode()
    run(scene, later + timedelta(days=1))
    for member in (scene.buyer, scene.north):
        page = browser(member)
        assert "1 correction</span>" in page.get(reverse("settlement:statements")).content.decode()


def test_only_months_with_a_contract_in_service_are_offered(scene):
    """February and March are in service, then February alone, since the contract is withdrawn on its 10th."""
    april = FIRST_RUN + timedelta(days=40)

    def offered(at):
        return [code for code, _ in months_to_run(scene.buyer, at)]

    assert (offered(april), offered(FIRST_RUN)) == (["2026-03", "2026-02"], ["2026-02"])
    withdrawn = FIRST_RUN.replace(month=2, day=10)
    Contract.objects.update(
        status=ContractStatus.WITHDRAWN,
        withdrawn_at=withdrawn,
        withdrawal_reason="Broken.",
        withdrawn_by_id=1,
    )
    assert offered(april) == ["2026-02"]
    Contract.objects.update(withdrawn_at=withdrawn - timedelta(days=30))
    with clock.set_to(april):
        page = browser(scene.buyer).get(reverse("settlement:statements")).content.decode()
    assert (offered(april), "Run the statements" in page) == ([], False)


def test_a_provider_disputes_a_line_with_a_file_and_the_operator_answers(scene):
    dispatched(scene)
    run(scene)
    version = statement(scene).current
    with clock.set_to(FIRST_RUN):
        provider, operator = browser(scene.north), browser(scene.buyer)
        url = reverse("settlement:dispute", args=[version.pk])
        assert provider.get(url).status_code == 200
        assert provider.post(url, {}).status_code == 422
        sent = {"reason_29": "Our meter shows more."}
        answer = provider.post(url, sent)
        assert answer.status_code == 302
        line = DisputedLine.objects.get()
        page = operator.get(reverse("settlement:statement", args=[version.statement_id])).content.decode()
        assert "Our meter shows more." in page
        assert operator.get(reverse("settlement:answer", args=[line.pk])).status_code == 200
        done = operator.post(
            reverse("settlement:answer", args=[line.pk]), {"answer": "We see.", "is_upheld": "yes"}
        )
        assert done.url == reverse("jobs:job", args=[Job.objects.get(kind="settlement.run").pk])
        assert run_now(Job.objects.get(kind="settlement.run").pk).state == "done"
    line.refresh_from_db()
    assert line.state == "upheld"
    assert StatementVersion.objects.count() == 1  # nothing else was told, so it comes to the same


def test_versions_that_were_replaced_and_lines_that_were_not_upheld_open_for_both(scene):
    dispatched(scene)
    run(scene)
    first = statement(scene).current
    with clock.set_to(FIRST_RUN):
        disputed = raise_dispute(
            by=scene.north, version=first, reasons={29: "Our meter shows more."}, now=FIRST_RUN
        )
        line = disputed.lines.get()
        answer_line(by=scene.buyer, line=line, is_upheld=False, answer="It does not.", now=FIRST_RUN)
    later = FIRST_RUN + timedelta(days=1)
    told(scene, scene.service[0].start, (900, 900), at=later - timedelta(hours=1))
    run(scene, at=later)
    assert statement(scene).current.number == 2
    url = reverse("settlement:statement", args=[first.statement_id])
    with clock.set_to(later):
        for member in (scene.north, scene.buyer):
            newest, earlier = (browser(member).get(f"{url}{query}") for query in ("", "?version=1"))
            assert (newest.status_code, earlier.status_code) == (200, 200)
            assert "Replaced" in newest.content.decode()
            assert "Earlier version" in earlier.content.decode()
            assert "Not upheld" in earlier.content.decode()


def test_a_refused_file_of_a_dispute_leaves_nothing(scene):
    dispatched(scene)
    run(scene)
    version = statement(scene).current
    with clock.set_to(FIRST_RUN):
        sent = {"reason_29": "Wrong.", "documents": SimpleUploadedFile("a.exe", b"MZ\x90")}
        answer = browser(scene.north).post(reverse("settlement:dispute", args=[version.pk]), sent)
    assert answer.status_code == 422
    assert not DisputedLine.objects.exists()
    assert statement(scene).current.state == "provisional"


def test_a_line_explains_itself_and_opens_its_periods(scene):
    dispatched(scene, imports=(700, 900))
    run(scene)
    version = statement(scene).current
    line = version.lines.get(kind="Utilisation")
    with clock.set_to(FIRST_RUN):
        url = reverse("settlement:line", args=[version.pk, line.place])
        page = browser(scene.north).get(url).content.decode()
        assert browser(scene.south).get(url).status_code == 404
    assert "0.35 MWh of 0.5 MWh delivered (70.0 %)" in page
    assert reverse("operations:dispatch_performance", args=[line.dispatch_id]) in page
    for number in ("-1,000.000", "-700.000", "250.000"):
        assert number.replace("-", "−") in page or number in page


def test_the_number_of_queries_does_not_grow_with_statements(scene):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    dispatched(scene)
    run(scene)
    with clock.set_to(FIRST_RUN):
        provider = browser(scene.north)
        provider.get(reverse("settlement:statements"))
        with CaptureQueriesContext(connection) as one:
            provider.get(reverse("settlement:statements"))
        run(scene, scenes.datetime(2026, 4, 2, tzinfo=scenes.UTC), scenes.MARCH)
        provider.get(
            reverse("settlement:statements")
        )  # counts in the navigation are asked again after what was done
        with CaptureQueriesContext(connection) as two:
            page = provider.get(reverse("settlement:statements"))
    assert page.content.decode().count("/settlement/statements/") >= 2
    assert len(two) == len(one)


def test_figures_over_the_months_add_up_to_the_statements(scene):
    """February: 28 days of 4 h at £7.35 less the declined: 823.20; delivered 500 of 500 kWh: £91.67 (91.665)."""
    dispatched(scene)
    run(scene)
    with clock.set_to(FIRST_RUN):
        for member in (scene.buyer, scene.north):
            page = browser(member).get(reverse("settlement:figures"))
            paid, delivered, reliable, cost = page.context["charts"]
            assert paid.rows == [("February 2026", "823.20", "91.67", "0.00", "914.87")]
            assert delivered.rows == [("February 2026", "0.500", "0.500", "100.0")]
            other = scene.north if member == scene.buyer else scene.buyer
            assert [row[0] for row in reliable.rows] == [str(other.organisation)]
            assert cost.rows[0][2] == "914.87"
        south = browser(scene.south).get(reverse("settlement:figures"))
        assert south.context["charts"] == []


def test_figures_by_zone_area_round_contract_and_group_add_up_to_the_statements(scene):
    """One contract, whose sums are those of the test above, in each of its groups; nobody else's are in any."""
    dispatched(scene)
    run(scene)
    figures = ("0.500", "0.500", "100.0", "914.87")
    competition = scene.contract.competition
    group = make_group(by=scene.north, ref="FLEET", now=FIRST_RUN)
    Asset.objects.filter(pk=scene.assets["N1"].pk).update(group=group)
    Competition.objects.filter(pk=competition.pk).update(round_name="Winter")
    area = Area.objects.create(
        operator=scene.buyer.organisation,
        reference="A1",
        shape_wkb=competition.boundary_shape.inside_wkb,
        area_km2=1,
        updated_at=FIRST_RUN,
    )
    Boundary.objects.filter(competition=competition).delete()
    Boundary.objects.create(competition=competition, kind="area", area=area)
    names = {
        "zone": "A1",
        "area": "A1",
        "round": "Winter",
        "contract": f"{competition.ref}, {scene.contract.period_name}, {scene.contract.window_name}",
        "group": "FLEET",
    }
    with clock.set_to(FIRST_RUN):
        for member in (scene.buyer, scene.north):
            offered = dimensions_for(member)
            assert [each.code for each in offered] == [
                code for code in names if member == scene.north or code != "group"
            ]
            for each in offered:
                page = browser(member).get(reverse("settlement:figures"), {"by": each.code})
                assert page.context["dimension"] == each
                assert page.context["grouped"].rows == [(names[each.code], *figures)]
        page = browser(scene.buyer).get(reverse("settlement:figures"), {"by": "group"})
        assert page.context["dimension"].code == "zone", "how a provider groups its assets is its own"
        for each in DIMENSIONS:
            assert grouped_by(scene.south, each, scenes.FEBRUARY) == []


def test_a_contract_counts_in_each_area_and_group_that_it_touches_and_without_one_under_a_word(scene):
    dispatched(scene)
    run(scene)
    by = {each.code: each for each in DIMENSIONS}

    def names(code):
        return [each.name for each in grouped_by(scene.north, by[code], scenes.FEBRUARY)]

    Boundary.objects.filter(competition=scene.contract.competition).delete()
    assert (names("area"), names("round"), names("group")) == (["No area"], ["No round"], ["No group"])
    assert names("zone") == [scene.contract.competition.ref]
    for place, ref in enumerate(("B", "A")):
        area = Area.objects.create(
            operator=scene.buyer.organisation,
            reference=ref,
            shape_wkb=scene.contract.competition.boundary_shape.inside_wkb,
            area_km2=1,
            updated_at=FIRST_RUN,
        )
        Boundary.objects.create(
            competition=scene.contract.competition, kind="area", area=area, position=place
        )
    assert (names("area"), names("zone")) == (["A", "B"], ["B, A"])
