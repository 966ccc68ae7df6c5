"""Keys in the database: the same form as :func:`marketplace.keys.key_form`, for unique constraints and
look-ups.

``UniqueConstraint("provider", KeyForm("ref"), …)`` makes two spellings of one key impossible and gives the
look-up ``ref__key_form=key_form(text)`` its index.
"""

from collections.abc import Iterable
from typing import Any

from django.db.models import CharField, Model, TextField, Transform

from marketplace.keys import INVISIBLE, WHITE_SPACE, key_form, tidy_key


def _escaped(characters: str) -> str:
    """The characters of a bracket expression as the database's regular expressions spell them."""
    return "".join(each if each == "-" else f"\\U{ord(each):08X}" for each in characters)


class KeyForm(Transform):
    """A text column's key form. PostgreSQL 18 folds case in full; every function here is immutable."""

    lookup_name = "key_form"
    output_field = TextField()
    template = (
        "normalize(casefold(normalize(btrim(regexp_replace(regexp_replace(%(expressions)s, "
        f"'[{_escaped(INVISIBLE)}]+', '', 'g'), '[{_escaped(WHITE_SPACE)}]+', ' ', 'g')), NFC)"
        ' COLLATE "pg_unicode_fast"), NFC)'
    )


CharField.register_lookup(KeyForm)
TextField.register_lookup(KeyForm)


def tell_look_alikes_apart(rows: Iterable[Model], scope: str, field: str) -> None:
    """For migrations to a unique key: keep every row; of those whose texts are one key, the later ones get a
    number.

    ``rows`` come in the order in which they were made; ``scope`` names what the key is unique within.
    """
    taken: dict[Any, set[str]] = {}
    for row in rows:
        keys = taken.setdefault(getattr(row, scope), set())
        given, number = getattr(row, field), 1
        longest = getattr(row._meta.get_field(field), "max_length", None) or 60
        text = given
        while key_form(text) in keys:
            number += 1
            ending = f" ({number})"
            text = tidy_key(given)[: longest - len(ending)] + ending
        keys.add(key_form(text))
        if text != given:
            setattr(row, field, text)
            row.save(update_fields=[field])
