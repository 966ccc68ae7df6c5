"""What people are told: a list on the site and a mail, each once, with a link to the page that it speaks of.

Apps keep their kinds (:class:`Kind`) beside the words, in ``KINDS`` of the module, which an ``integration`` module
declares. They call ``actions.notify`` or ``actions.notify_many`` in the transaction of what happened; workers send
the mails. The words of this chain are in ``docs/glossary.md``.
"""

from marketplace.notifications.kinds import Kind, Message, declare

__all__ = ["Kind", "Message", "declare"]
