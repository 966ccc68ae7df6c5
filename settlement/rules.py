"""Who may do what with statements and documents, and when."""

from datetime import datetime

from accounts.enums import Role
from accounts.models import Member, Organisation
from contracts.models import Contract
from marketplace.errors import NotAllowed, Refused
from settlement.enums import VersionState
from settlement.models import Document, SelfBillingAgreement, StatementVersion


def can_run(by: Member | None) -> bool:
    """Whether the member runs and finalises statements of its operator."""
    return by is not None and by.is_so and by.holds(Role.CONTRACTS)


def check_may_run(by: Member, buyers: set[object] | None = None) -> None:
    """Raise ``NotAllowed`` for who may not run or finalise statements of these buyers."""
    if not can_run(by) or any(each != by.organisation_id for each in buyers or ()):
        raise NotAllowed(
            "Statements are run and made final by the buying operator's members with the role Contracts."
        )


def check_month_is_over(is_over: bool, month_name: str) -> None:
    """Statements of a month are made from the first of the next month on."""
    if not is_over:
        raise Refused(
            f"{month_name} is not over: its statements are made from the first of the next month on."
        )


def can_dispute(by: Member | None, version: StatementVersion, now: datetime) -> bool:
    """Whether the member may dispute lines of the version now."""
    return _disputes_for(by, version.statement.contract) and not why_not_disputable(version, now)


def check_may_dispute(by: Member, version: StatementVersion, now: datetime) -> None:
    """Raise ``NotAllowed`` for who may not, ``Refused`` for when it is too late or the version is no longer the newest."""
    if not _disputes_for(by, version.statement.contract):
        raise NotAllowed("Lines are disputed by the selling provider's members with the role Contracts.")
    refusal = why_not_disputable(version, now)
    if refusal:
        raise Refused(refusal)


def _disputes_for(by: Member | None, contract: Contract) -> bool:
    return (
        by is not None and by.is_fsp and by.organisation_id == contract.seller_id and by.holds(Role.CONTRACTS)
    )


def why_not_disputable(version: StatementVersion, now: datetime) -> str:
    """The sentence that keeps the version from being disputed; empty when nothing does."""
    if version.statement.current_id != version.pk:
        return "There is a newer version of this statement: look at it, and dispute its lines."
    if version.state == VersionState.FINAL:
        return "This statement is final, so its lines can't be disputed."
    if now >= version.dispute_until:
        return "The time to dispute this version is over."
    if version.agreed_at is not None:
        return "Your organisation agreed to this version, so its lines can't be disputed."
    return ""


def can_agree(by: Member | None, version: StatementVersion) -> bool:
    """Whether the member may agree to the version now."""
    return _disputes_for(by, version.statement.contract) and not why_not_agreeable(version)


def check_may_agree(by: Member, version: StatementVersion) -> None:
    """Raise ``NotAllowed`` for who may not agree, ``Refused`` for a version that can't be agreed to any more."""
    if not _disputes_for(by, version.statement.contract):
        raise NotAllowed("The selling provider's members with the role Contracts agree to a statement.")
    refusal = why_not_agreeable(version)
    if refusal:
        raise Refused(refusal)


def why_not_agreeable(version: StatementVersion) -> str:
    """The sentence that keeps the provider from agreeing to the version; empty when nothing does."""
    if version.agreed_at is not None:
        return "Your organisation agreed to this version already."
    return why_not_final(version)


def may_still_be_disputed(version: StatementVersion, now: datetime) -> bool:
    """Whether the provider has time left to dispute a version to which it has not agreed."""
    return version.agreed_at is None and now < version.dispute_until


def check_may_answer(by: Member, buyer: Organisation) -> None:
    """Raise ``NotAllowed`` for who may not answer a dispute with this buyer."""
    if not can_run(by) or by.organisation_id != buyer.pk:
        raise NotAllowed("Disputes are answered by the buying operator's members with the role Contracts.")


def why_not_final(version: StatementVersion) -> str:
    """The sentence that keeps a version from being made final; empty when nothing does."""
    if version.statement.current_id != version.pk:
        return "There is a newer version since your page was made."
    if version.state == VersionState.FINAL:
        return "It is final already."
    if version.state == VersionState.DISPUTED:
        return "A dispute is open: answer it first."
    return ""


def check_may_invoice(by: Member) -> None:
    """Only an operator's members with the Contracts role make documents, take them back and mark them paid."""
    if not can_invoice(by):
        raise NotAllowed("Only members of a system operator with the Contracts role make invoice data.")


def can_invoice(by: Member) -> bool:
    return by.is_so and by.holds(Role.CONTRACTS)


def check_own_document(by: Member, document: Document) -> None:
    """Only the buyer of a document does anything with it."""
    check_may_invoice(by)
    if by.organisation_id != document.buyer_id:
        raise NotAllowed("Your organisation has no such document.")


def check_may_answer_agreement(by: Member, agreement: SelfBillingAgreement) -> None:
    """Only the seller's members with the Contracts role accept or decline an agreement."""
    if not (by.is_fsp and by.organisation_id == agreement.seller_id and by.holds(Role.CONTRACTS)):
        raise NotAllowed(
            "Only members of the provider with the Contracts role answer a self-billing agreement."
        )


def check_party_of(by: Member, agreement: SelfBillingAgreement) -> None:
    """Both parties' members with the Contracts role may end an agreement."""
    is_party = by.organisation_id in (agreement.buyer_id, agreement.seller_id)
    if not (is_party and by.holds(Role.CONTRACTS)):
        raise NotAllowed("Only members of the two parties with the Contracts role end their agreement.")
