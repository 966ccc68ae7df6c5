"""If-Match while a person changes the same thing on a page at the same moment: nothing is overwritten unseen."""

import contextvars
import time
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import OperationalError, connection, transaction
from ninja import Router

from accounts.enums import Scope
from api import operations
from api.auth import Declared
from competitions.models import Competition
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.assets.groups import make_group, put_into_group, rename_group
from qualification.models import Asset
from qualification.workbooks import typed
from tests.api.bodies import ASSET, CONFIRMED, SQUARE
from tests.api.if_match_scenes import SCENES
from tests.api.programs import Program, account_holder
from tests.competitions import files
from tests.qualification import market as base

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20
ROUNDS = 4


@pytest.fixture
def threads():
    with ThreadPoolExecutor() as found:
        yield found


@pytest.fixture(params=SCENES, ids=lambda made: made.__name__)
def scene(request):
    with run_jobs_inline():
        found = request.param()
        with clock.set_to(found.at):
            yield found


class Elsewhere:
    """An action that runs beside the test, with a connection of its own."""

    def __init__(self, threads, action):
        self.number = Future()
        self.done = threads.submit(contextvars.copy_context().run, self._run, action)

    def _run(self, action):
        try:
            connection.ensure_connection()
            self.number.set_result(connection.connection.info.backend_pid)
            return action()
        finally:
            connection.close()

    def waits(self) -> bool:
        """Whether it comes to stand before a lock that somebody holds; False once it is done."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and not self.done.done():
            with connection.cursor() as cursor:
                cursor.execute("SELECT cardinality(pg_blocking_pids(%s)) > 0", [self.number.result(PATIENCE)])
                if cursor.fetchone()[0]:
                    return True
            time.sleep(0.005)
        return False


def between(monkeypatch, action):
    """Have the action done between the comparison and what the program asks for; what it returned, once it is."""
    compare, returned = operations._check_unchanged, []

    def compared(*args):
        compare(*args)
        returned.append(action())

    monkeypatch.setattr(operations, "_check_unchanged", compared)
    return returned


def test_what_a_page_changes_first_is_told_and_not_overwritten(scene, threads):
    read = scene.program.get(scene.state)
    with transaction.atomic():
        scene.edit()
        asked = Elsewhere(threads, lambda: scene.ask(read["ETag"]))
        assert asked.waits(), "the change is stored only now"
    answer = asked.done.result(PATIENCE)
    present = scene.program.get(scene.state).json()
    assert (answer.status_code, answer.json()["code"]) == (412, "changed_meanwhile")
    assert answer.json()["present"] == present != read.json()


def test_what_a_page_changes_after_the_comparison_waits_until_the_action_is_done(scene, threads, monkeypatch):
    def begin():
        page = Elsewhere(threads, scene.edit)
        return page.waits(), page

    begun = between(monkeypatch, begin)
    answer = scene.ask(scene.program.get(scene.state)["ETag"])
    [(has_waited, page)] = begun
    assert not isinstance(page.done.exception(PATIENCE), OperationalError), "nobody waits for the other"
    assert has_waited, "it would have been overwritten"
    assert answer.status_code in (200, 201), answer.content


def test_what_a_page_does_with_another_thing_of_the_company_neither_waits_nor_disturbs(threads, monkeypatch):
    with clock.set_to(base.DURING):
        holder = account_holder()
        program = Program(holder)
        program.put("/assets/A", ASSET)
        other = base.asset(holder.organisation, ref="OTHER")
        make_group(by=holder, ref="FLEET", now=base.DURING)

        def join():
            return put_into_group(by=holder, asset_ids=[other.pk], ref="FLEET", now=clock.now())

        moved = between(monkeypatch, lambda: Elsewhere(threads, join).done.result(PATIENCE))
        read = program.get("/assets/A")
        answer = program.put("/assets/A", ASSET | {"name": "Sent"}, **{"If-Match": read["ETag"]})
    assert (moved, answer.status_code, answer.json()["name"]) == ([1], 200, "Sent")


def test_programs_and_a_page_at_an_asset_and_its_group_never_wait_for_each_other(threads):
    with clock.set_to(base.DURING):
        holder = account_holder()
        program = Program(holder)
        own = Asset.objects.get(ref=program.put("/assets/A", ASSET).json()["ref"])
        groups = [make_group(by=holder, ref=ref, now=base.DURING) for ref in ("ONE", "TWO")]

        def with_match(method, path, body, of):
            ask = getattr(program, method)
            return lambda: ask(path, body, **{"If-Match": program.get(of)["ETag"]}).status_code

        def by_page(number):
            def act():
                put_into_group(by=holder, asset_ids=[own.pk], ref=groups[number % 2].ref, now=clock.now())
                return (
                    rename_group(by=holder, group=groups[0], name=f"Name {number}", now=clock.now()) and 200
                )

            return act

        for number in range(ROUNDS):
            group = f"/asset-groups/{groups[number % 2].ref}"
            begun = [
                Elsewhere(threads, act)
                for act in (
                    with_match(
                        "put", "/assets/A", ASSET | {"group": "ONE", "name": f"N{number}"}, "/assets/A"
                    ),
                    with_match("post", f"{group}/assets", {"assets": ["A"]}, group),
                    with_match("put", group, {"name": f"Sent {number}"}, group),
                    by_page(number),
                )
            ]
            assert {each.done.result(PATIENCE) for each in begun} <= {200, 412, 422}


def test_who_fills_a_group_does_not_wait_for_who_puts_the_same_asset_into_it(threads, monkeypatch):
    with clock.set_to(base.DURING):
        holder = account_holder()
        program = Program(holder)
        program.put("/assets/A", ASSET)
        make_group(by=holder, ref="FLEET", now=base.DURING)
        own = Asset.objects.select_related("asset_type", "group").get()

        def choose_the_group():
            cells = typed.cells_of(own, holder.organisation.zone) | {"group": "FLEET"}
            seen = typed.version_of(own)
            typed.save_typed(by=holder, sheet="Assets", cells=cells, present=own, seen=seen, now=clock.now())

        chosen = between(monkeypatch, lambda: Elsewhere(threads, choose_the_group).done.result(PATIENCE))
        read = program.get("/asset-groups/FLEET")
        answer = program.post("/asset-groups/FLEET/assets", {"assets": ["A"]}, **{"If-Match": read["ETag"]})
    assert (chosen, answer.json()) == ([None], {"moved": 0})


def test_who_draws_a_boundary_and_who_replaces_its_area_lock_the_competitions_in_one_order(
    threads, monkeypatch
):
    with run_jobs_inline(), clock.set_to(files.DRAFT):
        buyer = files.operator()
        files.draw_area(buyer)
        program = Program(buyer)
        for ref in ("ONE", "TWO"):
            program.put(f"/competitions/{ref}/set-up", CONFIRMED)
        last = Competition.objects.latest("pk").ref
        files.draw_area(buyer, last, west=-3.2)
        of_last = CONFIRMED | {"boundary": [{"kind": "area", "value": last}]}
        for ref in ("ONE", "TWO"):
            assert program.put(f"/competitions/{ref}/set-up", of_last).status_code == 200

        def begin():
            page = Elsewhere(threads, lambda: files.draw_area(buyer, last, west=-3.3))
            return page.waits(), page

        begun = between(monkeypatch, begin)
        read = program.get(f"/competitions/{last}/set-up")
        answer = program.put(f"/competitions/{last}/boundary", SQUARE, **{"If-Match": read["ETag"]})
    [(has_waited, page)] = begun
    assert (has_waited, page.done.result(PATIENCE), answer.status_code) == (True, None, 200)


def test_an_operation_that_takes_if_match_says_what_it_locks():
    declared = Declared(Scope.ASSETS_WRITE)
    for path, locks in (("/assets/{ref}", None), ("/nowhere", lambda request: None)):
        with pytest.raises(ValueError, match="what it locks"):
            operations.writes(Router(), "PUT", path, declared, returns=dict, locks=locks)
