"""An operator's public face: profile texts, questions and answers, logo, colour, operating area."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from accounts import rules
from accounts.domain.logos import logo_from
from accounts.domain.registration import Actor
from accounts.enums import OrganisationKind
from accounts.models import Member, OperatorProfile, Organisation
from marketplace.audit.chain import record
from marketplace.errors import Refused
from marketplace.seen import check_seen

SECTIONS = {
    "introduction": "Who we are",
    "market_rules": "Market rules and eligibility",
    "service_types": "Services we buy",
    "timelines": "Timelines",
}
MOST_QUESTIONS = 40
LABELS = SECTIONS | {"questions": "Questions often asked"}


def operators() -> QuerySet[Organisation]:
    """Every system operator, for everyone, by name."""
    return (
        Organisation.objects.filter(kind=OrganisationKind.SYSTEM_OPERATOR)
        .select_related("operator_profile")
        .defer("operator_profile__logo", "operator_profile__operating_area_wkb")
        .order_by("name")
    )


def profile_of(operator: Organisation) -> OperatorProfile:
    """The operator's profile; where nothing was ever written, an empty one, not saved."""
    return OperatorProfile.objects.filter(operator=operator).first() or OperatorProfile(operator=operator)


def operating_areas(operator_id: UUID | None = None) -> dict[UUID, bytes]:
    """The operating areas as WKB by operator, of all or of one; operators without one are left out."""
    kept = OperatorProfile.objects.exclude(operating_area_wkb=None)
    if operator_id is not None:
        kept = kept.filter(operator=operator_id)
    return {key: bytes(shape or b"") for key, shape in kept.values_list("operator", "operating_area_wkb")}


def save_profile(
    *,
    by: Actor,
    operator: Organisation,
    texts: Mapping[str, str],
    questions: Sequence[Mapping[str, str]],
    now: datetime,
    seen: str = "",
) -> OperatorProfile:
    """Publish the sections' texts (Markdown) and the questions with their answers.

    ``seen`` is the mark of :func:`texts_of`. Raises ``ChangedMeanwhile`` where somebody published since, and
    ``NotAllowed`` for anyone but the operator's Account holders and platform admins.
    """
    asked = [{"question": each["question"], "answer": each["answer"]} for each in questions]
    if len(asked) > MOST_QUESTIONS:
        raise Refused(f"At most {MOST_QUESTIONS} questions fit on the page.")
    wanted = {name: texts.get(name, "") for name in SECTIONS} | {"questions": asked}
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=operator.pk)
        typed = {name: wanted[name] for name in SECTIONS} | {"questions": _as_text(asked)}
        check_seen(seen, texts_of(profile_of(operator)), typed, LABELS)
        return save_fields(by, operator, wanted, "profile published", now)


def texts_of(profile: OperatorProfile) -> dict[str, str]:
    """The texts of the page as they are compared, the questions as one of them."""
    return {name: getattr(profile, name) for name in SECTIONS} | {"questions": _as_text(profile.questions)}


def _as_text(questions: Sequence[Mapping[str, str]]) -> str:
    return "\n".join(f"{each['question']} {each['answer']}" for each in questions)


def save_looks(
    *, by: Actor, operator: Organisation, colour: str, logo: bytes | None, now: datetime
) -> OperatorProfile:
    """Set brand colour (“#rrggbb” or empty) and logo: bytes for a new one, empty bytes for none, None to keep
    it.

    Raises ``Refused`` for a file that is not a picture; ``NotAllowed`` as :func:`save_profile`.
    """
    wanted: dict[str, Any] = {"brand_colour": colour.lower()}
    if logo is not None:
        picture = logo_from(logo) if logo else b""
        wanted |= {"logo": picture, "logo_digest": hashlib.sha256(picture).hexdigest() if picture else ""}
    return save_fields(by, operator, wanted, "looks changed", now)


def save_fields(
    by: Actor, operator: Organisation, wanted: Mapping[str, Any], action: str, now: datetime
) -> OperatorProfile:
    """Set fields of the profile, with an entry in the log of what changed. Raises ``NotAllowed``."""
    rules.check_may_edit_profile(by if isinstance(by, Member) else None, operator)
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=operator.pk)
        profile = profile_of(operator)
        before = {name: getattr(profile, name) for name in wanted}
        for name, value in wanted.items():
            setattr(profile, name, value)
        changed = {name: (_told(name, before[name]), _told(name, value)) for name, value in wanted.items()}
        changed = {name: change for name, change in changed.items() if change[0] != change[1]}
        if changed:
            profile.changed_at = now
            profile.save()
            record(
                organisation_id=operator.pk, by=by, action=action, subject=operator, changes=changed, now=now
            )
    return profile


def _told(name: str, value: Any) -> Any:
    """The value for the log: of pictures and shapes their digest."""
    if name in ("logo", "operating_area_wkb"):
        return hashlib.sha256(bytes(value)).hexdigest() if value else None
    return value
