"""An operator's settlement terms: made, changed as the next version, chosen as the default."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from accounts.models import Member
from competitions import rules
from competitions.domain.settlement_terms import UnusableTerms
from competitions.domain.terms_fields import fields_of, told_terms_of
from competitions.domain.terms_versions import default_at, newest_version, unfrozen_competitions
from competitions.models import TERMS_REF_RULE, Competition, DefaultTerms, TermsRecord, TermsVersion
from competitions.models.settlement_terms import LONGEST_NAME, LONGEST_TEXT
from competitions.signals import competition_edited
from marketplace.audit.chain import record
from marketplace.errors import Refused
from marketplace.numbers import count_text

REF = re.compile(r"[A-Za-z0-9_-]{1,40}")
MOVED_ON = "Version {number} of {ref} was made since your page was, so nothing was saved. Look at it again."


def create_terms(
    *, by: Member, ref: str, name: str, text: str = "", fields: Mapping[str, Any], now: datetime
) -> TermsVersion:
    """Make settlement terms, version 1. The operator's first are its default from then on.

    ``fields`` are nested as :func:`terms_fields.told_terms_of` reads them. Raises ``Refused`` for terms that can't be and for
    a ref that is taken or not in its form, ``NotAllowed``.
    """
    rules.check_may_keep_terms(by)
    if not REF.fullmatch(ref):
        raise Refused(f"{TERMS_REF_RULE.removesuffix('.')} for the ref of settlement terms.")
    told = _told(name, text, fields)
    taken = f"You have settlement terms with the ref “{ref}” already."
    if TermsRecord.objects.filter(operator=by.organisation_id, ref__iexact=ref).exists():
        raise Refused(taken)
    try:
        with transaction.atomic():
            made = TermsRecord.objects.create(operator=by.organisation, ref=ref)
            version = _add(made, 1, told, None, by, now)
            if default_at(by.organisation_id, now) is None:
                _make_default(by, made, None, now)
    except IntegrityError:
        raise Refused(taken) from None
    return version


@transaction.atomic
def change_terms(
    *,
    by: Member,
    terms: TermsRecord,
    name: str,
    text: str = "",
    fields: Mapping[str, Any],
    seen: int | None = None,
    now: datetime,
) -> TermsVersion:
    """Make the next version of settlement terms; where nothing differs, the present one stays and is returned.

    ``seen`` is the number of the version that was changed. Competitions whose bidding has opened keep theirs; providers
    are told of the others as of any change. Raises ``Refused``, also where another version was made since, and
    ``NotAllowed``.
    """
    rules.check_may_keep_terms(by)
    told = _told(name, text, fields)
    locked = _locked(by, terms)
    present = newest_version(locked)
    if seen is not None and seen != present.number:
        raise Refused(MOVED_ON.format(number=count_text(present.number), ref=locked.ref))
    if all(getattr(present, key) == value for key, value in told.items()):
        return present
    is_default = default_at(by.organisation_id, now) == locked
    made = _add(locked, present.number + 1, told, present, by, now)
    for competition in unfrozen_competitions(by.organisation_id, locked, by_default=is_default, now=now):
        _tell(competition, str(present), str(made), now)
    return made


@transaction.atomic
def make_default(*, by: Member, terms: TermsRecord, now: datetime) -> None:
    """Have competitions that name no terms settled by these, but for those whose bidding has opened.

    Raises ``Refused`` where they are the default already, ``NotAllowed``.
    """
    rules.check_may_keep_terms(by)
    locked = _locked(by, terms)
    before = default_at(by.organisation_id, now)
    if before == locked:
        raise Refused(f"{locked.ref} is the default already.")
    _make_default(by, locked, before, now)


def _told(name: str, text: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    name, text = name.strip(), text.replace("\r\n", "\n").strip()
    if not name or len(name) > LONGEST_NAME:
        raise Refused(f"Settlement terms need a name of up to {LONGEST_NAME} characters.")
    if len(text) > LONGEST_TEXT:
        raise Refused(f"The text of settlement terms has up to {count_text(LONGEST_TEXT)} characters.")
    return {"name": name, "text": text, "fields": checked_fields(fields)}


def checked_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of the terms as they are stored. Raises ``Refused`` with the sentence for terms that can't be."""
    try:
        found = fields_of(told_terms_of(fields))
    except UnusableTerms as error:
        raise Refused(str(error)) from None
    if not (fields.get("availability") or {}).get("mode"):
        del found["availability"]["mode"]
    return found


def _locked(by: Member, terms: TermsRecord) -> TermsRecord:
    own = TermsRecord.objects.select_for_update(of=("self",)).filter(operator=by.organisation_id)
    found = own.filter(pk=terms.pk).first()
    if found is None:
        raise Refused("You have no such settlement terms.")
    return found


def _add(
    terms: TermsRecord,
    number: int,
    told: Mapping[str, Any],
    before: TermsVersion | None,
    by: Member,
    now: datetime,
) -> TermsVersion:
    made = TermsVersion.objects.create(
        record=terms, number=number, **told, made_at=now, made_by_id=by.user_id
    )
    changes = {"version": (before.number if before else None, number)}
    changes |= {
        key: (getattr(before, key) if before else None, value)
        for key, value in told.items()
        if before is None or getattr(before, key) != value
    }
    action = "settlement terms changed" if before else "settlement terms created"
    record(organisation_id=terms.operator_id, by=by, action=action, subject=terms, changes=changes, now=now)
    return made


def _make_default(by: Member, terms: TermsRecord, before: TermsRecord | None, now: datetime) -> None:
    """Choose the default, and tell the providers of the competitions that it changes."""
    DefaultTerms.objects.create(operator=by.organisation, record=terms, since=now)
    changes = {"default": (before.ref if before else None, terms.ref)}
    action = "default settlement terms chosen"
    record(organisation_id=terms.operator_id, by=by, action=action, subject=terms, changes=changes, now=now)
    by_default = unfrozen_competitions(terms.operator_id, terms, by_default=True, now=now)
    for competition in by_default.filter(settlement_terms=None):
        _tell(competition, str(newest_version(before)) if before else None, str(newest_version(terms)), now)


def _tell(competition: Competition, before: str | None, after: str, now: datetime) -> None:
    changes = [("settlement_terms", before, after)]
    competition_edited.send(Competition, competition=competition, changes=changes, now=now)
