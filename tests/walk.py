"""A market with one of everything in it, the people who walk through it, and sample arguments for every address."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from allauth.usersessions.models import UserSession
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.domain.registration import invitation_token
from accounts.models import Invitation, Member, User
from bidding.domain.ballots.submitting import submit_ballot
from competitions.domain.demand_series import keep_series
from competitions.domain.questions import ask_question
from competitions.domain.setting_up.working_copies import start_copy
from competitions.models import Area, PurchasingSystem
from competitions.workbooks.specs import COMPETITION_FILE, WINDOWS
from marketplace.jobs import public_files
from marketplace.jobs.actions import keep_for_upload, start_file, start_upload
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.actions import notify
from marketplace.notifications.addresses import unsubscribe_token
from marketplace.workbooks.write import write_template
from qualification.domain.assets.groups import make_group
from qualification.domain.dps.applications import add_attachment, submit_application
from qualification.domain.dps.set_up import add_question, publish_framework
from qualification.models import AssetType, PlannedAsset
from tests.bidding import market as bidding
from tests.qualification import dps
from tests.qualification import market as base

# What other packages bring: who may open it, by namespace or by name. None: nobody, since it is not ours to open.
FOREIGN = {"admin": "admin", "account": "public", "healthz": "public", "metrics": "token"}
# What the scene has none of: mail kept by the demo, a file made by a job, a file with errors to mark, checked areas.
NOT_THERE = {
    "accounts:demo_one_mail",
    "accounts:demo_one_mail_html",
    "accounts:demo_mail",
    "competitions:areas_preview",
    "jobs:download",
    "jobs:mark",
}

# What may be posted to without the token of a form: its signed address is what entitles, and mail programs use it.
ENTITLED_BY_ADDRESS = {"notifications:unsubscribe"}


@dataclass(frozen=True)
class Address:
    """One pattern of the resolver: its name with the namespace, its arguments, and the view behind it."""

    name: str
    route: str
    arguments: tuple[str, ...]
    view: Any

    @property
    def access(self) -> Any:
        return getattr(self.view, "access", None)

    @property
    def foreign(self) -> str | None:
        """For a view of another package: what ``FOREIGN`` says of it."""
        if self.route in FOREIGN:
            return FOREIGN[self.route]
        if self.route.startswith("admin/"):
            return FOREIGN["admin"]
        return FOREIGN["account"] if self.route.startswith("accounts/") else None


def addresses() -> list[Address]:
    """Every address that the site answers."""
    return list(_within(get_resolver().url_patterns, "", ""))


def _within(patterns: list[Any], route: str, namespace: str) -> Iterator[Address]:
    for pattern in patterns:
        here = route + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _within(pattern.url_patterns, here, inner)
        elif isinstance(pattern, URLPattern):
            arguments = tuple(pattern.pattern.regex.groupindex) or tuple(
                getattr(pattern.pattern, "converters", ())
            )
            yield Address(f"{namespace}{pattern.name or here}", here, arguments, pattern.callback)


def cast(of: bidding.Market) -> dict[str, User | None]:
    """Who walks: each sees the same addresses, with ids of the buyer's and the bidder's things."""
    admin = User.objects.create_superuser("admin@platform.example", "a long password")
    return {
        "buyer": of.buyer.user,
        "buyer's teammate": base.member(of.buyer.organisation, roles=()).user,
        "bidder": of.north.user,
        "bidder's teammate": base.member(of.north.organisation, roles=()).user,
        "rival": of.south.user,
        "other operator": base.member(base.operator()).user,
        "admin": admin,
        "newcomer": User.objects.create_user("new@provider.example", "a long password"),
        "nobody": None,
    }


@dataclass(frozen=True)
class Sample:
    """The arguments of an address, and whose thing they name: to others it does not exist. None: no one's alone."""

    owner: str | None
    arguments: Mapping[str, Any]
    also: str = ""

    def is_hidden_from(self, who: str) -> bool:
        """Whether somebody of the cast may not learn that the thing exists."""
        shown_to = [name for name in (self.owner, self.also) if name]
        return self.owner is not None and not any(who.startswith(name) for name in shown_to)


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


def _group(of: bidding.Market) -> Any:
    """A group of the company that bids, without assets."""
    return make_group(by=of.north, ref="FLEET", now=bidding.BIDDING).pk


