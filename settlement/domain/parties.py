"""The parties of a document, as they were when it was made."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from accounts.models import Organisation


@dataclass(frozen=True)
class Party:
    """A buyer or seller: who it is, where, and under which numbers."""

    name: str
    code: str
    country: str
    company_number: str
    address: str
    vat_number: str

    def as_json(self) -> dict[str, str]:
        return asdict(self)

    @property
    def address_lines(self) -> list[str]:
        """The address line by line; one that was typed in one line is cut at its commas."""
        parts = self.address.splitlines() if "\n" in self.address.strip() else self.address.split(",")
        return [part.strip(" ,\r\t") for part in parts if part.strip(" ,\r\t")]


def party_of(organisation: Organisation, vat_number: str) -> Party:
    """An organisation as it is now, with the VAT number that counts for the document."""
    return Party(
        organisation.name,
        organisation.code,
        organisation.country,
        organisation.company_number,
        organisation.registered_address.strip(),
        vat_number,
    )


def party_from(stored: Mapping[str, Any]) -> Party:
    return Party(**{name: str(value) for name, value in stored.items()})


def lacking(organisation: Organisation) -> str:
    """What a document can't be made without and the organisation has not told; empty: nothing."""
    return "" if organisation.registered_address.strip() else "registered address"
