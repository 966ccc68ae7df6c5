"""The pages of webhooks: the form of one, and the log of what was sent to it."""

import json
from datetime import datetime
from typing import Any

from django import forms

from api.enums import WebhookKind
from api.models import WebhookDelivery, WebhookEndpoint
from marketplace.deliveries.enums import DeliveryState
from marketplace.web.figures import pill_html
from marketplace.web.lists import Column, List, MomentColumn

KINDS = [(each.value, f"{each.label} ({each.value})") for each in WebhookKind if each != WebhookKind.PING]
COLOURS: dict[str, str] = {
    DeliveryState.SENT: "green",
    DeliveryState.WAITING: "amber",
    DeliveryState.SENDING: "amber",
    DeliveryState.GIVEN_UP: "red",
}
WORDS: dict[str, str] = {
    DeliveryState.SENT: "Taken",
    DeliveryState.WAITING: "Waits",
    DeliveryState.SENDING: "Being sent",
    DeliveryState.GIVEN_UP: "Given up",
    DeliveryState.LAPSED: "Too late to send",
    DeliveryState.UNWANTED: "Not sent: switched off",
}
TO_COME = (DeliveryState.WAITING, DeliveryState.SENDING)


class WebhookForm(forms.Form):
    """Where to post, and what."""

    url = forms.CharField(
        label="Address",
        max_length=500,
        widget=forms.URLInput,
        help_text="An https address of the public Internet that takes a POST, for example"
        " https://desk.example.com/hooks. It is called as it is: redirects are not followed.",
    )
    kinds = forms.MultipleChoiceField(
        label="What is posted",
        choices=KINDS,
        widget=forms.CheckboxSelectMultiple,
        help_text="Only what concerns your own organisation.",
    )

    @classmethod
    def of(cls, endpoint: WebhookEndpoint) -> "WebhookForm":
        """The form with what the webhook has now."""
        return cls(initial={"url": endpoint.url, "kinds": endpoint.kinds})


class ReplayForm(forms.Form):
    """From when on all is to be sent once more."""

    hours = forms.TypedChoiceField(
        label="Send again what happened in",
        coerce=int,
        choices=[
            (1, "the last hour"),
            (24, "the last 24 hours"),
            (168, "the last 7 days"),
            (720, "the last 30 days"),
        ],
    )


class StateColumn(Column):
    """A column of what became of deliveries."""

    def render(self, record: WebhookDelivery) -> str:
        """A word in its colour."""
        return pill_html(*state_of(record))


class AnswerColumn(Column):
    """A column of what was answered last."""

    def render(self, record: WebhookDelivery) -> str:
        """The status and how long it took, or why there is none."""
        return answer_of(record)


class DeliveryList(List):
    """What a webhook was sent, the last first."""

    caption, nouns, file_name = "Deliveries", ("delivery", "deliveries"), "webhook-deliveries"
    css = "tbl is-tight rows-phone is-lines"

    kind = Column("What", accessor="kind", phone="wide")
    at = MomentColumn("Happened", accessor="at")
    state = StateColumn("State", accessor="state", text=lambda row: state_of(row)[0])
    tries = Column("Tries", accessor="attempts", number=True)
    answer = AnswerColumn("Last answer", accessor="tries", css="cut", text=lambda row: answer_of(row))
    message = Column("Message id", accessor="message_id", hidden=True)
    replay = Column("Send again", unseen=True)


def state_of(delivery: WebhookDelivery) -> tuple[str, str]:
    """What became of a delivery, in words, and the colour of that."""
    return WORDS[delivery.state], COLOURS.get(delivery.state, "")


def answer_of(delivery: WebhookDelivery) -> str:
    """What the last try was answered, in few words."""
    tried = list(delivery.tries.all())
    if not tried:
        return "–"
    last = tried[-1]
    return f"{last.status} in {last.milliseconds} ms" if last.status is not None else last.said


def shown(delivery: WebhookDelivery) -> dict[str, Any]:
    """A delivery as its page shows it."""
    words, colour = state_of(delivery)
    waits = delivery.state in TO_COME
    next_try: datetime | None = delivery.next_try_at if waits else None
    return {
        "delivery": delivery,
        "state": words,
        "colour": colour,
        "next_try": next_try,
        "body": json.dumps(json.loads(delivery.body), ensure_ascii=False, indent=2),
        "tries": list(delivery.tries.all()),
    }
