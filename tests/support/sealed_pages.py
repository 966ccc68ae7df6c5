"""What the pages answer while bids are sealed, byte by byte."""

import re
from datetime import timedelta

from django.urls import reverse

from tests.bidding.market import BIDDING, at

FOREIGN_PAGES = ("bidding:competition", "bidding:receipts", "bidding:desk", "bidding:confirm", "bidding:new")


MOVING = re.compile(rb'data-server-now="[^"]*"')


def page_bytes(client, member, competition) -> list[tuple[int, bytes]]:
    """What the pages answer to this member, without what is new at each request."""
    client.force_login(member.user)
    urls = [reverse(name, args=[competition.pk]) for name in FOREIGN_PAGES]
    urls += [reverse("bidding:list"), reverse("bidding:decisions"), reverse("competitions:list"), "/jobs/"]
    urls.append(reverse("competitions:competition", args=[competition.ref]))
    with at(BIDDING + timedelta(minutes=5)):
        answers = [client.get(url) for url in urls]
    return [(each.status_code, MOVING.sub(b"", each.content.replace(csrf_of(each), b""))) for each in answers]


def csrf_of(answer) -> bytes:
    token = (answer.context or {}).get("csrf_token") if answer.context else None
    return str(token).encode() if token else b"\0"
