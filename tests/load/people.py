"""The locustfile: staff of operators, desks of providers and the public, each opening what such people open.

Each thinks for 3 to 8 seconds between two pages, and has an address of its own as a proxy would tell it. A page that
answers anything but what it should is a failure; so is a redirect to signing in.
"""

import csv
import itertools
import json
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from locust import FastHttpUser, between, events, task

SCENE: dict[str, Any] = json.loads(Path(os.environ["LOAD_SCENE"]).read_text())
PASSWORD = "a long password"
LAST_MINUTES = 120
"""Bidders bid again and again from so many seconds before the close."""

BALLOT = re.compile(r"/bidding/ballots/([0-9a-f-]{36})/")
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_numbers = itertools.count(1)
_staff, _desks = iter(SCENE["staff"]), iter(SCENE["desks"])
_asked: list[tuple[float, str, float, int, str]] = []


@events.request.add_listener
def _note(
    request_type: str, name: str, response_time: float, response: Any, exception: Any, **told: Any
) -> None:
    status = getattr(response, "status_code", 0) or 0
    _asked.append(
        (time.time(), name, response_time, status, "" if exception is None else str(exception)[:200])
    )


@events.quitting.add_listener
def _write(environment: Any, **told: Any) -> None:
    with Path(os.environ["LOAD_ASKED"]).open("w", newline="") as file:
        csv.writer(file).writerows(_asked)


