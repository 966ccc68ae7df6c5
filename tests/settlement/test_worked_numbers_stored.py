"""The same worked numbers, each case kept as rows of the database and measured by what production measures them with."""

import pytest

from tests.settlement import test_worked_numbers as worked
from tests.settlement.stored_case import settled_from_the_database
from tests.settlement.test_worked_numbers import *  # noqa: F403  (each of its tests is one here)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def from_the_database(monkeypatch):
    monkeypatch.setattr(worked, "settled", settled_from_the_database)
