"""What several pages of qualification share: assets of a competition, and an application to a DPS."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render

from accounts.requests import MemberRequest
from competitions.models import Competition
from marketplace import clock
from marketplace.errors import Refused
from marketplace.numbers import count_text
from marketplace.units import power_unit
from marketplace.web.list_cells import heads_drawn
from marketplace.web.ticks import ticked
from qualification import rules
from qualification.cells import ENTERED_HEADS, entered_rows_html
from qualification.domain import queries
from qualification.domain.dps import decisions
from qualification.domain.dps import queries as dps_queries
from qualification.domain.dps.form import present_framework
from qualification.domain.dps.queries import earlier_application
from qualification.domain.meters.clashes import meter_clashes
from qualification.domain.verdicts import explanations
from qualification.enums import ApplicationState, EntryState
from qualification.filters import AssetFilter, VerdictFilter
from qualification.forms.dps import AttachmentForm
from qualification.forms.overrides import OverrideForm
from qualification.models import Asset, DpsApplication, Verdict
from qualification.presenters.assets import entered_rows, entrants_of, turnout_of
from qualification.presenters.charts import entered_chart
from qualification.presenters.dps import answer_sections, events_of, form_of, told_state
from qualification.tables import CompetitionAssets


def ticked_assets(request: MemberRequest, now: datetime) -> list[uuid.UUID]:
    """The company's own assets that were ticked in the list, or all that its filter finds.

    Raises :class:`Refused` for none, and when the filter finds another number than the page showed.
    """
    own = queries.assets_visible_to(request.member, now)

    def found(query: QueryDict) -> QuerySet[Asset]:
        groups, eligible = queries.groups_of(request.member), queries.eligible_somewhere(request.member, now)
        narrowed: QuerySet[Asset] = AssetFilter(query, queryset=own, groups=groups, eligible=eligible).qs
        return narrowed

    asked = ticked(request, "assets")
    ids = list(asked.of(own, found).order_by().values_list("pk", flat=True))
    if not ids:
        raise Refused("Choose at least one asset.")
    if asked.is_every and str(len(ids)) != request.POST.get("count"):
        raise Refused(
            f"The filter finds {count_text(len(ids))} assets now, not as many as the page showed. Look at them again."
        )
    return ids


def sent_on(request: MemberRequest) -> list[tuple[str, str]]:
    """What a bar for ticked rows sent, for a page that asks once more before it is done."""
    left_out = {"csrfmiddlewaretoken", "confirmed"}
    return [
        (name, value) for name, values in request.POST.lists() if name not in left_out for value in values
    ]


def competition_assets_page(
    request: MemberRequest,
    competition: Competition,
    *,
    overriding: QueryDict | None = None,
    reopening: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Which assets qualify, why others do not, and who has entered.

    ``overriding`` is what was sent of the form of overrides; ``reopening`` the reasons typed, by the
    provider's id.
    """
    now = clock.now()
    verdicts = queries.verdicts_visible_to(request.member, now).filter(competition=competition)
    told = verdicts.select_related(None).select_related("asset__asset_type", "asset__provider")
    chosen = VerdictFilter(request.GET, queryset=told.order_by("asset__provider__name", "asset__ref", "pk"))
    turnout = turnout_of(request.member, competition, now)
    rows = entered_rows(turnout)
    selected = set(overriding.getlist("assets")) if overriding else set()
    can_override = rules.can_run(request.member, competition) and rules.can_override(competition, now)

    def assets_of(shown: list[Verdict]) -> list[tuple[Any, Any, bool]]:
        lines = explanations.lines_in(competition, shown, now)
        clashes = meter_clashes(request.member, [line.asset for line in lines])
        return [(line, clashes.get(line.asset.pk), str(line.asset.pk) in selected) for line in lines]

    hidden = () if can_override else ("select",)
    listing = CompetitionAssets(chosen.qs, request=request, rows=assets_of, chosen=selected, exclude=hidden)
    on_page = {str(line.asset.pk) for line, _, _ in listing.records}
    context: dict[str, Any] = {
        "competition": competition,
        "phase": competition.phase(now),
        "seen_at": now.isoformat(),
        "filter": chosen,
        "listing": listing,
        "elsewhere": sorted(filter(_is_id, selected - on_page)),
        "entrants": [
            replace(each, typed_reason=(reopening or {}).get(str(each.provider.pk), ""))
            for each in entrants_of(competition, turnout)
        ],
        "window_count": len(rows),
        "window_heads": heads_drawn(ENTERED_HEADS),
        "window_rows": entered_rows_html(rows),
        "chart": entered_chart(rows, power_unit(competition.power_type)),
        "file_params": {"competition": str(competition.pk)},
        "zone": request.member.organisation.zone,
        "entered": EntryState.ENTERED,
        "can_override": can_override,
        "can_reopen": rules.can_run(request.member, competition) and rules.can_reopen(competition, now),
        "decisions": OverrideForm.base_fields["decision"].choices,  # type: ignore[attr-defined]
        "typed": {
            key: overriding.get(key, "") if overriding else "" for key in ("decision", "reason", "asset_id")
        },
        "is_overriding": overriding is not None,
    }
    return render(request, "qualification/competition_assets.html", context, status=status)


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def application_to_show(request: MemberRequest, pk: uuid.UUID) -> DpsApplication:
    """The application, if the member may see it; 404 otherwise."""
    return get_object_or_404(dps_queries.applications_visible_to(request.member), pk=pk)


def application_page(request: MemberRequest, shown: DpsApplication, form: AttachmentForm) -> HttpResponse:
    """The page of an application, with the form by which the company adds a document."""
    now, acting = clock.now(), request.member
    earlier = earlier_application(shown)
    asked = form_of(shown, now)
    is_own, is_deciding = acting.is_fsp, rules.can_decide(acting, shown)
    is_draft, is_pending = shown.state == ApplicationState.DRAFT, shown.state == ApplicationState.PENDING
    is_approved = shown.state == ApplicationState.APPROVED
    others = dps_queries.applications_visible_to(acting).filter(
        purchasing_system=shown.purchasing_system_id, provider=shown.provider_id
    )
    value, label = told_state(shown, now)
    context = {
        "application": shown,
        "state": value,
        "state_label": label,
        "earlier": earlier,
        "sections": answer_sections(asked, form_of(earlier, now) if earlier else None),
        "missing": asked.missing if is_draft else [],
        "ended": asked.ended if is_draft else [],
        "framework": present_framework(shown.purchasing_system) if is_draft else shown.framework,
        "attachments": dps_queries.attachments_visible_to(acting).filter(application=shown),
        "earlier_files": set(earlier.attachments.values_list("file", flat=True)) if earlier else set(),
        "events": events_of(shown, now),
        "others": [
            (each, *told_state(each, now)) for each in others.exclude(pk=shown.pk).order_by("-created_at")
        ],
        "form": form,
        "is_own": is_own,
        "can_edit": is_own and is_draft,
        "can_withdraw": is_own and is_pending,
        "can_decide": is_deciding and is_pending,
        "version": decisions.version_of(shown),
        "can_revoke": is_deciding and is_approved and dps_queries.is_latest_approval(shown),
        "file_params": {"application": str(shown.pk)},
        "zone": acting.organisation.zone,
    }
    return render(request, "qualification/dps_application.html", context, status=422 if form.errors else 200)
