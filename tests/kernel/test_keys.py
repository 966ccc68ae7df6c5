"""Keys have one form, in Python and in the database."""

import sys
import unicodedata

import pytest
from django.db import connection
from django.db.models import F
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import Organisation
from marketplace.key_columns import KeyForm
from marketplace.keys import key_form, same_key, tidy_key, without_white_space

LOOK_ALIKES = [
    ("Blyth", "Blyth\u200b"),
    ("Café", "Cafe\u0301"),
    ("Asset 1", "Asset\u00a01"),
    ("Asset 1", " asset \t 1\u2009"),
    ("Asset Ref", "\ufeffAsset Ref"),
    ("Co-op", "Co\u00ad-op"),
    ("Café", "Cafe\u200d\u0301"),
    ("STRASSE", "straße"),
    ("Heart \u2764", "heart \u2764\ufe0f"),
]


@pytest.mark.parametrize(("one", "other"), LOOK_ALIKES)
def test_keys_that_look_alike_are_one_key(one, other):
    assert same_key(one, other)


@pytest.mark.parametrize(
    ("one", "other"), [("Cafe", "Café"), ("A1", "A 1"), ("A-1", "A1"), ("O", "0"), ("²", "2")]
)
def test_keys_that_can_be_told_apart_stay_two(one, other):
    assert not same_key(one, other)


@given(st.text())
def test_the_form_of_a_form_is_itself(text):
    assert key_form(key_form(text)) == key_form(text)
    assert tidy_key(tidy_key(text)) == tidy_key(text)
    assert key_form(tidy_key(text)) == key_form(text)


def test_white_space_in_an_identifier_counts_for_nothing():
    assert without_white_space("20 000\u00a0000\u2009000\u200b 06\n") == "2000000000006"


def in_the_database(texts):
    expression = KeyForm(F("name")).resolve_expression(Organisation.objects.all().query)
    with connection.cursor() as cursor:
        sql, _ = expression.as_sql(Organisation.objects.all().query.get_compiler("default"), connection)
        sql = sql.replace('"accounts_organisation"."name"', "text")
        cursor.execute(
            f"SELECT {sql} FROM unnest(%s::text[]) WITH ORDINALITY AS given(text, at) ORDER BY at",
            [list(texts)],
        )
        return [form for (form,) in cursor.fetchall()]


def characters():
    """Every character that this Python knows, between two letters; NUL and surrogates have no place in a
    database."""
    for code in range(1, sys.maxunicode + 1):
        if unicodedata.category(chr(code)) not in ("Cs", "Cn", "Co"):
            yield f"A{chr(code)}b"


@pytest.mark.django_db
def test_the_database_gives_every_character_the_same_form():
    texts = list(characters())
    different = [
        (f"U+{ord(text[1]):04X}", text)
        for text, form in zip(texts, in_the_database(texts), strict=True)
        if form != key_form(text)
    ]
    assert different == []


@pytest.mark.django_db
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cn", "Co"], exclude_characters="\x00")), max_size=50
    )
)
def test_the_database_gives_every_text_the_same_form(texts):
    assert in_the_database(texts) == [key_form(text) for text in texts]
