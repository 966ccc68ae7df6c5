"""How an operator decides: whether confirming takes two people, how long contracts wait to be signed, who is
named."""

from datetime import datetime

from django.db import transaction

from accounts.domain.queries import team_of
from accounts.enums import Role
from accounts.models import Member, Organisation
from bidding import rules
from bidding.domain.results.bidder_disclosure import names_now, set_naming
from bidding.models import DecisionPolicy
from marketplace.audit.chain import record
from marketplace.errors import Refused


def policy_of(operator: Organisation) -> DecisionPolicy:
    """The operator's policy; where none was ever set, the defaults, not saved."""
    return DecisionPolicy.objects.filter(operator=operator).first() or DecisionPolicy(operator=operator)


def change_policy(
    *,
    by: Member,
    four_eyes: bool,
    standstill_days: int,
    now: datetime,
    names_published: bool | None = None,
    dispatch_needs_signature: bool | None = None,
) -> DecisionPolicy:
    """Set the policy of the member's own organisation; None leaves the rule on names, or on signatures, as it is.

    A competition whose bidding closed under two people keeps that rule, so that nobody lifts it for one
    competition. Raises ``NotAllowed`` without the role, ``Refused`` when two people are asked for but fewer
    hold the Bids role.
    """
    rules.check_may_change_policy(by)
    with transaction.atomic():
        operator = Organisation.objects.select_for_update().get(pk=by.organisation_id)
        policy = policy_of(operator)
        if names_published is not None and names_published != names_now(operator):
            set_naming(by=by, operator=operator, names_published=names_published)
        before = (policy.four_eyes, policy.standstill_days, policy.dispatch_needs_signature)
        signature = before[2] if dispatch_needs_signature is None else dispatch_needs_signature
        if four_eyes and not policy.four_eyes and _deciders(by) < 2:
            raise Refused("Two people can confirm only if at least two active members hold the Bids role.")
        if before == (four_eyes, standstill_days, signature):
            return policy
        policy.four_eyes, policy.standstill_days = four_eyes, standstill_days
        policy.dispatch_needs_signature = signature
        policy.full_clean(validate_unique=False)
        policy.save()
        record(
            organisation_id=operator.pk,
            by=by,
            action="decision policy changed",
            subject=policy,
            changes={
                "four_eyes": (before[0], four_eyes),
                "standstill_days": (before[1], standstill_days),
                "dispatch_needs_signature": (before[2], signature),
            },
            now=now,
        )
    return policy


def _deciders(by: Member) -> int:
    return team_of(by).filter(is_active=True, user__is_active=True, roles__contains=[Role.BIDS]).count()
