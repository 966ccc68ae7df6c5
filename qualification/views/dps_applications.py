"""Pages of company qualification: a provider applies, an operator decides."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.models import PurchasingSystem
from marketplace import attachments, clock
from marketplace.attachments import LARGEST
from marketplace.errors import Refused
from marketplace.seen import ChangedMeanwhile, mark_of
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import refusal_shown
from qualification import rules
from qualification.domain.dps import applications as actions
from qualification.domain.dps import decisions as decisions
from qualification.domain.dps import queries as queries
from qualification.domain.dps import questions
from qualification.domain.dps.form import present_framework, sections_of
from qualification.domain.dps.queries import earlier_application
from qualification.domain.dps.questions import SECTIONS, Section
from qualification.enums import ApplicationState
from qualification.forms.dps import ApplicationFilter, ApproveForm, AttachmentForm, ReasonForm, SectionForm
from qualification.models import DpsApplication
from qualification.presenters.dps import (
    answer_sections,
    covers_over,
    events_of,
    form_of,
    held_for,
    system_rows,
    told_state,
)
from qualification.tables import Applications, OpenSystems, OwnApplications


@require_GET
@member("fsp", Role.PROCUREMENT)
def systems(request: MemberRequest) -> HttpResponse:
    """The open DPSs of all operators, and the company's applications."""
    now = clock.now()
    listing = OpenSystems(
        queries.systems_to_apply_to(request.member),
        request=request,
        rows=lambda shown: system_rows(request.member, shown, now),
    )
    own = OwnApplications(
        queries.applications_with_counts(request.member),
        request=request,
        rows=lambda shown: [(each, *told_state(each, now)) for each in shown],
    )
    context = {"applications": own, "zone": request.member.organisation.zone}
    return list_page(request, "qualification/dps_systems.html", listing, context)


@require_POST
@member("fsp", Role.PROCUREMENT)
def start(request: MemberRequest, dps_id: uuid.UUID) -> HttpResponse:
    """Begin an application to a DPS."""
    system = get_object_or_404(queries.systems_to_apply_to(request.member), pk=dps_id)
    try:
        made = actions.start_application(by=request.member, system=system, now=clock.now())
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return _to_open_application(request, system)
    return redirect("qualification:dps_section", made.pk, SECTIONS[0].code)


def _to_open_application(request: MemberRequest, system: PurchasingSystem) -> HttpResponse:
    """To the company's application that is open already; to the list when there is none."""
    open_states = [ApplicationState.DRAFT, ApplicationState.PENDING]
    found = queries.applications_visible_to(request.member).filter(
        purchasing_system=system, state__in=open_states
    )
    for each in found:
        return redirect("qualification:dps_application", each.pk)
    return redirect("qualification:dps_systems")


@require_GET
@member("so", Role.PROCUREMENT)
def applications(request: MemberRequest) -> HttpResponse:
    """The applications to the operator's DPSs, with filters."""
    now = clock.now()
    found = queries.applications_with_counts(request.member)
    chosen = ApplicationFilter(request.GET, queryset=found, member=request.member)
    listing = Applications(
        chosen.qs, request=request, rows=lambda shown: [(each, *told_state(each, now)) for each in shown]
    )
    context = {
        "filter": chosen,
        "any": bool(request.GET) or bool(listing.records),
        "zone": request.member.organisation.zone,
    }
    return list_page(request, "qualification/dps_applications.html", listing, context)


@require_GET
@member(role=Role.PROCUREMENT)
def application(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """One application: for the company to go on with, for the operator to read beside the earlier one and decide."""
    return _shown(request, _application(request, pk), AttachmentForm())


def _application(request: MemberRequest, pk: uuid.UUID) -> DpsApplication:
    return get_object_or_404(queries.applications_visible_to(request.member), pk=pk)


def _shown(request: MemberRequest, shown: DpsApplication, form: AttachmentForm) -> HttpResponse:
    now, acting = clock.now(), request.member
    earlier = earlier_application(shown)
    asked = form_of(shown, now)
    is_own, is_deciding = acting.is_fsp, rules.can_decide(acting, shown)
    is_draft, is_pending = shown.state == ApplicationState.DRAFT, shown.state == ApplicationState.PENDING
    is_approved = shown.state == ApplicationState.APPROVED
    others = queries.applications_visible_to(acting).filter(
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
        "attachments": queries.attachments_visible_to(acting).filter(application=shown),
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
        "can_revoke": is_deciding and is_approved and queries.is_latest_approval(shown),
        "file_params": {"application": str(shown.pk)},
        "zone": acting.organisation.zone,
    }
    return render(request, "qualification/dps_application.html", context, status=422 if form.errors else 200)


@member("fsp", Role.PROCUREMENT)
def section(request: MemberRequest, pk: uuid.UUID, code: str) -> HttpResponse:
    """One section of a draft, saved by itself, complete or not."""
    edited = _application(request, pk)
    sections = sections_of(edited)
    asked = questions.section_of(code, sections)
    if asked is None:
        raise Http404
    if edited.state != ApplicationState.DRAFT:
        return redirect("qualification:dps_application", pk)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = SectionForm(*sent, section=asked, answers=edited.answers, country=edited.provider.country)
    changed = None
    if request.method == "POST" and form.is_valid():
        try:
            _save_section(request, edited, asked, form)
        except ChangedMeanwhile as refusal:
            changed = refusal
            edited.refresh_from_db(fields=["answers"])
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, f"“{asked.title}” is saved.")
            for sentence in covers_over(edited, asked, form.answers, clock.now()):
                messages.warning(request, sentence)
            place = sections.index(asked) + 1
            if "next" in request.POST and place < len(sections):
                return redirect("qualification:dps_section", pk, sections[place].code)
            return redirect("qualification:dps_application", pk)
    context = {
        "application": edited,
        "section": asked,
        "number": sections.index(asked) + 1,
        "all_sections": sections,
        "is_last": asked is sections[-1],
        "form": form,
        "framework": present_framework(edited.purchasing_system),
        "held": held_for(asked, queries.attachments_visible_to(request.member).filter(application=edited)),
        "seen": mark_of(actions.answers_in(asked, edited)),
        "changed": changed,
    }
    status = 409 if changed else 422 if form.errors else 200
    return render(request, "qualification/dps_section.html", context, status=status)


