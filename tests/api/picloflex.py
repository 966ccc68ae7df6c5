"""A client in the reference platform's shapes, written as public ones are."""

import json

from django.test import Client

from accounts.domain.clients import ClientTerms, create_client
from accounts.enums import Scope
from marketplace import clock
from tests.api.programs import ROLES


class PicloClient:
    """Fetches a token when it needs one, and once again when it is told that it is over."""

    def __init__(self, member, scopes=tuple(Scope.values), roles=ROLES, name="Piclo client"):
        made = create_client(by=member, terms=ClientTerms(name, roles, scopes, ()), now=clock.now())
        self.id, self.key, self.token, self.fetched = made.client.pk, made.text, None, 0

    def fetch(self):
        answer = Client().post(
            "/picloflex/authtoken/v1/",
            json.dumps({"client_id": self.id, "api_key": self.key}),
            content_type="application/json",
        )
        assert answer.status_code == 200, answer.content
        self.token, self.fetched = answer.json()["token"], self.fetched + 1

    def ask(self, method, path, body=None):
        for _ in range(2):
            if self.token is None:
                self.fetch()
            options = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
            headers = {"Authorization": f"Bearer {self.token}"}
            browser = Client(raise_request_exception=False)
            answer = getattr(browser, method)(f"/picloflex{path}", headers=headers, **options)
            if answer.status_code != 401:
                return answer
            self.token = None
        return answer


def bid_of(of, **more):
    return {
        "service_window_id": str(of.windows[0].pk),
        "capacity": "0.5",
        "max_runtime": "02:00:00",
        "rates": [{"type": "utilisation", "value": "111.10"}],
    } | more
