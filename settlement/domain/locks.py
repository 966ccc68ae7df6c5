"""The lock of a statement, the same for everything that its parties do with it."""

from marketplace.audit.chain import lock_chains
from settlement.models import Statement


def lock_statement(statement: Statement) -> None:
    """Lock both parties' logs and the statement until the transaction ends, in this order."""
    lock_chains([statement.contract.buyer_id, statement.contract.seller_id])
    Statement.objects.select_for_update().get(pk=statement.pk)
