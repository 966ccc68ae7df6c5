"""The settlement terms of a contract, for its page."""

from competitions.presenters.settlement_terms import TermsShown, shown_terms
from contracts.models import Contract


def shown_of(contract: Contract) -> TermsShown | None:
    """The terms as they were copied into the contract, with its own price; None where it has none."""
    if contract.terms_version is None or contract.terms is None:
        return None
    currency = contract.buyer.currency
    return shown_terms(contract.terms_version, contract.terms, contract.utilisation_price, currency)
