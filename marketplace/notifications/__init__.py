"""What people are told: a list on the site and a mail, each once, with a link to the page that it speaks of.

Use it as ``from marketplace import notifications``. Apps declare kinds (:class:`Kind`) in ``AppConfig.ready()`` and
call :func:`notify` or :func:`notify_many` in the transaction of what happened; workers send the mails. Names that need
the models load on first use, since Django imports this package before the models exist.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from marketplace.notifications.kinds import Kind, Notice, declare

if TYPE_CHECKING:
    from marketplace.notifications.actions import notify, notify_many
    from marketplace.notifications.occasions import Due, tell_due

__all__ = ["Due", "Kind", "Notice", "declare", "notify", "notify_many", "tell_due"]

_HOME = {"notify": "actions", "notify_many": "actions", "Due": "occasions", "tell_due": "occasions"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
