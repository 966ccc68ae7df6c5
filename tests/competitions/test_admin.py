import pytest

from accounts.models import User
from competitions.models import Competition, PurchasingSystem
from marketplace.audit.models import AuditEntry
from tests.accounts.people import operator, provider, signed_in
from tests.support.log import actor_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin():
    return signed_in(User.objects.create_superuser("admin@platform.example", "correct horse battery"))


def test_an_admin_sets_up_a_dps_and_the_operator_can_read_who_did(admin):
    buyer = operator().organisation
    values = {"operator": buyer.pk, "reference": "flex_2026", "name": "Flexibility 2026", "is_open": "on"}
    answer = admin.post("/admin/competitions/purchasingsystem/add/", values)
    assert answer.status_code == 302
    assert PurchasingSystem.objects.get().operator == buyer
    entry = AuditEntry.objects.get(organisation_id=buyer.pk, subject_type__icontains="purchasingsystem")
    assert actor_of(entry) == "admin@platform.example"


def test_a_dps_belongs_to_an_operator(admin):
    seller = provider().organisation
    values = {"operator": seller.pk, "reference": "flex_2026", "name": "Flexibility 2026"}
    answer = admin.post("/admin/competitions/purchasingsystem/add/", values)
    assert "Select a valid choice" in answer.content.decode()
    assert not PurchasingSystem.objects.exists()


def test_competitions_can_only_be_looked_at(admin):
    assert admin.get("/admin/competitions/competition/").status_code == 200
    assert admin.get("/admin/competitions/competition/add/").status_code == 403
    assert not Competition.objects.exists()