def samples(of: bidding.Market) -> dict[str, Sample]:
    """Arguments for every address that takes some. A new address needs a line here."""
    competition, window = of.competition.pk, of.windows[0].pk
    with bidding.at(bidding.BIDDING):
        ballot = submit_ballot(
            by=of.north,
            competition=of.competition,
            label="1",
            asset_ids=None,
            bids=[bidding.bid(of.windows[0])],
            now=bidding.BIDDING,
        ).ballot.pk
        public_files.refresh_due(bidding.BIDDING)
    buyers_job, _ = _job(of.buyer)
    buyers_layers = _listing(of.buyer)
    series = b"timestamp,MW\n2026-01-05 16:00,1\n2026-01-05 16:30,2\n"
    buyers_series = keep_series(by=of.buyer, filename="demand.csv", data=series, now=bidding.BIDDING).pk
    area = Area.objects.create(
        operator=of.buyer.organisation,
        reference="A",
        shape_wkb=of.competition.boundary_shape.inside_wkb,
        area_km2=1,
        updated_at=bidding.BIDDING,
    ).pk
    invitation = Invitation.objects.create(
        organisation=of.buyer.organisation, email="invited@operator.example", sent_at=bidding.BIDDING
    )
    told, group = _told(of.north), _group(of)
    system, application, attachment = _application(of)
    question, framework = _added_to(system, of.buyer)
    copy = {"pk": start_copy(by=of.buyer, sheets={WINDOWS.name: [{}]}, now=bidding.BIDDING).pk}
    session = UserSession.objects.create(user=of.buyer.user, ip="192.0.2.1", session_key="elsewhere").pk
    in_competition = {"competition_id": competition}
    ref = {"ref": of.competition.ref}
    on_ballot = in_competition | {"ballot_id": ballot}
    buyer, bidder = "buyer", "bidder"
    return {
        "accounts:terms": Sample(None, {"kind": "user"}),
        "bidding:historic": Sample(None, {"form": "xlsx"}),
        "market_data:file": Sample(None, {"name": "historic-bids.csv"}),
        "market_data:provider_file": Sample(None, {"name": "live-competitions.xlsx"}),
        "accounts:demo_one_mail": Sample(None, {"mail_id": "0"}),
        "accounts:demo_one_mail_html": Sample(None, {"mail_id": "0"}),
        "accounts:invitation": Sample(None, {"token": invitation_token(invitation)}),
        **{
            f"accounts:{name}": Sample(None, {"code": of.buyer.organisation.code})
            for name in ("operator_profile", "brand_css", "operating_area")
        },
        "accounts:logo": Sample("no one yet", {"code": of.buyer.organisation.code, "digest": "0" * 64}),
        "accounts:view_as": Sample(None, {"pk": of.buyer.pk}),
        "accounts:team_roles": Sample(buyer, {"pk": of.buyer.pk}),
        "accounts:invitation_send_again": Sample(buyer, {"pk": invitation.pk}),
        "accounts:invitation_withdraw": Sample(buyer, {"pk": invitation.pk}),
        "accounts:team_deactivate": Sample(buyer, {"pk": base.member(of.buyer.organisation, roles=()).pk}),
        "accounts:session_end": Sample(buyer, {"pk": session}),
        "accounts:team_reactivate": Sample(buyer, {"pk": of.buyer.pk}),
        "help_guide": Sample(None, {"name": "operators"}),
        "views:delete": Sample(None, {"view_id": uuid.UUID(int=0)}),
        "notifications:unsubscribe": Sample(
            None, {"token": unsubscribe_token(of.north.user_id, "file_processed")}
        ),
        "notifications:open": Sample(bidder, {"pk": told}),
        "notifications:read": Sample(bidder, {"pk": told}),
        "jobs:upload": Sample(None, {"kind": "competitions.competition_file"}),
        "jobs:start_file": Sample(None, {"kind": "competitions.competition_file"}),
        **{
            f"jobs:{name}": Sample(buyer, {"job_id": buyers_job})
            for name in ("job", "progress", "apply", "discard", "mark", "original", "download")
        },
        "competitions:areas_choose": Sample(buyer, {"job_id": buyers_layers}),
        **{
            f"competitions:{name}": Sample(buyer, {"file_id": buyers_series})
            for name in ("plan", "plan_draft")
        },
        "competitions:areas_preview": Sample(buyer, {"job_id": buyers_job}),
        "competitions:area_rename": Sample(buyer, {"pk": area}),
        "competitions:area_archive": Sample(buyer, {"pk": area}),
        **{
            f"competitions:dps_{name}": Sample(buyer, {"pk": system.pk}) for name in ("edit", "open", "close")
        },
        "competitions:round": Sample(buyer, {"name": _round(of)}),
        "competitions:round_map": Sample(buyer, {"name": _round(of)}),
        "competitions:competition": Sample(None, ref),
        "competitions:competition_map": Sample(None, ref),
        "competitions:calendar": Sample(None, ref),
        "competitions:ask": Sample(None, ref),
        **{
            f"competitions:{name}": Sample(None, ref)
            for name in (
                "competition_windows",
                "competition_assets",
                "competition_bids",
                "competition_questions",
                "competition_history",
                "workbook",
            )
        },
        "competitions:period_windows": Sample(None, ref | {"period_id": of.windows[0].period_id}),
        "competitions:answer": Sample(buyer, {"pk": _question(of)}),
        **{
            f"competitions:{name}": Sample(buyer, ref)
            for name in ("cancel", "edit", "publish", "duplicate", "move", "archive")
        },
        **{
            f"competitions:typed_{name}": Sample(buyer, copy)
            for name in ("header", "boundary", "windows", "review", "save", "discard")
        },
        **{
            f"competitions:typed_{name}": Sample(buyer, copy | {"place": 0})
            for name in ("window", "window_change", "window_copy", "window_remove")
        },
        "qualification:asset": Sample(bidder, {"asset_id": of.assets["N1"].pk}, also=buyer),
        "qualification:edit_asset": Sample(bidder, {"asset_id": of.assets["N1"].pk}),
        "qualification:edit_planned": Sample(bidder, {"planned_id": _planned(of)}),
        **{
            f"qualification:{name}": Sample(bidder, {"group_id": group})
            for name in ("group", "rename_group", "remove_group")
        },
        "qualification:asset_history": Sample(bidder, {"asset_id": of.assets["N1"].pk}, also=buyer),
        "qualification:asset_verdicts": Sample(bidder, {"asset_id": of.assets["N1"].pk}, also=buyer),
        "qualification:enter": Sample(None, in_competition),
        "qualification:withdraw": Sample(None, in_competition),
        **{
            f"qualification:{name}": Sample(buyer, in_competition)
            for name in ("competition_assets", "override", "overrides")
        },
        "qualification:why": Sample(None, in_competition),
        "qualification:why_map": Sample(None, in_competition),
        "qualification:reopen": Sample(buyer, in_competition | {"provider_id": of.north.organisation_id}),
        **{
            f"qualification:{name}": Sample(buyer, {"area_id": area})
            for name in ("meter_list", "meter_csv", "remove_meters")
        },
        "qualification:dps_start": Sample(None, {"dps_id": system.pk}),
        "qualification:dps_system": Sample(None, {"dps_id": system.pk}),
        "qualification:dps_framework": Sample(None, {"pk": framework}),
        **{
            f"qualification:dps_{name}": Sample(buyer, {"dps_id": system.pk})
            for name in ("set_up", "question_add", "framework_publish")
        },
        **{
            f"qualification:dps_{name}": Sample(buyer, {"pk": question})
            for name in ("question", "question_move", "question_remove")
        },
        **{
            f"qualification:dps_{name}": Sample(bidder, {"pk": application}, also=buyer)
            for name in ("application", "attach", "submit", "withdraw")
        },
        **{
            f"qualification:dps_{name}": Sample(buyer, {"pk": application})
            for name in ("approve", "reject", "revoke")
        },
        "qualification:dps_section": Sample(bidder, {"pk": application, "code": "profile"}),
        **{
            f"qualification:dps_{name}": Sample(bidder, {"pk": attachment}, also=buyer)
            for name in ("attachment", "detach")
        },
        "bidding:competition": Sample(None, in_competition),
        "bidding:receipts": Sample(None, in_competition),
        "bidding:outcome": Sample(None, in_competition),
        "bidding:receipts_file": Sample(None, in_competition),
        "bidding:closed_set": Sample("no one yet", ref),
        "bidding:new": Sample(None, in_competition),
        "bidding:split_new": Sample(None, in_competition | {"window_id": window}),
        "bidding:copy_new": Sample(None, in_competition | {"window_id": window}),
        "bidding:check_new": Sample(None, in_competition),
        "bidding:place_new": Sample(None, in_competition),
        "bidding:again_new": Sample(None, in_competition),
        "bidding:pick_new": Sample(None, in_competition),
        "bidding:edit": Sample(bidder, {"ballot_id": ballot}),
        "bidding:split": Sample(bidder, on_ballot | {"window_id": window}),
        "bidding:copy": Sample(bidder, on_ballot | {"window_id": window}),
        "bidding:history": Sample(bidder, {"ballot_id": ballot}),
        "bidding:check": Sample(bidder, on_ballot),
        "bidding:place": Sample(bidder, on_ballot),
        "bidding:again": Sample(bidder, on_ballot),
        "bidding:pick": Sample(bidder, on_ballot),
        "bidding:withdraw": Sample(bidder, {"ballot_id": ballot}),
        **{
            f"bidding:{name}": Sample(buyer, in_competition)
            for name in (
                "desk",
                "decide",
                "merit_order",
                "accept",
                "reject",
                "reopen",
                "follow",
                "confirm",
                "propose",
                "unpropose",
                "charts",
                "what_if",
                "changes",
            )
        },
        **{
            f"contracts:{name}": Sample("no one yet", {"pk": uuid.uuid4()})
            for name in ("contract", "sign", "withdraw", "attach", "document")
        },
    }


def _job(by: Member) -> tuple[uuid.UUID, uuid.UUID]:
    """A file that the member uploaded and that waits to be checked."""
    with run_jobs_inline():
        job = start_upload(
            by=by,
            kind="competitions.competition_file",
            filename="file.xlsx",
            data=write_template(COMPETITION_FILE, zone=by.organisation.zone),
            params={},
            now=bidding.BIDDING,
        )
    return job.pk, job.upload_id


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


def _told(member: Member) -> uuid.UUID:
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
