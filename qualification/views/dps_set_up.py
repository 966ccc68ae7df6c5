"""What a DPS asks: the operator's page of its questions and framework agreement, and the provider's before it
applies."""

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest, VisitorRequest
from competitions.models import PurchasingSystem
from marketplace import attachments, clock
from marketplace.attachments import LARGEST
from marketplace.errors import Refused
from marketplace.seen import ChangedMeanwhile, mark_of
from marketplace.web.access import member, public
from marketplace.web.refusals import refusal_shown
from qualification.domain.dps import queries as queries
from qualification.domain.dps import set_up as actions
from qualification.domain.dps.form import present_sections
from qualification.enums import DpsSection
from qualification.forms.dps import FrameworkForm, OwnQuestionForm
from qualification.presenters.dps import system_rows


@require_GET
@member("so", Role.PROCUREMENT)
def set_up(request: MemberRequest, dps_id: uuid.UUID) -> HttpResponse:
    """The DPS's own questions and its framework agreement."""
    return _shown(request, _own(request, dps_id), OwnQuestionForm(), FrameworkForm())


def _own(request: MemberRequest, dps_id: uuid.UUID) -> PurchasingSystem:
    return get_object_or_404(queries.systems_to_set_up(request.member), pk=dps_id)


def _shown(
    request: MemberRequest, system: PurchasingSystem, form: OwnQuestionForm, framework_form: FrameworkForm
) -> HttpResponse:
    asked = list(queries.own_questions_of(request.member).filter(purchasing_system=system))
    sections = [
        (label, [each for each in asked if each.section == code]) for code, label in DpsSection.choices
    ]
    context = {
        "system": system,
        "sections": [(label, own) for label, own in sections if own],
        "frameworks": list(queries.frameworks_visible_to(request.member).filter(purchasing_system=system)),
        "form": form,
        "framework_form": framework_form,
        "zone": request.member.organisation.zone,
    }
    refused = form.errors or framework_form.errors
    return render(request, "qualification/dps_set_up.html", context, status=422 if refused else 200)


@require_POST
@member("so", Role.PROCUREMENT)
def add_question(request: MemberRequest, dps_id: uuid.UUID) -> HttpResponse:
    """Ask one more question."""
    system, form = _own(request, dps_id), OwnQuestionForm(request.POST)
    if form.is_valid():
        try:
            actions.add_question(by=request.member, system=system, now=clock.now(), **form.wanted)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(
                request, "The question is added. Drafts of applications are asked it from now on."
            )
            return redirect("qualification:dps_set_up", dps_id)
    return _shown(request, system, form, FrameworkForm())


@require_POST
@member("so", Role.PROCUREMENT)
def publish_framework(request: MemberRequest, dps_id: uuid.UUID) -> HttpResponse:
    """Make a document the present version of the framework agreement."""
    system, form = _own(request, dps_id), FrameworkForm(request.POST, request.FILES)
    if form.is_valid():
        sent = form.cleaned_data["document"]
        try:
            if sent.size > LARGEST:
                raise Refused(f"The file is larger than {LARGEST // 1024**2} MB.")
            made = actions.publish_framework(
                by=request.member, system=system, data=sent.read(), filename=sent.name, now=clock.now()
            )
        except Refused as refusal:
            form.add_error("document", refusal.sentence)
        else:
            messages.success(
                request,
                f"Version {made.version} is published. Companies with a draft are asked to agree to it.",
            )
            return redirect("qualification:dps_set_up", dps_id)
    return _shown(request, system, OwnQuestionForm(), form)


@member("so", Role.PROCUREMENT)
def change_question(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Put a question in other words."""
    question = get_object_or_404(queries.own_questions_of(request.member), pk=pk)
    form = OwnQuestionForm(request.POST if request.method == "POST" else None, question=question)
    changed = None
    if request.method == "POST" and form.is_valid():
        seen = str(request.POST.get("seen", ""))
        try:
            actions.change_question(
                by=request.member, question=question, now=clock.now(), seen=seen, **form.wanted
            )
        except ChangedMeanwhile as refusal:
            changed = refusal
            question.refresh_from_db()
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "The question is saved.")
            return redirect("qualification:dps_set_up", question.purchasing_system_id)
    context = {
        "question": question,
        "form": form,
        "seen": mark_of(actions.worded(question)),
        "changed": changed,
    }
    status = 409 if changed else 422 if form.errors else 200
    return render(request, "qualification/dps_question.html", context, status=status)


@require_POST
@member("so", Role.PROCUREMENT)
def move_question(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask it earlier or later in its section."""
    question = get_object_or_404(queries.own_questions_of(request.member), pk=pk)
    up = "up" in request.POST
    return _done(
        request,
        question.purchasing_system_id,
        lambda: actions.move_question(by=request.member, question=question, up=up, now=clock.now()),
        f"“{question.text}” is asked {'earlier' if up else 'later'}.",
    )


@require_POST
@member("so", Role.PROCUREMENT)
def remove_question(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """Ask it no longer."""
    question = get_object_or_404(queries.own_questions_of(request.member), pk=pk)
    return _done(
        request,
        question.purchasing_system_id,
        lambda: actions.remove_question(by=request.member, question=question, now=clock.now()),
        "The question is removed. Applications that answered it keep it.",
    )


def _done(request: MemberRequest, dps_id: uuid.UUID, act: Callable[[], None], told: str) -> HttpResponse:
    with refusal_shown(request):
        act()
        messages.success(request, told)
    return redirect("qualification:dps_set_up", dps_id)


@require_GET
@member("fsp", Role.PROCUREMENT)
def system(request: MemberRequest, dps_id: uuid.UUID) -> HttpResponse:
    """An open DPS before applying: what it is for, its framework agreement, and everything that it asks."""
    shown = get_object_or_404(queries.systems_to_apply_to(request.member), pk=dps_id)
    frameworks = list(queries.frameworks_visible_to(request.member).filter(purchasing_system=shown))
    context = {
        "system": shown,
        "row": system_rows(request.member, [shown], clock.now())[0],
        "framework": frameworks[0] if frameworks else None,
        "earlier": frameworks[1:],
        "sections": present_sections(shown),
        "zone": request.member.organisation.zone,
    }
    return render(request, "qualification/dps_system.html", context)


@require_GET
@public
def framework(request: VisitorRequest, pk: uuid.UUID) -> HttpResponse:
    """A version of a framework agreement, to read."""
    shown = get_object_or_404(queries.frameworks_visible_to(request.member), pk=pk)
    return attachments.response(shown.file.read(), shown.file.name, shown.file.content_type)
