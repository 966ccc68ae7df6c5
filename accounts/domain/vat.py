"""How what a provider sells is taxed on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from accounts.enums import VatKind
from accounts.models import Organisation, VatTreatment

SINCE_EVER = date(1970, 1, 1)
"""The day from which the details held that stood before the first change."""


@dataclass(frozen=True)
class Taxed:
    """A treatment and the VAT number that goes with it; none without treatment."""

    kind: VatKind
    vat_number: str


def treatment_on(provider: Organisation, day: date) -> Taxed:
    """How the provider's sales are taxed on the day."""
    return treatments_on([provider], day)[provider.pk]


def treatments_on(providers: Iterable[Organisation], day: date) -> dict[UUID, Taxed]:
    """The same for several providers, by id. Where nothing was told for the day, the present VAT number says it."""
    held = {each.pk: each for each in providers}
    told: dict[UUID, Taxed] = {}
    rows = VatTreatment.objects.filter(provider__in=held, from_day__lte=day).order_by("from_day", "id")
    for each in rows:
        told[each.provider_id] = Taxed(VatKind(each.kind), each.vat_number)
    return {pk: told.get(pk) or _by_number(each.vat_number) for pk, each in held.items()}


def newest_treatment(provider: Organisation) -> Taxed:
    """What the provider told last, whenever it begins to hold."""
    last = VatTreatment.objects.filter(provider=provider).order_by("id").last()
    return Taxed(VatKind(last.kind), last.vat_number) if last else _by_number(provider.vat_number)


def note_treatment(provider: Organisation, before: Taxed, after: Taxed, from_day: date) -> None:
    """Keep what is told from a day on; before the first change, what stood until then. Called by the action that records it."""
    if not VatTreatment.objects.filter(provider=provider).exists():
        VatTreatment.objects.create(
            provider=provider, from_day=SINCE_EVER, kind=before.kind, vat_number=before.vat_number
        )
    VatTreatment.objects.create(
        provider=provider, from_day=from_day, kind=after.kind, vat_number=after.vat_number
    )


def told_treatment(kind: str, vat_number: str) -> Taxed:
    """What a form's choice comes to: without a number there is no VAT, whatever is chosen."""
    if not vat_number:
        return Taxed(VatKind.NONE, "")
    return Taxed(VatKind(kind) if kind in _WITH_NUMBER else VatKind.STANDARD, vat_number)


_WITH_NUMBER = {VatKind.STANDARD.value, VatKind.REVERSE_CHARGE.value}


def _by_number(vat_number: str) -> Taxed:
    return Taxed(VatKind.STANDARD if vat_number else VatKind.NONE, vat_number)
