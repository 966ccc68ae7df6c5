"""Keys in the database: the same form as :func:`marketplace.keys.key_form`, for unique constraints and look-ups.

``UniqueConstraint("provider", KeyForm("ref"), …)`` makes two spellings of one key impossible and gives the look-up
``ref__key_form=key_form(text)`` its index.
"""

from django.db.models import CharField, TextField, Transform

from marketplace.keys import INVISIBLE, WHITE_SPACE


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
