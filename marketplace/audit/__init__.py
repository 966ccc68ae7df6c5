"""The hash-chained log: every change of business data appends an entry in the transaction that makes the
change.

Write with :mod:`marketplace.audit.chain`, read with :mod:`marketplace.audit.queries`.
"""
