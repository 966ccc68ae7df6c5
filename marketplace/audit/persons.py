"""People in the log: an entry holds a reference in place of an address, and the address lies apart, where it can be
erased (docs/decisions/0031-references-to-people.md)."""

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from secrets import token_hex
from typing import Any

from django.db.models import Q

from marketplace.audit.models import AuditEntry, PersonAddress

MARK = "person:"
ERASED = "a person who was erased"
_REFERENCE = re.compile(r"person:[0-9a-f]{40}")
_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
LONGEST = 254  # RFC 5321
MOST_FOUND = 50
NO_ADDRESS = ".invalid"
"""How pseudonyms end (RFC 2606): they name nobody."""


def reference_made_of(salt: str, address: str) -> str:
    """A digest of the address under a salt of its own: without the salt nobody can try addresses out."""
    return MARK + hashlib.sha256(f"{salt}\n{address}".encode()).hexdigest()[:40]


class References:
    """References for the addresses of one batch of entries: each is looked up, or made, once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, int | None], str] = {}

    def of(self, address: str, user_id: int | None = None) -> str:
        """The reference to this address, of this person where their id is known."""
        is_none = not address or len(address) > LONGEST or address.endswith(NO_ADDRESS)
        if is_none or _REFERENCE.fullmatch(address):
            return address
        key = (address, user_id)
        if key not in self._found:
            known = PersonAddress.objects.filter(address=address)
            known = known if user_id is None else known.filter(user_id=user_id)
            reference = known.order_by("pk").values_list("reference", flat=True).first()
            self._found[key] = reference or _kept(address, user_id)
        return self._found[key]

    def of_name(self, text: Any, person: tuple[int, str], name: str = "") -> Any:
        """The text with a reference in place of the person's name; ``person`` is their id with it."""
        user_id, name = person[0], name or person[1]
        return text.replace(name, self.of(name, user_id)) if name and isinstance(text, str) else text

    def in_text(self, text: str) -> str:
        """The text with a reference in place of each address."""
        return _ADDRESS.sub(lambda found: self.of(found[0]), text) if "@" in text else text


def _kept(address: str, user_id: int | None) -> str:
    salt = token_hex(16)
    made = PersonAddress(reference_made_of(salt, address), user_id=user_id, address=address, salt=salt)
    made.save(force_insert=True)
    return made.reference


def addresses_of(references: Iterable[str]) -> dict[str, str]:
    """The addresses behind these references; those that were erased are missing."""
    wanted = {each for each in references if each.startswith(MARK)}
    if not wanted:
        return {}
    found = PersonAddress.objects.filter(reference__in=wanted)
    return dict(found.values_list("reference", "address"))


def named(reference: str, addresses: dict[str, str]) -> str:
    """Who a stored actor is, for reading: older entries hold the address itself."""
    return addresses.get(reference, ERASED) if reference.startswith(MARK) else reference


def put_addresses_back(entries: Sequence[AuditEntry]) -> None:
    """Let loaded entries read as they were written, with addresses; who was erased is named no more."""
    told = [(entry.actor_email, entry.subject_label, entry.changes) for entry in entries]
    addresses = addresses_of(found for each in told for found in _REFERENCE.findall(str(each)))
    for entry in entries:
        entry.actor_email = named(entry.actor_email, addresses)
        entry.subject_label = _REFERENCE.sub(lambda found: named(found[0], addresses), entry.subject_label)
        entry.changes = _each_text(
            entry.changes, lambda text: _REFERENCE.sub(lambda found: named(found[0], addresses), text)
        )


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value) if MARK in value else value
    if isinstance(value, list):
        return [_each_text(each, change) for each in value]
    if isinstance(value, dict):
        return {_each_text(name, change): _each_text(each, change) for name, each in value.items()}
    return value


def acted_by(text: str) -> Q:
    """Entries of who has this in their address."""
    found = PersonAddress.objects.filter(address__icontains=text).values("reference")
    return Q(actor_email__in=found) | Q(actor_email__icontains=text) & ~Q(actor_email__startswith=MARK)


def about_person(text: str) -> Q:
    """Entries whose object is named by this text, or by an address or a name that has it."""
    found = Q(subject_label__icontains=text) & ~Q(subject_label__startswith=MARK)
    for each in PersonAddress.objects.filter(address__icontains=text).order_by("pk")[:MOST_FOUND]:
        found |= Q(subject_label__contains=each.reference)
    return found


def erase_addresses(user_id: int, address: str) -> None:
    """Erase every address of a person, so that no reference leads to them any more. No entry changes."""
    own = PersonAddress.objects.filter(user_id=user_id)
    addresses = {address.lower(), *(each.lower() for each in own.values_list("address", flat=True))}
    own.delete()
    for each in sorted(addresses):
        PersonAddress.objects.filter(address__iexact=each, user_id=None).delete()


def wrong_references() -> Iterable[str]:
    """References whose address or salt is not the one that the entries were written with."""
    for each in PersonAddress.objects.order_by("pk").iterator():
        if reference_made_of(each.salt, each.address) != each.reference:
            yield each.reference
