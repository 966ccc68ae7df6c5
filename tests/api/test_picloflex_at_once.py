"""Ballots that two requests of one program place at once, in the reference platform's shapes."""

import threading

import pytest
from django.db import connection

from bidding.models import Ballot
from marketplace import clock
from tests.api.picloflex import PicloClient, bid_of
from tests.bidding import market as bidding


@pytest.mark.django_db(transaction=True)
def test_two_ballots_at_once_are_two():
    of = bidding.market()
    with clock.set_to(bidding.BIDDING):
        client = PicloClient(of.north)
        client.fetch()
    address = f"/bids/v1/competitions/{of.competition.pk}/ballots/"
    answers = []

    def place(asset):
        with clock.set_to(bidding.BIDDING):
            body = {"bids": [bid_of(of)], "assets": {"flex": [str(of.assets[asset].pk)], "planned": []}}
            answers.append(client.ask("post", address, body))
        connection.close()

    threads = [threading.Thread(target=place, args=(each,)) for each in ("N1", "N2")]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(Ballot.objects.values_list("label", flat=True)) == sorted(
        f"API-{number}" for number in range(1, 1 + sum(each.status_code == 201 for each in answers))
    )
    assert any(each.status_code == 201 for each in answers), [each.content for each in answers]
