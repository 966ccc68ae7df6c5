"""The role Operations: who has it from the day it exists."""

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from accounts.models import Invitation
from tests.qualification import market

pytestmark = pytest.mark.django_db


def test_every_holder_of_contracts_gets_operations_and_nobody_else():
    operator = market.operator()
    holder = market.member(operator, roles=("contracts", "bids"))
    other = market.member(operator, roles=("procurement",))
    both = market.member(operator, roles=("contracts", "operations"))
    asked = Invitation.objects.create(
        organisation=operator, email="new@example.org", roles=["contracts"], sent_at=timezone.now()
    )
    import_module("accounts.migrations.0008_operations_role").give_operations(
        apps, connection.schema_editor()
    )
    for each in (holder, other, both, asked):
        each.refresh_from_db()
    assert holder.roles == ["contracts", "bids", "operations"]
    assert other.roles == ["procurement"]
    assert both.roles == ["contracts", "operations"]
    assert asked.roles == ["contracts", "operations"]
