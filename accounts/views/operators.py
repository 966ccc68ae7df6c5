"""Operators in public: the list, each one's page, its looks; and for its Account holders the page to edit
it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST

from accounts import rules
from accounts.domain.colours import Accent, palette_of
from accounts.domain.operating_area import KIND, remove_operating_area
from accounts.domain.organisations import change_details
from accounts.domain.profiles import SECTIONS, operators, profile_of, save_looks, save_profile, texts_of
from accounts.domain.texts import to_html
from accounts.enums import Role
from accounts.forms.organisations import DetailsForm
from accounts.forms.profile import AreaFileForm, LooksForm, ProfileForm, QuestionFormSet
from accounts.models import Organisation
from accounts.presenters.profile_parts import parts_for
from accounts.requests import MemberRequest, VisitorRequest
from marketplace import clock, geo
from marketplace.errors import Refused
from marketplace.jobs.actions import start_upload
from marketplace.seen import ChangedMeanwhile, mark_of
from marketplace.web.access import member, public
from marketplace.web.rate_limits import heavy_public
from marketplace.web.refusals import redirect_refused, refusal_shown
from marketplace.web.visitors import kept_for_visitors

KEPT = 365 * 24 * 3600


@require_GET
@public
@kept_for_visitors
def operator_list(request: VisitorRequest) -> HttpResponse:
    """Every operator on the platform."""
    return render(request, "accounts/operators.html", {"operators": operators()})


@require_GET
@public
@kept_for_visitors
def operator_profile(request: VisitorRequest, code: str) -> HttpResponse:
    """What an operator shows of itself, and its competitions."""
    operator = _operator(code)
    profile = profile_of(operator)
    context = _shown(
        texts={name: getattr(profile, name) for name in SECTIONS}, questions=profile.questions
    ) | {
        "operator": operator,
        "profile": profile,
        "parts": parts_for(operator, clock.now()),
        "may_edit": rules.can_edit_profile(request.member, operator),
    }
    return render(request, "accounts/operator.html", context)


@require_GET
@public
@cache_control(public=True, max_age=300)
def brand_css(request: VisitorRequest, code: str) -> HttpResponse:
    """The operator's colour as the accent of both themes, legible whatever the colour."""
    colour = profile_of(_operator(code)).brand_colour
    style = ""
    if colour:
        palette = palette_of(colour)
        style = f":root {{ {_tokens(palette.light)} }}\n[data-bs-theme=dark] {{ {_tokens(palette.dark)} }}\n"
    return HttpResponse(style, content_type="text/css; charset=utf-8")


def _tokens(of: Accent) -> str:
    return f"--accent: {of.accent}; --accent-hover: {of.hover}; --on-accent: {of.on_accent}; --accent-ink: {of.ink};"


@require_GET
@public
@cache_control(public=True, max_age=KEPT, immutable=True)
def logo(request: VisitorRequest, code: str, digest: str) -> HttpResponse:
    """The operator's logo; its address changes with the picture."""
    profile = profile_of(_operator(code))
    if not profile.logo or profile.logo_digest != digest:
        raise Http404
    return HttpResponse(
        bytes(profile.logo), content_type="image/png", headers={"X-Content-Type-Options": "nosniff"}
    )


@require_GET
@public
@heavy_public
def operating_area(request: VisitorRequest, code: str) -> HttpResponse:
    """Where the operator runs its network, as GeoJSON."""
    operator = _operator(code)
    kept = profile_of(operator).operating_area_wkb
    features = []
    if kept:
        geometry = geo.to_geojson(geo.from_wkb(bytes(kept)), simplify_degrees=0.002)
        features = [
            {"type": "Feature", "geometry": geometry, "properties": {"title": operator.name, "look": "area"}}
        ]
    return JsonResponse(
        {"type": "FeatureCollection", "features": features}, content_type="application/geo+json"
    )


