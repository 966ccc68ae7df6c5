"""The mail server, as channels of mail use it."""

from contextlib import suppress
from typing import Any

import structlog
from django.core.mail import EmailMessage, get_connection

log = structlog.get_logger(__name__)


class MailServer:
    """One conversation with the server; a new one after each failure."""

    def __init__(self) -> None:
        self._connection: Any = get_connection()

    def is_reachable(self) -> bool:
        """Whether the conversation has begun, or begins now."""
        try:
            self._connection.open()
        except Exception as error:
            log.warning("mail_server_unreachable", error=repr(error))
            return False
        return True

    def send(self, message: EmailMessage) -> None:
        """Send one mail; raises what the server or the network says."""
        try:
            self._connection.send_messages([message])
        except Exception:
            self.close()
            raise

    def close(self) -> None:
        """End the conversation."""
        with suppress(Exception):
            self._connection.close()
