"""The things that the walk through all addresses names: one of everything, some of the buyer's and some of a bidder's."""

import uuid
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from allauth.usersessions.models import UserSession

from accounts.domain.clients import ClientTerms, create_client
from accounts.models import Invitation, Member
from api.webhooks.endpoints import add_endpoint, send_ping
from bidding.domain.ballots.submitting import submit_ballot
from competitions.domain.demand_series import keep_series
from competitions.domain.questions import ask_question
from competitions.domain.setting_up.working_copies import start_copy
from competitions.domain.terms_keeping import create_terms
from competitions.models import Area, PurchasingSystem
from competitions.workbooks.specs import COMPETITION_FILE, WINDOWS
from marketplace.jobs import public_files
from marketplace.jobs.actions import keep_for_upload, start_file, start_upload
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.actions import notify
from marketplace.workbooks.write import write_template
from qualification.domain.assets.groups import make_group
from qualification.domain.dps.applications import add_attachment, submit_application
from qualification.domain.dps.set_up import add_question, publish_framework
from qualification.models import AssetType, PlannedAsset
from settlement.domain.tried_cases import keep_case
from settlement.exports.example_case import example_archive
from tests.bidding import market as bidding
from tests.qualification import dps
from tests.support.running_contract import Running, running_contract

SERIES = b"timestamp,MW\n2026-01-05 16:00,1\n2026-01-05 16:30,2\n"


@dataclass(frozen=True)
class Things:
    """The ids (or names) of what was made, by what it is."""

    ballot: uuid.UUID
    job: uuid.UUID
    layers: uuid.UUID
    series: uuid.UUID
    case: uuid.UUID
    area: uuid.UUID
    invitation: Invitation
    notification: uuid.UUID
    group: uuid.UUID
    planned: uuid.UUID
    question: uuid.UUID
    round_name: str
    copy: uuid.UUID
    session: int
    settlement_terms: uuid.UUID
    dps: uuid.UUID
    dps_question: uuid.UUID
    framework: uuid.UUID
    application: uuid.UUID
    attachment: uuid.UUID
    program: str
    webhook: tuple[uuid.UUID, uuid.UUID]
    running: Running


def things_of(of: bidding.Market) -> Things:
    """Make one of everything, while bids are taken."""
    ballot = _ballot(of)
    with bidding.at(bidding.BIDDING):
        public_files.refresh_due(bidding.BIDDING)
    system, application, attachment = _application(of)
    dps_question, framework = _added_to(system, of.buyer)
    terms = create_terms(by=of.buyer, ref="standard", name="Standard", fields={}, now=bidding.BIDDING)
    return Things(
        ballot=ballot,
        job=_job(of.buyer),
        layers=_listing(of.buyer),
        series=keep_series(by=of.buyer, filename="demand.csv", data=SERIES, now=bidding.BIDDING).pk,
        case=keep_case(
            by=of.buyer, filename="case.zip", data=example_archive(), statements=1, now=bidding.BIDDING
        ).pk,
        area=_area(of),
        invitation=Invitation.objects.create(
            organisation=of.buyer.organisation, email="invited@operator.example", sent_at=bidding.BIDDING
        ),
        notification=_notification(of.north),
        group=make_group(by=of.north, ref="FLEET", now=bidding.BIDDING).pk,
        planned=_planned(of),
        question=_question(of),
        round_name=_round(of),
        copy=start_copy(by=of.buyer, sheets={WINDOWS.name: [{}]}, now=bidding.BIDDING).pk,
        session=UserSession.objects.create(user=of.buyer.user, ip="192.0.2.1", session_key="elsewhere").pk,
        settlement_terms=terms.record_id,
        dps=system.pk,
        dps_question=dps_question,
        framework=framework,
        application=application,
        attachment=attachment,
        program=_program(of.buyer),
        webhook=_webhook(of.buyer),
        running=running_contract(of.buyer, of.north, terms, bidding.BIDDING),
    )


def _program(by: Member) -> str:
    """A program of the member's organisation."""
    terms = ClientTerms("Control room", ("operations",), ("dispatch:read", "dispatch:write"))
    return create_client(by=by, terms=terms, now=bidding.BIDDING).client.pk


