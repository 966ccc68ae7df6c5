"""An operator's DPSs: made under a reference of its own, described, opened and closed."""

import pytest

from competitions.domain.purchasing_systems import (
    close_purchasing_system,
    create_purchasing_system,
    describe_purchasing_system,
    open_purchasing_system,
)
from competitions.models import PurchasingSystem
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from tests.qualification import market

pytestmark = pytest.mark.django_db
NOW = market.DURING


@pytest.fixture
def buyer():
    return market.member(market.operator())


def create(by, reference="flex_2026", name="Flexibility 2026"):
    return create_purchasing_system(by=by, reference=reference, name=name, now=NOW)


@pytest.mark.parametrize("reference", ["", "flex 2026", "a" * 41, "flex/26"])
def test_a_reference_has_up_to_forty_letters_digits_hyphens_and_underscores(buyer, reference):
    with pytest.raises(Refused, match="up to 40 letters, digits"):
        create(buyer, reference)
    assert create(buyer, "a-B_9" * 8).is_open


def test_a_reference_is_taken_in_any_case_by_the_same_operator_alone(buyer):
    create(buyer)
    with pytest.raises(Refused, match="with the reference “FLEX_2026” already"):
        create(buyer, "FLEX_2026")
    create(market.member(market.operator()))
    assert PurchasingSystem.objects.count() == 2


@pytest.mark.parametrize("name", [" ", "n" * 121])
def test_it_has_a_name_of_up_to_a_hundred_and_twenty_characters(buyer, name):
    with pytest.raises(Refused, match="a name of up to 120 characters"):
        create(buyer, name=name)
    assert create(buyer, name="n" * 120).name == "n" * 120


def test_it_is_opened_and_closed_once_each_and_described_only_where_something_changes(buyer):
    system = create(buyer)
    with pytest.raises(Refused, match="flex_2026 is open already"):
        open_purchasing_system(by=buyer, system=system, now=NOW)
    close_purchasing_system(by=buyer, system=system, now=NOW)
    with pytest.raises(Refused, match="flex_2026 is closed already"):
        close_purchasing_system(by=buyer, system=system, now=NOW)
    open_purchasing_system(by=buyer, system=system, now=NOW)
    describe_purchasing_system(by=buyer, system=system, name=" Flexibility 2026 ", description="", now=NOW)
    actions = AuditEntry.objects.filter(action__startswith="DPS").order_by("sequence")
    assert list(actions.values_list("action", flat=True)) == ["DPS created", "DPS closed", "DPS opened"]


def test_nobody_but_its_operators_procurement_touches_it(buyer):
    system = create(buyer)
    rival, mate = market.member(market.operator()), market.member(buyer.organisation, ("bids",))
    with pytest.raises(Refused, match="no such company qualification"):
        close_purchasing_system(by=rival, system=system, now=NOW)
    with pytest.raises(NotAllowed):
        close_purchasing_system(by=mate, system=system, now=NOW)
    with pytest.raises(NotAllowed):
        create(mate, "other")
    system.refresh_from_db()
    assert system.is_open
