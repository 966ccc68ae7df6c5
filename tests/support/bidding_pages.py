"""Opening the pages of bidding."""

import re

from django.urls import reverse

from tests.bidding.market import BIDDING, at


def sent(here, *rows, label="1", choice="all", assets=()):
    """What the ballot's form sends; a row is (window number, capacity, price)."""
    data = {"label": label, "choice": choice, "assets": [str(each) for each in assets]}
    for number, (window, capacity, price) in enumerate(rows):
        data |= {
            f"row-{number}-window": str(here.windows[window].pk),
            f"row-{number}-capacity": capacity,
            f"row-{number}-run_time": "2:00",
            f"row-{number}-utilisation_price": price,
        }
    return data


def post(client, member, name, data, *arguments, now=BIDDING):
    client.force_login(member.user)
    with at(now):
        return client.post(reverse(f"bidding:{name}", args=arguments), data, follow=True)


def get(client, member, name, *arguments, now=BIDDING):
    client.force_login(member.user)
    with at(now):
        return client.get(reverse(f"bidding:{name}", args=arguments))


def text_of(page) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))
