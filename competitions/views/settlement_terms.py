"""The operator's pages of its settlement terms: list, one of them in words, new, the next version, the default."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions import rules
from competitions.domain import terms_keeping as actions
from competitions.domain.terms_fields import fields_of, terms_of
from competitions.domain.terms_versions import (
    default_at,
    newest_version,
    terms_of_member,
    unfrozen_competitions,
    versions_of_member,
)
from competitions.forms.settlement_terms import PRESETS, UFTP, TermsForm, typed_from
from competitions.models import TermsRecord, TermsVersion
from competitions.presenters.settlement_terms import TermsShown, shown_terms, shown_version
from competitions.tables import TermsList
from marketplace import clock
from marketplace.errors import Refused
from marketplace.numbers import counted
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import refusal_shown


@require_GET
@member(kind="so")
def terms_list(request: MemberRequest) -> HttpResponse:
    """The operator's settlement terms."""
    listing = TermsList(terms_of_member(request.member), request=request)
    context = {
        "default": default_at(request.member.organisation_id, clock.now()),
        "may_keep": rules.can_keep_terms(request.member),
    }
    return list_page(request, "competitions/terms_list.html", listing, context)


@require_GET
@member(kind="so")
def terms_page(request: MemberRequest, pk: UUID, number: int | None = None) -> HttpResponse:
    """Settlement terms in words, with curve and example: the newest version, or the one of this number."""
    versions = list(versions_of_member(request.member).filter(record=pk).order_by("-number"))
    version = next((each for each in versions if number in (None, each.number)), None)
    if version is None:
        raise Http404
    now, operator = clock.now(), request.member.organisation
    is_default = default_at(operator.pk, now) == version.record
    open_ones = unfrozen_competitions(operator.pk, version.record, by_default=is_default, now=now)
    context = {
        "record": version.record,
        "version": version,
        "versions": versions,
        "is_newest": version == versions[0],
        "is_default": is_default,
        "shown": shown_version(version, operator.currency),
        "open_competitions": list(open_ones),
        "may_keep": rules.can_keep_terms(request.member),
        "zone": operator.zone,
    }
    return render(request, "competitions/terms.html", context)


@member(kind="so", role=Role.CONTRACTS)
def terms_new(request: MemberRequest) -> HttpResponse:
    """Make settlement terms, begun from a ready-made curve."""
    preset = request.GET.get("from", "")
    initial = typed_from(_defaults()) | ({"curve": preset} if preset in PRESETS else {})
    form = TermsForm(request.POST if request.method == "POST" else None, initial=initial, is_new=True)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            made = actions.create_terms(
                by=request.member,
                ref=typed["ref"],
                name=typed["name"],
                text=typed["text"],
                fields=form.told(),
                now=clock.now(),
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"{made} is there: competitions can name it.")
            return redirect("competitions:terms", made.record_id)
    context = {"form": form, "presets": PRESETS, "preset": preset}
    return _form_page(request, context, form)


@member(kind="so", role=Role.CONTRACTS)
def terms_change(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Make the next version of settlement terms."""
    record: TermsRecord = get_object_or_404(terms_of_member(request.member), pk=pk)
    version, now = newest_version(record), clock.now()
    initial = typed_from(version.fields) | {"name": version.name, "text": version.text}
    form = TermsForm(request.POST if request.method == "POST" else None, initial=initial, is_new=False)
    seen = request.POST.get("seen", "") if form.is_bound else str(version.number)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.change_terms(
                by=request.member,
                terms=record,
                name=form.cleaned_data["name"],
                text=form.cleaned_data["text"],
                fields=form.told(),
                seen=int(seen) if seen.isascii() and seen.isdigit() else None,
                now=now,
            )
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            told = "Nothing differs, so no version was made." if made == version else f"{made} is saved."
            messages.success(request, told)
            return redirect("competitions:terms", record.pk)
    is_default = default_at(request.member.organisation_id, now) == record
    waiting = unfrozen_competitions(request.member.organisation_id, record, by_default=is_default, now=now)
    count = waiting.count()
    context = {
        "form": form,
        "record": record,
        "version": version,
        "seen": seen,
        "waiting": counted(count, "published competition") if count else "",
        "several_wait": count != 1,
    }
    return _form_page(request, context, form)


@require_POST
@member(kind="so", role=Role.CONTRACTS)
def terms_preview(request: MemberRequest) -> HttpResponse:
    """The curve and the example of what is typed, for the side of the form; nothing is kept."""
    form = TermsForm(request.POST, is_new=False)
    return render(request, "competitions/_terms_preview.html", _preview(request, form))


@require_POST
@member(kind="so", role=Role.CONTRACTS)
def terms_default(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Make these the terms of competitions that name none."""
    record: TermsRecord = get_object_or_404(terms_of_member(request.member), pk=pk)
    with refusal_shown(request):
        actions.make_default(by=request.member, terms=record, now=clock.now())
        messages.success(request, f"{record.ref} is the default from now on.")
    return redirect("competitions:terms", pk)


def _defaults() -> dict[str, Any]:
    fields = fields_of(terms_of({}))
    del fields["availability"]["mode"]
    return fields


def _form_page(request: MemberRequest, context: dict[str, Any], form: TermsForm) -> HttpResponse:
    preview = _preview(request, form)
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "competitions/terms_form.html", context | preview, status=status)


def _preview(request: MemberRequest, form: TermsForm) -> dict[str, Any]:
    """What is typed in words, or why it can't be shown."""
    filled = form if form.is_bound else _bound(form)
    if not filled.is_valid() and set(filled.errors) - {"ref", "name"}:
        return {"shown": None, "refusal": ""}
    try:
        fields = actions.checked_fields(filled.told())
    except Refused as refusal:
        return {"shown": None, "refusal": refusal.sentence}
    return {"shown": _shown(fields, request), "refusal": ""}


def _bound(form: TermsForm) -> TermsForm:
    """The form as it would be sent as it is filled."""
    told = {name: value for name, value in form.initial.items() if value not in (None, False)}
    curve = {"curve": "proportional"} if told.get("curve") == UFTP else {}  # its penalty is still to be named
    return TermsForm({**told, **curve}, is_new=False)


def _shown(fields: dict[str, Any], request: MemberRequest) -> TermsShown:
    typed = TermsVersion(name="", fields=fields, record=TermsRecord(ref=""), number=1)
    by_contract = "mode" not in fields["availability"]
    return shown_terms(typed, fields, None, request.member.organisation.currency, by_contract=by_contract)
