"""What a program changes with ``If-Match``, one of each kind, and what a person does with it on a page."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from api.webhooks.endpoints import change_endpoint
from bidding.domain.ballots.submitting import withdraw_ballot
from bidding.domain.gate.closing import ensure_closed
from competitions.domain.places.areas import rename_area
from competitions.domain.setting_up.saving import cancel_competition
from competitions.models import Area, Competition
from marketplace import clock
from marketplace.jobs.actions import discard_upload
from marketplace.jobs.models import Job
from operations.domain.dispatching import acknowledge_dispatch
from operations.models import Dispatch
from qualification.domain.assets.groups import make_group, put_into_group, rename_group
from qualification.domain.entries.entering import withdraw
from qualification.models import AssetGroup, PlannedAsset
from qualification.workbooks import typed
from settlement.domain.disputing import raise_dispute
from tests.api.bodies import ASSET, CONFIRMED, SQUARE
from tests.api.programs import Program, account_holder
from tests.api.sent_files import checked
from tests.bidding.market import AFTER, BIDDING, market
from tests.competitions import files
from tests.operations.scene import MINUTE, contracted, give, issue
from tests.qualification import market as base
from tests.settlement import statement_scene
from tests.support.asset_files import GOOD, workbook
from tests.support.ballots import place
from tests.support.decisions import accept, decide, with_bids


@dataclass
class Scene:
    """A program that asks ``method`` of ``path`` with what it read at ``state``, and the ``edit`` of somebody else."""

    program: Program
    state: str
    method: str
    path: str
    body: Any
    edit: Callable[[], object]
    at: datetime = base.DURING

    def ask(self, etag: str) -> Any:
        return getattr(self.program, self.method)(self.path, self.body, **{"If-Match": etag})


def program_of(member: Any, at: datetime = base.DURING) -> Program:
    with clock.set_to(at):
        return Program(member)


def asset() -> Scene:
    holder = account_holder()
    own = base.asset(holder.organisation, ref="A1")
    make_group(by=holder, ref="FLEET", now=base.DURING)

    def join():
        return put_into_group(by=holder, asset_ids=[own.pk], ref="FLEET", now=clock.now())

    return Scene(program_of(holder), "/assets/A1", "put", "/assets/A1", ASSET, join)


def planned_asset() -> Scene:
    holder = account_holder()
    of = base.competition(base.operator())
    program = program_of(holder)
    body = {
        "name": "Later",
        "competition": of.ref,
        "category": "storage",
        "asset_type": base.asset_type().name,
        "voltage_kv": "11",
        "capacity_type": "generation_turn_up_mw",
        "capacity_mw": "1",
    }
    path = "/planned-assets/P1"
    with clock.set_to(base.DURING):
        answer = program.put(path, body)
    assert answer.status_code == 201, answer.content

    def type_another_name():
        present = PlannedAsset.objects.select_related("competition", "asset_type").get()
        cells = typed.cells_of(present, holder.organisation.zone) | {"name": "Typed"}
        return typed.save_typed(
            by=holder,
            sheet="Planned Assets",
            cells=cells,
            present=present,
            seen=typed.version_of(present),
            now=clock.now(),
        )

    return Scene(program, path, "put", path, body | {"name": "Sent"}, type_another_name)


def group() -> Scene:
    holder = account_holder()
    own = make_group(by=holder, ref="FLEET", name="Fleet", now=base.DURING)

    def rename():
        found = AssetGroup.objects.get(pk=own.pk)
        return rename_group(by=holder, group=found, name="Typed", now=clock.now())

    path = "/asset-groups/FLEET"
    return Scene(program_of(holder), path, "put", path, {"name": "Sent"}, rename)


def group_filled() -> Scene:
    scene = group()
    base.asset(AssetGroup.objects.get().provider, ref="A1")
    scene.method, scene.path, scene.body = "post", f"{scene.state}/assets", {"assets": ["A1"]}
    return scene


def ballot() -> Scene:
    of = market()
    place(of)
    path = f"/competitions/{of.competition.ref}/ballots/1"
    bid = {
        "window_id": str(of.windows[0].pk),
        "capacity_mw": "1",
        "maximum_run_time": "02:00:00",
        "utilisation_price": "9",
    }

    def take_back():
        return withdraw_ballot(by=of.north, competition=of.competition, label="1", now=clock.now())

    return Scene(program_of(of.north, BIDDING), path, "put", path, {"bids": [bid]}, take_back, BIDDING)


def entry() -> Scene:
    of = market()
    path = f"/competitions/{of.competition.ref}/entry"

    def leave():
        return withdraw(by=of.north, competition=of.competition, now=clock.now())

    return Scene(program_of(of.north), path, "put", path, {"state": "withdrawn"}, leave)


def set_up() -> Scene:
    buyer = files.operator()
    files.draw_area(buyer)
    program = program_of(buyer, files.DRAFT)
    path = "/competitions/API1/set-up"
    with clock.set_to(files.DRAFT):
        assert program.put(path, CONFIRMED).status_code == 201

    def cancel():
        found = Competition.objects.get(ref="API1")
        return cancel_competition(by=buyer, competition=found, reason="No need", now=clock.now())

    return Scene(program, path, "put", path, CONFIRMED | {"name": "Sent"}, cancel, files.DRAFT)


def boundary() -> Scene:
    scene = set_up()
    scene.path, scene.body = "/competitions/API1/boundary", SQUARE
    return scene


def area() -> Scene:
    buyer = files.operator()
    files.draw_area(buyer)

    def rename():
        return rename_area(by=buyer, area=Area.objects.get(), display_name="Typed", now=clock.now())

    path = "/areas/MONKTONHALL"
    return Scene(program_of(buyer, files.DRAFT), path, "put", path, SQUARE, rename, files.DRAFT)


def dispatch() -> Scene:
    of = give(contracted(), "fixed")
    before = of.service.start - 60 * MINUTE
    with clock.set_to(before):
        issue(of)
    issued = Dispatch.objects.get()

    def acknowledge():
        return acknowledge_dispatch(by=of.north, dispatch_id=issued.pk, now=clock.now())

    path = f"/dispatches/{issued.pk}"
    body = {"reason": "Not needed"}
    return Scene(program_of(of.buyer, before), path, "post", f"{path}/cancel", body, acknowledge, before)


def decisions() -> Scene:
    of = with_bids()
    with clock.set_to(AFTER):
        ensure_closed(of.competition, AFTER)
    path = f"/competitions/{of.competition.ref}/decisions"
    body = {"decisions": [{"bid_id": str(of.bids["North"].pk), "decision": "undecided"}]}

    def take():
        return decide(of, accept(of.bids["North"]))

    return Scene(program_of(of.buyer, AFTER), path, "put", path, body, take, AFTER)


def job() -> Scene:
    holder = account_holder()
    program = program_of(holder)
    with clock.set_to(base.DURING):
        told = checked(program, workbook([GOOD]))
    path = f"/jobs/{told['id']}"

    def give_up():
        found = Job.objects.get(pk=UUID(told["id"]))
        return discard_upload(by=holder, job=found, now=clock.now())

    return Scene(program, path, "post", f"{path}/apply", {}, give_up)


def statement() -> Scene:
    of = statement_scene.scene_of(statement_scene.made())
    statement_scene.dispatched(of)
    statement_scene.run(of)
    at = statement_scene.FIRST_RUN + timedelta(hours=1)
    found = statement_scene.statement(of)
    places = list(found.current.lines.order_by("place").values_list("place", flat=True))
    body = {
        "version": found.current.number,
        "lines": [{"place": places[-1], "reason": "Sent"}],
    }

    def dispute():
        return raise_dispute(by=of.north, version=found.current, reasons={places[0]: "Typed"}, now=at)

    path = f"/statements/{found.pk}"
    return Scene(program_of(of.north, at), path, "post", f"{path}/disputes", body, dispute, at)


def webhook() -> Scene:
    holder = account_holder()
    program = program_of(holder)
    hook_to = {"url": "https://93.184.215.14/hooks", "kinds": ["dispatch.issued", "dispatch.stopped"]}
    with clock.set_to(base.DURING):
        hook = program.post("/webhooks", hook_to).json()

    def switch_off():
        return change_endpoint(
            by=holder,
            endpoint_id=UUID(hook["id"]),
            is_on=False,
            now=clock.now(),
            **hook_to,
        )

    path = f"/webhooks/{hook['id']}"
    body = hook_to | {"kinds": ["dispatch.issued"]}
    return Scene(program, path, "put", path, body, switch_off)


SCENES = (
    asset,
    planned_asset,
    group,
    group_filled,
    ballot,
    entry,
    set_up,
    boundary,
    area,
    dispatch,
    decisions,
    job,
    statement,
    webhook,
)
