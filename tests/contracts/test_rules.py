"""What a contract takes in which state: the rule alone, without a database."""

import pytest

from contracts.enums import ContractStatus
from contracts.models import Contract
from contracts.rules import MOST_DOCUMENTS, check_takes_documents
from marketplace.errors import Refused


def test_a_contract_takes_documents_up_to_the_limit():
    for status in set(ContractStatus.values) - {ContractStatus.WITHDRAWN}:
        check_takes_documents(Contract(status=status), MOST_DOCUMENTS - 1)
        with pytest.raises(Refused, match=f"at most {MOST_DOCUMENTS} documents"):
            check_takes_documents(Contract(status=status), MOST_DOCUMENTS)


def test_a_withdrawn_contract_takes_none():
    with pytest.raises(Refused, match="withdrawn, so no document"):
        check_takes_documents(Contract(status=ContractStatus.WITHDRAWN), 0)
