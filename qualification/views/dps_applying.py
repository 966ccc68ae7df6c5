"""Company qualification for providers: applying to a DPS."""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.models import PurchasingSystem
from marketplace import clock
from marketplace.attachments import LARGEST
from marketplace.errors import Refused
from marketplace.seen import ChangedMeanwhile, mark_of
from marketplace.web.access import member
from marketplace.web.lists import list_page
from marketplace.web.refusals import refusal_shown
from qualification.domain.dps import applications as actions
from qualification.domain.dps import decisions as decisions
from qualification.domain.dps import queries as queries
from qualification.domain.dps import questions
from qualification.domain.dps.form import present_framework, sections_of
from qualification.domain.dps.questions import SECTIONS, Section
from qualification.enums import ApplicationState
from qualification.forms.dps import AttachmentForm, SectionForm
from qualification.models import DpsApplication
from qualification.presenters.dps import (
    covers_over,
    held_for,
    system_rows,
    told_state,
)
from qualification.tables import OpenSystems, OwnApplications
from qualification.views.common import application_page, application_to_show


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


@member("fsp", Role.PROCUREMENT)
def section(request: MemberRequest, pk: uuid.UUID, code: str) -> HttpResponse:
    """One section of a draft, saved by itself, complete or not."""
    edited = application_to_show(request, pk)
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
    shown = application_to_show(request, pk)
    form = AttachmentForm(request.POST, request.FILES)
    if not form.is_valid():
        return application_page(request, shown, form)
    sent = form.cleaned_data["document"]
    try:
        if sent.size > LARGEST:
            raise Refused(f"The file is larger than {LARGEST // 1024**2} MB.")
        actions.add_attachment(
            by=request.member, application=shown, data=sent.read(), filename=sent.name, now=clock.now()
        )
    except Refused as refusal:
        form.add_error("document", refusal.sentence)
        return application_page(request, shown, form)
    messages.success(request, "The document is kept with the application.")
    return redirect("qualification:dps_application", pk)


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
    shown = application_to_show(request, pk)
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
    shown = application_to_show(request, pk)
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