def _save_section(request: MemberRequest, edited: DpsApplication, asked: Section, form: SectionForm) -> None:
    """The answers, then the documents: when one of these is refused, the answers stay."""
    now, refused = clock.now(), None
    seen = str(request.POST.get("seen", ""))
    with transaction.atomic():  # who gives up waiting amid the documents has recorded nothing
        actions.save_section(
            by=request.member, application=edited, section=asked, answers=form.answers, now=now, seen=seen
        )
        try:
            for key, sent in form.documents.items():
                _add_document(request, edited, sent, key, now)
        except Refused as refusal:
            refused = refusal
    if refused is not None:
        raise refused


def _add_document(
    request: MemberRequest, edited: DpsApplication, sent: Any, question: str, now: datetime
) -> None:
    if sent.size > LARGEST:
        raise Refused(f"The file is larger than {LARGEST // 1024**2} MB.")
    actions.add_attachment(
        by=request.member,
        application=edited,
        data=sent.read(),
        filename=sent.name,
        question=question,
        now=now,
    )


@require_POST
@member("fsp", Role.PROCUREMENT)
def attach(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Keep a document with a draft."""
    shown = _application(request, pk)
    form = AttachmentForm(request.POST, request.FILES)
    if not form.is_valid():
        return _shown(request, shown, form)
    sent = form.cleaned_data["document"]
    try:
        if sent.size > LARGEST:
            raise Refused(f"The file is larger than {LARGEST // 1024**2} MB.")
        actions.add_attachment(
            by=request.member, application=shown, data=sent.read(), filename=sent.name, now=clock.now()
        )
    except Refused as refusal:
        form.add_error("document", refusal.sentence)
        return _shown(request, shown, form)
    messages.success(request, "The document is kept with the application.")
    return redirect("qualification:dps_application", pk)


@require_GET
@member(role=Role.PROCUREMENT)
def attachment(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """A document of an application, to save."""
    file = get_object_or_404(queries.attachments_visible_to(request.member), pk=pk).file
    return attachments.response(bytes(file.content), file.name, file.content_type)


@require_POST
@member("fsp", Role.PROCUREMENT)
def detach(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take a document off a draft."""
    held = get_object_or_404(queries.attachments_visible_to(request.member), pk=pk)
    return _done(
        request,
        held.application_id,
        lambda: actions.remove_attachment(by=request.member, attachment=held, now=clock.now()),
        f"{held.file.name} is removed.",
    )


@require_POST
@member("fsp", Role.PROCUREMENT)
def submit(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Hand a draft to the operator."""
    shown = _application(request, pk)
    return _done(
        request,
        pk,
        lambda: actions.submit_application(by=request.member, application=shown, now=clock.now()),
        "The application is submitted. You are told when the operator has decided.",
    )


@require_POST
@member("fsp", Role.PROCUREMENT)
def withdraw_application(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Take back an application that is not decided."""
    shown = _application(request, pk)
    return _done(
        request,
        pk,
        lambda: actions.withdraw_application(by=request.member, application=shown, now=clock.now()),
        "The application is withdrawn.",
    )


def _done(request: MemberRequest, pk: uuid.UUID, act: Callable[[], None], told: str) -> HttpResponse:
    with refusal_shown(request):
        act()
        messages.success(request, told)
    return redirect("qualification:dps_application", pk)


@member("so", Role.PROCUREMENT)
def approve(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Approve the company, for good or until a day."""
    form = ApproveForm(request.POST if request.method == "POST" else None)
    words = {"title": "Approve", "button": "Approve the company", "style": "primary", "told": "is approved"}
    return _decided(request, pk, form, decisions.approve_application, words)


@member("so", Role.PROCUREMENT)
def reject(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Reject the application, with a reason."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    words = {"title": "Reject", "button": "Reject the application", "style": "danger", "told": "is rejected"}
    return _decided(request, pk, form, decisions.reject_application, words)


@member("so", Role.PROCUREMENT)
def revoke(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Revoke an approval, with a reason."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    words = {
        "title": "Revoke",
        "button": "Revoke the approval",
        "style": "danger",
        "told": "is no longer approved",
    }
    return _decided(request, pk, form, decisions.revoke_approval, words)


def _decided(
    request: MemberRequest, pk: uuid.UUID, form: Any, act: Callable[..., None], words: dict[str, str]
) -> HttpResponse:
    shown = _application(request, pk)
    seen = request.POST.get("seen", "") if request.method == "POST" else request.GET.get("seen", "")
    if request.method == "POST" and form.is_valid():
        try:
            act(by=request.member, application=shown, seen=seen, now=clock.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            told = f"{shown.provider} {words['told']} on {shown.purchasing_system.reference}."
            messages.success(request, f"{told} Competitions that name it are judged anew.")
            return redirect(reverse("qualification:dps_application", args=[pk]))
    context = {"application": shown, "form": form, "words": words, "seen": seen}
    return render(request, "qualification/dps_decide.html", context, status=422 if form.errors else 200)
