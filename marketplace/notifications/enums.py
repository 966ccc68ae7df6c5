"""What becomes of a notification's mail, and the steps allowed between."""

from marketplace.deliveries.enums import DeliveryState

# A mail that is being sent is taken up again when its worker died; an admin may have one sent again.
MAIL_TRANSITIONS: dict[DeliveryState, frozenset[DeliveryState]] = {
    DeliveryState.WAITING: frozenset({DeliveryState.SENDING, DeliveryState.UNWANTED}),
    DeliveryState.SENDING: frozenset(
        {
            DeliveryState.SENDING,
            DeliveryState.SENT,
            DeliveryState.WAITING,
            DeliveryState.GIVEN_UP,
            DeliveryState.LAPSED,
            DeliveryState.UNWANTED,
        }
    ),
    DeliveryState.SENT: frozenset({DeliveryState.WAITING}),
    DeliveryState.GIVEN_UP: frozenset({DeliveryState.WAITING}),
    DeliveryState.LAPSED: frozenset(),
    DeliveryState.UNWANTED: frozenset(),
}