@member("so", Role.ACCOUNT)
def edit_profile(request: MemberRequest) -> HttpResponse:
    """Write the public page: look at it first, then publish it."""
    operator = request.member.organisation
    profile = profile_of(operator)
    sent = request.POST if request.method == "POST" else None
    form = ProfileForm(sent, initial={name: getattr(profile, name) for name in SECTIONS})
    questions: Any = QuestionFormSet(sent, initial=profile.questions, prefix="question")
    context: dict[str, Any] = {
        "form": form,
        "questions": questions,
        "operator": operator,
        "profile": profile,
        "looks": LooksForm(initial={"colour": profile.brand_colour or "#0b5d57"}),
        "area": AreaFileForm(),
        "changed": None,
        "seen": request.POST.get("seen") or mark_of(texts_of(profile)),
    }
    if sent is not None and form.is_valid() and questions.is_valid():
        asked = questions.given
        if "preview" in sent:
            context |= _shown(form.cleaned_data, asked) | {"previewed": True}
        else:
            try:
                save_profile(
                    by=request.member,
                    operator=operator,
                    texts=form.cleaned_data,
                    questions=asked,
                    now=clock.now(),
                    seen=sent.get("seen", ""),
                )
            except ChangedMeanwhile as refusal:
                context |= {"changed": refusal, "seen": mark_of(texts_of(profile_of(operator)))}
                return render(request, "accounts/profile_edit.html", context, status=409)
            messages.success(request, "The page is published.")
            return redirect("accounts:operator_profile", operator.code)
    return render(request, "accounts/profile_edit.html", context)


@require_POST
@member("so", Role.ACCOUNT)
def edit_looks(request: MemberRequest) -> HttpResponse:
    """Set logo and colour."""
    form = LooksForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("accounts:profile_edit")
    with refusal_shown(request):
        save_looks(
            by=request.member,
            operator=request.member.organisation,
            colour=form.wanted_colour,
            logo=form.logo_bytes,
            now=clock.now(),
        )
        messages.success(request, "Logo and colour are saved.")
    return redirect("accounts:profile_edit")


@require_POST
@member("so", Role.ACCOUNT)
def edit_area(request: MemberRequest) -> HttpResponse:
    """Read a file that says where the operator runs its network; it is shown before it counts."""
    form = AreaFileForm(request.POST, request.FILES)
    if not form.is_valid():
        messages.error(request, " ".join(str(error) for errors in form.errors.values() for error in errors))
        return redirect("accounts:profile_edit")
    sent = form.cleaned_data["file"]
    try:
        job = start_upload(
            by=request.member, kind=KIND, filename=sent.name, data=sent.read(), params={}, now=clock.now()
        )
    except Refused as refusal:
        return redirect_refused(request, refusal, "accounts:profile_edit")
    return redirect("jobs:job", job.pk)


@member("so", Role.ACCOUNT)
def remove_area(request: MemberRequest) -> HttpResponse:
    """Ask whether the operating area is to go, and take it away."""
    operator = request.member.organisation
    profile = profile_of(operator)
    if profile.operating_area_km2 is None:
        messages.info(request, "There is no operating area to remove.")
        return redirect("accounts:profile_edit")
    if request.method == "POST":
        remove_operating_area(by=request.member, operator=operator, now=clock.now())
        messages.success(request, "The operating area is removed.")
        return redirect("accounts:profile_edit")
    return render(request, "accounts/operating_area_remove.html", {"profile": profile})


@member(role=Role.ACCOUNT)
def organisation(request: MemberRequest) -> HttpResponse:
    """The details of one's own organisation, to correct."""
    own, now = request.member.organisation, clock.now()
    form = DetailsForm(
        request.POST if request.method == "POST" else None,
        member=request.member,
        today=now.astimezone(own.zone).date(),
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_details(by=request.member, details=form.wanted, now=now)
        except Refused as refusal:
            form.add_error(None, refusal.sentence)
        else:
            messages.success(request, "The details are saved.")
            return redirect("accounts:organisation")
    return render(request, "accounts/organisation.html", {"form": form, "organisation": own})


def _operator(code: str) -> Organisation:
    operator: Organisation = get_object_or_404(operators(), code=code.upper())
    return operator


def _shown(texts: Any, questions: Any) -> dict[str, Any]:
    """The texts and answers as the page shows them."""
    sections = [(title, to_html(texts[name])) for name, title in SECTIONS.items() if texts.get(name)]
    return {
        "sections": sections,
        "answers": [(each["question"], to_html(each["answer"])) for each in questions],
    }