def _webhook(by: Member) -> tuple[uuid.UUID, uuid.UUID]:
    """A webhook of the member's organisation, with a delivery that waits."""
    url = "https://93.184.215.14/hooks"
    made = add_endpoint(by=by, url=url, kinds=["dispatch.unanswered"], now=bidding.BIDDING)
    return made.pk, send_ping(by=by, endpoint_id=made.pk, now=bidding.BIDDING).pk


def _ballot(of: bidding.Market) -> uuid.UUID:
    with bidding.at(bidding.BIDDING):
        return submit_ballot(
            by=of.north,
            competition=of.competition,
            label="1",
            asset_ids=None,
            bids=[bidding.bid(of.windows[0])],
            now=bidding.BIDDING,
        ).ballot.pk


def _area(of: bidding.Market) -> uuid.UUID:
    return Area.objects.create(
        operator=of.buyer.organisation,
        reference="A",
        shape_wkb=of.competition.boundary_shape.inside_wkb,
        area_km2=1,
        updated_at=bidding.BIDDING,
    ).pk


def _question(of: bidding.Market) -> Any:
    with bidding.at(bidding.BIDDING):
        return ask_question(by=of.north, competition=of.competition, text="How?", now=bidding.BIDDING).pk


def _round(of: Any) -> str:
    of.competition.round_name = "Winter 2026/27"
    of.competition.save(update_fields=["round_name"])
    return str(of.competition.round_name)


def _planned(of: bidding.Market) -> Any:
    """A planned asset of the company that bids, long archived: it counts nowhere."""
    kind = AssetType.objects.earliest("pk")
    return PlannedAsset.objects.create(
        provider=of.north.organisation,
        competition=of.competition,
        ref="PLANNED",
        name="Planned",
        asset_type=kind,
        voltage_kv=11,
        capacity_type="generation_turn_up_mw",
        capacity_mw=1,
        is_archived=True,
        first_uploaded_at=bidding.BIDDING,
        changed_at=bidding.BIDDING,
    ).pk


def _job(by: Member) -> uuid.UUID:
    """A file that the member uploaded and that waits to be checked."""
    with run_jobs_inline():
        return start_upload(
            by=by,
            kind="competitions.competition_file",
            filename="file.xlsx",
            data=write_template(COMPETITION_FILE, zone=by.organisation.zone),
            params={},
            now=bidding.BIDDING,
        ).pk


def _listing(by: Member) -> uuid.UUID:
    """A file of areas whose layers a worker has still to list."""
    with run_jobs_inline():
        kept = keep_for_upload(
            by=by, kind="competitions.areas", filename="areas.kml", data=b"<kml/>", now=bidding.BIDDING
        )
        params = {"file": str(kept.pk)}
        return start_file(by=by, kind="competitions.area_layers", params=params, now=bidding.BIDDING).pk


def _application(of: bidding.Market) -> tuple[PurchasingSystem, uuid.UUID, uuid.UUID]:
    """An application of the bidder with an attachment, on which the buyer has not decided, and its DPS."""
    system = dps.system_of(of.buyer)
    scene = SimpleNamespace(buyer=of.buyer, seller=of.north, system=system)
    application = dps.filled(scene, now=bidding.BIDDING)
    attachment = add_attachment(
        by=of.north, application=application, data=dps.PDF, filename="accounts.pdf", now=bidding.BIDDING
    )
    submit_application(by=of.north, application=application, now=bidding.BIDDING)
    return system, application.pk, attachment.pk


def _added_to(system: PurchasingSystem, by: Member) -> tuple[uuid.UUID, uuid.UUID]:
    """A question of the buyer's own and a framework agreement, added after the application was submitted."""
    question = add_question(
        by=by, system=system, section="legal", text="Since when?", kind="date", now=bidding.BIDDING
    )
    framework = publish_framework(
        by=by, system=system, data=dps.PDF, filename="framework.pdf", now=bidding.BIDDING
    )
    return question.pk, framework.pk


def _notification(member: Member) -> uuid.UUID:
    """Something that the member was told."""
    notify(
        "file_processed",
        to=[member.user],
        title="A file",
        lines=(),
        link="/",
        key="walk",
        now=bidding.BIDDING,
    )
    return member.user.notifications.get(key="walk").pk
