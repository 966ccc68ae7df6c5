"""What becomes of a notification's mail, and the steps allowed between."""

from django.db.models import TextChoices


class MailState(TextChoices):
    WAITING = "waiting", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    SENT = "sent", "Sent"
    GIVEN_UP = "given_up", "Given up"
    LAPSED = "lapsed", "No longer worth sending"
    UNWANTED = "unwanted", "Not wanted by email"


# A mail that is being sent is taken up again when its worker died; an admin may have one sent again.
MAIL_TRANSITIONS: dict[MailState, frozenset[MailState]] = {
    MailState.WAITING: frozenset({MailState.SENDING, MailState.UNWANTED}),
    MailState.SENDING: frozenset(
        {
            MailState.SENDING,
            MailState.SENT,
            MailState.WAITING,
            MailState.GIVEN_UP,
            MailState.LAPSED,
            MailState.UNWANTED,
        }
    ),
    MailState.SENT: frozenset({MailState.WAITING}),
    MailState.GIVEN_UP: frozenset({MailState.WAITING}),
    MailState.LAPSED: frozenset(),
    MailState.UNWANTED: frozenset(),
}
