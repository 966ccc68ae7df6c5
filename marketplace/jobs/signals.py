"""What jobs tell the apps above them."""

from django.dispatch import Signal

job_ended = Signal()
"""Sent in the transaction that ends a job. Keyword arguments: ``job``, ``to`` (its last state), ``now``."""
