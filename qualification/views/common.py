"""What several pages of qualification share: a competition's assets, shown again when a decision is refused."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import render

from accounts.requests import MemberRequest
from competitions.models import Competition
from marketplace import clock
from marketplace.units import power_unit
from qualification import rules
from qualification.domain import queries
from qualification.domain.meters.clashes import meter_clashes
from qualification.domain.verdicts import explanations
from qualification.enums import EntryState
from qualification.filters import VerdictFilter
from qualification.forms.overrides import OverrideForm
from qualification.models import Verdict
from qualification.presenters.assets import entered_rows, entrants_of
from qualification.presenters.charts import entered_chart
from qualification.tables import CompetitionAssets


def competition_assets_page(
    request: MemberRequest,
    competition: Competition,
    *,
    overriding: QueryDict | None = None,
    reopening: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Which assets qualify, why others do not, and who has entered.

    ``overriding`` is what was sent of the form of overrides; ``reopening`` the reasons typed, by the provider's id.
    """
    now = clock.now()
    verdicts = queries.verdicts_visible_to(request.member, now).filter(competition=competition)
    ordered = verdicts.order_by("asset__provider__name", "asset__ref", "pk")
    chosen = VerdictFilter(request.GET, queryset=ordered)
    rows = entered_rows(request.member, competition, now)
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
            for each in entrants_of(request.member, competition, now)
        ],
        "window_rows": rows,
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