class Person(FastHttpUser):
    """Somebody at a browser, behind the proxy that ends TLS."""

    abstract = True
    wait_time = between(3, 8)
    connection_timeout = network_timeout = 60.0
    who = ""

    def on_start(self) -> None:
        self.draw = random.Random(next(_numbers))
        number = next(_numbers)
        self.headers = {
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": f"10.{number // 60_000}.{number // 250 % 240}.{number % 250 + 1}",
            "Referer": self.environment.host.replace("http:", "https:") + "/",
            "Accept-Encoding": "gzip",
        }

    def opens(self, name: str, path: str, expected: tuple[int, ...] = (200,)) -> str:
        """The page's text; empty where it failed."""
        with self._asked("GET", name, path, expected) as answer:
            return answer.text or ""

    def sends(
        self, name: str, path: str, fields: dict[str, str], expected: tuple[int, ...] = (200, 302)
    ) -> Any:
        with self._asked("POST", name, path, expected, data=fields) as answer:
            return answer

    @contextmanager
    def _asked(
        self, method: str, name: str, path: str, expected: tuple[int, ...], **more: Any
    ) -> Iterator[Any]:
        told = {"headers": self.headers, "allow_redirects": False, "catch_response": True}
        with self.client.request(method, path, name=f"{self.who}: {name}", **told, **more) as answer:
            location = answer.headers.get("Location", "") if answer.headers else ""
            if answer.status_code not in expected:
                answer.failure(f"{answer.status_code} {location}")
            elif "/accounts/login" in location:
                answer.failure("led to signing in")
            else:
                answer.success()
            yield answer


class Member(Person):
    """Somebody who is signed in already."""

    abstract = True

    def signed_in_as(self, told: dict[str, Any]) -> None:
        self.told, self.cookies = told, {SCENE["cookie"]: told["session"]}
        self._say_cookies()

    def _say_cookies(self) -> None:
        self.headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def one_of(self, things: str) -> str:
        return self.draw.choice(self.told["things"][things] or [""])

    def token_of(self, page: str) -> str:
        """The token of a form of the page, with its cookie kept for sending it."""
        for cookie in self.client.cookiejar:
            if cookie.name == SCENE["csrf_cookie"]:
                self.cookies[cookie.name] = cookie.value
                self._say_cookies()
        found = TOKEN.search(page)
        return found.group(1) if found else ""

    def has_made(self, name: str, kind: str) -> None:
        """Ask for a file, wait until a worker has made it, and fetch it."""
        token = self.token_of(self.opens("the file history", "/jobs/"))
        answer = self.sends(f"{name}, asked for", f"/jobs/make/{kind}/", {"csrfmiddlewaretoken": token})
        path = (answer.headers or {}).get("Location", "")
        began = time.monotonic()
        while path and time.monotonic() - began < 120:
            time.sleep(3)
            shown = self.opens("a file's page", path)
            if f"{path}download/" in shown:
                self.opens(f"{name}, fetched", f"{path}download/")
                return


class Staff(Member):
    """An operator's people: what is bid, why, and what was decided."""

    weight, who = 20, "operator"

    def on_start(self) -> None:
        super().on_start()
        self.signed_in_as(next(_staff))

    @task(6)
    def home(self) -> None:
        self.opens("home", "/")

    @task(5)
    def competitions(self) -> None:
        self.opens("competitions", "/competitions/")

    @task(4)
    def competition(self) -> None:
        self.opens("a competition", f"/competitions/{self.one_of('own')}/")

    @task(5)
    def desk(self) -> None:
        self.opens("decision desk", f"/bidding/decisions/{self.one_of('decided')}/")

    @task(2)
    def what_if(self) -> None:
        self.opens("what if", f"/bidding/decisions/{self.one_of('decided')}/what-if/")

    @task(2)
    def decisions(self) -> None:
        self.opens("decisions", "/bidding/decisions/")

    @task(2)
    def results(self) -> None:
        self.opens("a result", f"/bidding/view-results/{self.one_of('confirmed')}/")

    @task(3)
    def why(self) -> None:
        self.opens("why, of a competition", f"/qualification/competitions/{self.one_of('confirmed')}/why/")

    @task(3)
    def contracts(self) -> None:
        self.opens("contracts", "/contracts/")

    @task(2)
    def contract(self) -> None:
        self.opens("a contract", f"/contracts/{self.one_of('contracts')}/")

    @task(1)
    def contracts_as_a_list(self) -> None:
        self.opens("contracts as CSV", "/contracts/?download=csv")

    @task(1)
    def merit_order(self) -> None:
        self.opens("merit order as CSV", f"/bidding/decisions/{self.one_of('decided')}/merit-order.csv")

    @task(1)
    def log(self) -> None:
        self.opens("audit log", "/audit/")

    @task(1)
    def obligations(self) -> None:
        self.has_made("obligations", "contracts.obligations")


class Desk(Member):
    """A provider's people; one of each bids in the competition of 300 windows."""

    weight, who = 120, "provider"

    def on_start(self) -> None:
        super().on_start()
        self.signed_in_as(next(_desks))
        self.is_bidder = self.told["is_bidder"]

    @task(8)
    def home(self) -> None:
        self.opens("home", "/")

    @task(6)
    def competitions(self) -> None:
        self.opens("competitions", "/competitions/")

    @task(6)
    def competition(self) -> None:
        self.opens("a competition", f"/competitions/{self.draw.choice(SCENE['refs'])}/")

    @task(2)
    def live(self) -> None:
        self.opens("the competition of 300 windows", f"/competitions/{SCENE['live_ref']}/windows/")

    @task(6)
    def assets(self) -> None:
        self.opens("assets", "/qualification/assets/")

    @task(3)
    def asset(self) -> None:
        self.opens("an asset", f"/qualification/assets/{self.one_of('assets')}/")

    @task(3)
    def verdicts(self) -> None:
        self.opens("asset qualification", "/qualification/assets/qualification/")

    @task(2)
    def portfolio(self) -> None:
        self.opens("portfolio", "/qualification/portfolio/")

    @task(3)
    def entries(self) -> None:
        self.opens("entries", "/qualification/entries/")

    @task(4)
    def bids(self) -> None:
        self.opens("bids", "/bidding/")

    @task(3)
    def results(self) -> None:
        self.opens("results", "/bidding/results/")

    @task(3)
    def contracts(self) -> None:
        self.opens("contracts", "/contracts/")

    @task(2)
    def notifications(self) -> None:
        self.opens("notifications", "/notifications/")

    @task(1)
    def search(self) -> None:
        self.opens("search", f"/search/?q=SITE-{self.draw.randrange(100):05}")

    @task(1)
    def assets_as_a_list(self) -> None:
        self.opens("assets as CSV", "/qualification/assets/?download=csv")

    @task(1)
    def obligations(self) -> None:
        self.has_made("obligations", "contracts.obligations")

    @task(1)
    def sign_in(self) -> None:
        """By the page, with the password, in a session of its own."""
        kept, self.cookies = self.cookies, {}
        self._say_cookies()
        token = self.token_of(self.opens("sign-in page", "/accounts/login/"))
        fields = {"login": self.told["email"], "password": PASSWORD, "csrfmiddlewaretoken": token}
        self.sends("signed in", "/accounts/login/", fields, (302,))
        self.cookies = kept
        self._say_cookies()

    @task(4)
    def bid(self) -> None:
        """Look at one's ballots; who bids for the provider checks and places one, or changes it."""
        self.bids_in_live()
        while self.is_bidder and SCENE["close"] - LAST_MINUTES < time.time() < SCENE["close"]:
            self.wait()
            self.bids_in_live()

    def bids_in_live(self) -> None:
        live, left = SCENE["live"], SCENE["close"] - time.time()
        page = self.opens("ballots of 300 windows", f"/bidding/competitions/{live}/")
        if not self.is_bidder or left < 0:
            return
        found = BALLOT.search(page)
        form = f"/bidding/ballots/{found.group(1)}/" if found else f"/bidding/competitions/{live}/new/"
        page = self.opens("ballot form", form, (200, 302))
        place = f"/bidding/competitions/{live}/{found.group(1) if found else 'new'}"
        fields = self._typed(page)
        late = (200, 302) if SCENE["close"] - time.time() > 1 else (200, 302, 403, 404, 409)
        self.sends("ballot checked", f"{place}/check/", fields, late)
        self.wait()
        placed = self.sends("ballot placed", f"{place}/place/", fields, late)
        if "/receipts/" in (placed.headers or {}).get("Location", ""):
            self.environment.events.request.fire(
                request_type="",
                name="(placed)",
                response_time=0,
                response_length=0,
                response=None,
                exception=None,
            )

    def _typed(self, page: str) -> dict[str, str]:
        seen = re.search(r'name="seen" value="([^"]+)"', page)
        fields = {"label": "Main", "choice": "all", "csrfmiddlewaretoken": self.token_of(page)}
        if seen:
            fields["seen"] = seen.group(1)
        is_large = self.told["organisation"] in SCENE["large"]
        for number, window in enumerate(SCENE["windows"] if is_large else SCENE["windows"][:20]):
            fields[f"row-{number}-window"] = window
            fields[f"row-{number}-capacity"] = "0.05"
            fields[f"row-{number}-run_time"] = "2:00"
            fields[f"row-{number}-utilisation_price"] = str(self.draw.randint(100, 300))
        return fields


class Public(Person):
    """Whoever looks without signing in."""

    weight, who = 60, "public"

    @task(6)
    def home(self) -> None:
        self.opens("home", "/")

    @task(6)
    def competitions(self) -> None:
        self.opens("competitions", "/competitions/")

    @task(6)
    def competition(self) -> None:
        self.opens("a competition", f"/competitions/{self.draw.choice(SCENE['refs'])}/")

    @task(2)
    def competition_map(self) -> None:
        self.opens("map of competitions", "/competitions/map.geojson")

    @task(1)
    def workbook(self) -> None:
        self.opens(
            "a competition's workbook", f"/competitions/{self.draw.choice(SCENE['refs'])}/workbook.xlsx"
        )

    @task(3)
    def market_data(self) -> None:
        self.opens("market data", "/market-data/")

    @task(2)
    def public_file(self) -> None:
        self.opens("public file", f"/market-data/{self.draw.choice(SCENE['files'])}")

    @task(2)
    def operator(self) -> None:
        self.opens("an operator", f"/operators/{self.draw.choice(SCENE['codes'])}/")

    @task(1)
    def how_it_works(self) -> None:
        self.opens("how it works", "/how-it-works/")
