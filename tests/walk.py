"""A market with one of everything in it, the people who walk through it, and sample arguments for every address."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from accounts.domain.registration import invitation_token
from accounts.models import User
from marketplace.notifications.addresses import unsubscribe_token
from tests.bidding import market as bidding
from tests.qualification import market as base
from tests.support.walk_scene import Things, things_of

BUYER, BIDDER = "buyer", "bidder"

# What other packages bring: who may open it, by namespace or by name. None: nobody, since it is not ours to open.
FOREIGN = {"admin": "admin", "account": "public", "healthz": "public", "readyz": "public", "metrics": "token"}
# What the scene has none of: mail kept by the demo, a file made by a job, a file with errors to mark, checked areas.
NOT_THERE = {
    "accounts:demo_one_mail",
    "accounts:demo_one_mail_html",
    "accounts:demo_mail",
    "competitions:areas_preview",
    "jobs:download",
    "jobs:mark",
}

# What may be posted to without the token of a form: a signed address that mail programs use, or a program's secret.
ENTITLED_BY_ADDRESS = {"notifications:unsubscribe", "api:token"}


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
        elif (
            here.startswith(("api/v1/", "openadr3/", "picloflex"))
            and namespace + (pattern.name or "") != "api:openapi"
        ):
            continue  # operations of programs, which tests/api walks through with tokens
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


def samples(of: bidding.Market) -> dict[str, Sample]:
    """Arguments for every address that takes some. A new address needs a line in the function of its app."""
    made = things_of(of)
    apps = (
        _kernel,
        _accounts,
        _competitions,
        _qualification,
        _bidding,
        _contracts,
        _operations,
        _metered,
        _settlement,
        _api,
    )
    return {name: sample for app in apps for name, sample in app(of, made).items()}


def _kernel(of: bidding.Market, made: Things) -> dict[str, Sample]:
    return {
        "help_guide": Sample(None, {"name": "operators"}),
        "views:delete": Sample(None, {"view_id": uuid.UUID(int=0)}),
        "notifications:unsubscribe": Sample(
            None, {"token": unsubscribe_token(of.north.user_id, "file_processed")}
        ),
        "notifications:open": Sample(BIDDER, {"pk": made.notification}),
        "notifications:read": Sample(BIDDER, {"pk": made.notification}),
        "jobs:upload": Sample(None, {"kind": "competitions.competition_file"}),
        "jobs:start_file": Sample(None, {"kind": "competitions.competition_file"}),
        **{
            f"jobs:{name}": Sample(BUYER, {"job_id": made.job})
            for name in ("job", "progress", "apply", "discard", "mark", "original", "download")
        },
    }


def _accounts(of: bidding.Market, made: Things) -> dict[str, Sample]:
    return {
        "accounts:terms": Sample(None, {"kind": "user"}),
        "accounts:demo_one_mail": Sample(None, {"mail_id": "0"}),
        "accounts:demo_one_mail_html": Sample(None, {"mail_id": "0"}),
        "accounts:invitation": Sample(None, {"token": invitation_token(made.invitation)}),
        **{
            f"accounts:{name}": Sample(None, {"code": of.buyer.organisation.code})
            for name in ("operator_profile", "brand_css", "operating_area")
        },
        "accounts:logo": Sample("no one yet", {"code": of.buyer.organisation.code, "digest": "0" * 64}),
        "accounts:view_as": Sample(None, {"pk": of.buyer.pk}),
        "accounts:team_roles": Sample(BUYER, {"pk": of.buyer.pk}),
        "accounts:invitation_send_again": Sample(BUYER, {"pk": made.invitation.pk}),
        "accounts:invitation_withdraw": Sample(BUYER, {"pk": made.invitation.pk}),
        "accounts:team_deactivate": Sample(BUYER, {"pk": base.member(of.buyer.organisation, roles=()).pk}),
        "accounts:session_end": Sample(BUYER, {"pk": made.session}),
        "accounts:client": Sample(BUYER, {"client_id": made.program}),
        "accounts:client_secret_new": Sample(BUYER, {"client_id": made.program}),
        "accounts:client_secret_end": Sample(BUYER, {"client_id": made.program, "pk": 0}),
        "accounts:client_revoke": Sample(BUYER, {"client_id": made.program}),
        "accounts:team_reactivate": Sample(BUYER, {"pk": of.buyer.pk}),
    }


def _competitions(of: bidding.Market, made: Things) -> dict[str, Sample]:
    copy = {"pk": made.copy}
    ref = {"ref": of.competition.ref}
    return {
        "market_data:file": Sample(None, {"name": "historic-bids.csv"}),
        "market_data:provider_file": Sample(None, {"name": "live-competitions.xlsx"}),
        "competitions:areas_choose": Sample(BUYER, {"job_id": made.layers}),
        **{
            f"competitions:{name}": Sample(BUYER, {"file_id": made.series}) for name in ("plan", "plan_draft")
        },
        "competitions:areas_preview": Sample(BUYER, {"job_id": made.job}),
        "competitions:area_rename": Sample(BUYER, {"pk": made.area}),
        "competitions:area_archive": Sample(BUYER, {"pk": made.area}),
        **{
            f"competitions:{name}": Sample(BUYER, {"pk": made.settlement_terms})
            for name in ("terms", "terms_change", "terms_default")
        },
        "competitions:terms_version": Sample(BUYER, {"pk": made.settlement_terms, "number": 1}),
        **{f"competitions:dps_{name}": Sample(BUYER, {"pk": made.dps}) for name in ("edit", "open", "close")},
        "competitions:round": Sample(BUYER, {"name": made.round_name}),
        "competitions:round_map": Sample(BUYER, {"name": made.round_name}),
        "competitions:round_rename": Sample(BUYER, {"name": made.round_name}),
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
        "competitions:answer": Sample(BUYER, {"pk": made.question}),
        **{
            f"competitions:{name}": Sample(BUYER, ref)
            for name in ("cancel", "edit", "publish", "duplicate", "move", "archive")
        },
        **{
            f"competitions:typed_{name}": Sample(BUYER, copy)
            for name in ("header", "boundary", "windows", "review", "save", "discard")
        },
        **{
            f"competitions:typed_{name}": Sample(BUYER, copy | {"place": 0})
            for name in ("window", "window_change", "window_copy", "window_remove")
        },
    }


def _qualification(of: bidding.Market, made: Things) -> dict[str, Sample]:
    in_competition = {"competition_id": of.competition.pk}
    return {
        "qualification:asset": Sample(BIDDER, {"asset_id": of.assets["N1"].pk}, also=BUYER),
        "qualification:edit_asset": Sample(BIDDER, {"asset_id": of.assets["N1"].pk}),
        "qualification:edit_planned": Sample(BIDDER, {"planned_id": made.planned}),
        **{
            f"qualification:{name}": Sample(BIDDER, {"group_id": made.group})
            for name in ("group", "rename_group", "remove_group")
        },
        "qualification:asset_history": Sample(BIDDER, {"asset_id": of.assets["N1"].pk}, also=BUYER),
        "qualification:asset_verdicts": Sample(BIDDER, {"asset_id": of.assets["N1"].pk}, also=BUYER),
        "qualification:enter": Sample(None, in_competition),
        "qualification:withdraw": Sample(None, in_competition),
        **{
            f"qualification:{name}": Sample(BUYER, in_competition)
            for name in ("competition_assets", "override", "overrides")
        },
        "qualification:why": Sample(None, in_competition),
        "qualification:why_map": Sample(None, in_competition),
        "qualification:reopen": Sample(BUYER, in_competition | {"provider_id": of.north.organisation_id}),
        **{
            f"qualification:{name}": Sample(BUYER, {"area_id": made.area})
            for name in ("meter_list", "meter_csv", "remove_meters")
        },
        "qualification:dps_start": Sample(None, {"dps_id": made.dps}),
        "qualification:dps_system": Sample(None, {"dps_id": made.dps}),
        "qualification:dps_framework": Sample(None, {"pk": made.framework}),
        **{
            f"qualification:dps_{name}": Sample(BUYER, {"dps_id": made.dps})
            for name in ("set_up", "question_add", "framework_publish")
        },
        **{
            f"qualification:dps_{name}": Sample(BUYER, {"pk": made.dps_question})
            for name in ("question", "question_move", "question_remove")
        },
        **{
            f"qualification:dps_{name}": Sample(BIDDER, {"pk": made.application}, also=BUYER)
            for name in ("application", "attach", "submit", "withdraw")
        },
        **{
            f"qualification:dps_{name}": Sample(BUYER, {"pk": made.application})
            for name in ("approve", "reject", "revoke")
        },
        "qualification:dps_section": Sample(BIDDER, {"pk": made.application, "code": "profile"}),
        **{
            f"qualification:dps_{name}": Sample(BIDDER, {"pk": made.attachment}, also=BUYER)
            for name in ("attachment", "detach")
        },
    }


def _bidding(of: bidding.Market, made: Things) -> dict[str, Sample]:
    in_competition = {"competition_id": of.competition.pk}
    ref = {"ref": of.competition.ref}
    on_ballot = in_competition | {"ballot_id": made.ballot}
    return {
        "bidding:historic": Sample(None, {"form": "xlsx"}),
        "bidding:competition": Sample(None, in_competition),
        "bidding:receipts": Sample(None, in_competition),
        "bidding:outcome": Sample(None, in_competition),
        "bidding:outcome_moved": Sample(None, in_competition),
        "bidding:result": Sample("no one yet", in_competition),
        "bidding:receipts_file": Sample(None, in_competition),
        "bidding:closed_set": Sample("no one yet", ref),
        "bidding:new": Sample(None, in_competition),
        "bidding:split_new": Sample(None, in_competition | {"window_id": of.windows[0].pk}),
        "bidding:copy_new": Sample(None, in_competition | {"window_id": of.windows[0].pk}),
        "bidding:check_new": Sample(None, in_competition),
        "bidding:place_new": Sample(None, in_competition),
        "bidding:again_new": Sample(None, in_competition),
        "bidding:pick_new": Sample(None, in_competition),
        "bidding:draft_new": Sample(None, in_competition),
        "bidding:windows_new": Sample(None, in_competition),
        "bidding:edit": Sample(BIDDER, {"ballot_id": made.ballot}),
        "bidding:split": Sample(BIDDER, on_ballot | {"window_id": of.windows[0].pk}),
        "bidding:copy": Sample(BIDDER, on_ballot | {"window_id": of.windows[0].pk}),
        "bidding:history": Sample(BIDDER, {"ballot_id": made.ballot}),
        "bidding:check": Sample(BIDDER, on_ballot),
        "bidding:place": Sample(BIDDER, on_ballot),
        "bidding:again": Sample(BIDDER, on_ballot),
        "bidding:pick": Sample(BIDDER, on_ballot),
        "bidding:draft": Sample(BIDDER, on_ballot),
        "bidding:windows": Sample(BIDDER, on_ballot),
        "bidding:withdraw": Sample(BIDDER, {"ballot_id": made.ballot}),
        **{
            f"bidding:{name}": Sample(BUYER, in_competition)
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
    }


def _metered(of: bidding.Market, made: Things) -> dict[str, Sample]:
    runs = made.running
    return {
        "operations:map_readings": Sample(BIDDER, {"pk": runs.file}),
        "operations:forget_mapping": Sample(BIDDER, {"pk": runs.mapping}),
        "operations:unit_readings": _parties(runs.unit),
        "operations:dispatch_performance": _parties(runs.dispatch),
        "operations:contract_baseline": _parties(runs.contract),
        "operations:answer_exclusion": _parties(runs.exclusion),
    }


def _contracts(of: bidding.Market, made: Things) -> dict[str, Sample]:
    own = ("contract", "sign", "withdraw", "attach")
    return {f"contracts:{name}": _parties(made.running.contract) for name in own} | {
        "contracts:document": Sample("no one yet", {"pk": uuid.uuid4()})
    }


def _operations(of: bidding.Market, made: Things) -> dict[str, Sample]:
    runs = made.running
    of_dispatch = "dispatch dispatch_live amend cancel stop"
    of_contract = "check_dispatch send_dispatch contract_availability contract_assets"
    answered = "acknowledge acknowledge_stop decline"
    told = "declare notify_missing propose_substitution"
    return {
        "operations:meter_as_one": Sample(BIDDER, {"group_id": made.group}),
        **{f"operations:{name}": _parties(runs.dispatch) for name in of_dispatch.split()},
        **{f"operations:{name}": _parties(runs.contract) for name in of_contract.split()},
        **{f"operations:{name}": _parties(runs.dispatch, by=BIDDER) for name in answered.split()},
        **{f"operations:{name}": _parties(runs.contract, by=BIDDER) for name in told.split()},
        "operations:answer_all": Sample(None, {"what": "required"}),
        "operations:answer_substitution": _parties(runs.substitution),
        "operations:shorten_missing": Sample(BIDDER, {"notice_id": runs.notice}, also=BUYER),
    }


def _parties(pk: object, by: str = BUYER) -> Sample:
    """A thing of a contract, for one party to act on: its buyer and its seller know of it, nobody else does."""
    return Sample(by, {"pk": pk}, also=BIDDER if by == BUYER else BUYER)


def _settlement(of: bidding.Market, made: Things) -> dict[str, Sample]:
    case, nobodys = {"pk": made.case}, {"pk": uuid.uuid4()}
    return {
        "settlement:tried_case": Sample(BUYER, case),
        "settlement:case_report": Sample(BUYER, case),
        "settlement:case_workbook": Sample(BUYER, case | {"name": "settlement"}),
        "settlement:line": Sample("no one yet", nobodys | {"place": 1}),
        **{
            f"settlement:{name}": Sample("no one yet", nobodys)
            for name in (
                "document",
                "credit_document",
                "document_paid",
                "document_not_paid",
                "accept_agreement",
                "close_agreement",
                "end_agreement",
            )
        },
        **{
            f"settlement:{name}": Sample("no one yet", nobodys)
            for name in [
                "statement",
                "agree",
                "finalise",
                "withdraw_proposal",
                "dispute",
                "answer",
                "rest",
                "dispute_file",
            ]
        },
    }


def _api(of: bidding.Market, made: Things) -> dict[str, Sample]:
    webhook, delivery = made.webhook
    named = {"webhook_id": webhook}
    return {
        **{
            f"api:webhook{name}": Sample(BUYER, named)
            for name in ("", "_switch", "_secret", "_test", "_replay", "_remove")
        },
        **{
            f"api:webhook_delivery{name}": Sample(BUYER, named | {"delivery_id": delivery})
            for name in ("", "_replay")
        },
    }
