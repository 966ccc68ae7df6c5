"""The database compares postcodes by the same rule as the program."""

import pytest
from django.db import connection

from marketplace.postcodes import is_postcode, is_sector, normal_postcode, postcode_sql, sector_sql

TEXTS = ["EH21 8RE", "eh218re", "EH 21 8 RE", "W1A 1AA", "w1a1aa", "N1 9GU", "EH21 8", "eh218", "8RE", ""]


def by_database(text: str) -> tuple[str, str | None]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {postcode_sql('t')}, {sector_sql('t')} FROM (SELECT %s::text AS t) AS one", [text]
        )
        return cursor.fetchone()


@pytest.mark.django_db
@pytest.mark.parametrize("text", TEXTS)
def test_a_postcode_compares_in_the_database_as_its_normal_form_does(text):
    whole, sector = by_database(text)
    normal = normal_postcode(text)
    assert whole == normal.replace(" ", "")
    if is_postcode(normal):
        assert is_sector(normal[:-2])
        assert sector == normal[:-2].replace(" ", "")


@pytest.mark.django_db
def test_what_is_too_short_for_a_sector_has_none():
    assert [by_database(text)[1] for text in ("", "E", "8RE")] == [None, None, None]
