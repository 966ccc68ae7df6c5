"""What other apps hear of competitions; sent inside the transaction that makes the change."""

from django.dispatch import Signal

competitions_published = Signal()
"""Their publication has come and assets are judged in them; sent once of each: ``competitions``, ``now``."""

competition_changing = Signal()
"""About to change: ``competition_ids``, ``now``. Whoever must keep the state before does so now."""

competition_changed = Signal()
"""Created or changed: ``competition_ids``, ``now``."""

competition_edited = Signal()
"""What its operator changed: ``competition``, ``changes`` (field key, before, after), ``now``."""

competition_cancelled = Signal()
"""Cancelled with its reason: ``competition``, ``now``."""

question_answered = Signal()
"""An answer is published: ``question``, ``now``."""
