"""The steps of an application to a DPS, each as a member takes it."""

from qualification.domain.dps import applications as applications
from qualification.domain.dps import decisions as decisions
from qualification.enums import ApplicationState
from tests.qualification.dps import NOW


def submit(by, application):
    applications.submit_application(by=by, application=application, now=NOW)


def withdraw(by, application):
    applications.withdraw_application(by=by, application=application, now=NOW)


def approve(by, application):
    decisions.approve_application(by=by, application=application, now=NOW)


def reject(by, application):
    decisions.reject_application(by=by, application=application, reason="No cover.", now=NOW)


def revoke(by, application):
    decisions.revoke_approval(by=by, application=application, reason="Cover lapsed.", now=NOW)


STEPS = {
    ApplicationState.PENDING: (submit, "seller", "DPS application submitted"),
    ApplicationState.WITHDRAWN: (withdraw, "seller", "DPS application withdrawn"),
    ApplicationState.APPROVED: (approve, "buyer", "DPS application approved"),
    ApplicationState.REJECTED: (reject, "buyer", "DPS application rejected"),
    ApplicationState.REVOKED: (revoke, "buyer", "DPS approval revoked"),
}
"""What brings an application into a state: by whose side, and what the log calls it."""
