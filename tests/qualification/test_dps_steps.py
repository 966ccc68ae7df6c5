"""Applications to a DPS: every step from every state by everybody."""

from copy import deepcopy
from itertools import product

import pytest

from accounts.enums import Role
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.dps import applications as applications
from qualification.domain.dps import decisions as decisions
from qualification.enums import APPLICATION_TRANSITIONS, ApplicationState
from qualification.models import DpsApplication
from tests.qualification import dps, market
from tests.qualification.dps import NOW
from tests.qualification.dps_steps import STEPS
from tests.support.log import actor_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def once(module_database):
    """For each state the people of both sides and an application between them in that state."""
    with run_jobs_inline(), clock.set_to(NOW):
        scenes = {state: dps.scene() for state in ApplicationState}
        return {state: (of, dps.in_state(of, state)) for state, of in scenes.items()}


@pytest.fixture
def of(once):
    with run_jobs_inline(), clock.set_to(NOW):
        yield lambda state: deepcopy(once[state])


PEOPLE = ["seller", "seller without the role", "buyer", "buyer without the role", "rival", "other operator"]


def person(of, who):
    others = (Role.BIDS, Role.CONTRACTS, Role.ACCOUNT)
    return {
        "seller": lambda: of.seller,
        "seller without the role": lambda: market.member(of.seller.organisation, roles=others),
        "buyer": lambda: of.buyer,
        "buyer without the role": lambda: market.member(of.buyer.organisation, roles=others),
        "rival": lambda: market.member(market.provider()),
        "other operator": lambda: market.member(market.operator()),
    }[who]()


@pytest.mark.parametrize(("source", "to"), list(product(ApplicationState, STEPS)))
@pytest.mark.parametrize("who", PEOPLE)
def test_every_step_from_every_state_by_everybody(of, source, to, who):
    of, application = of(source)
    act, whose, action = STEPS[to]
    by = person(of, who)
    before = set(AuditEntry.objects.values_list("pk", flat=True))
    if who == whose and to in APPLICATION_TRANSITIONS[source]:
        act(by, application)
        made = AuditEntry.objects.exclude(pk__in=before)
        assert {each.organisation_id for each in made} == {
            of.buyer.organisation_id,
            of.seller.organisation_id,
        }
        assert [(each.action, each.changes["state"]) for each in made] == [
            (action, [source.value, to.value])
        ] * 2
        assert {actor_of(each) for each in made} == {by.email}
    elif who == whose and source == to == ApplicationState.PENDING:
        act(by, application)  # the same click again
        assert AuditEntry.objects.count() == len(before)
    else:
        with pytest.raises(Refused if who == whose else NotAllowed):
            act(by, application)
        assert AuditEntry.objects.count() == len(before)
    now_in = DpsApplication.objects.get(pk=application.pk).state
    assert now_in == (to if who == whose and to in APPLICATION_TRANSITIONS[source] else source)
