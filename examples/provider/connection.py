"""The connection to the marketplace: token, retries, pages of lists, and refusals as sentences."""

import base64
import http.client
import json
import random
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

TRIES = 6
TIMEOUT_SECONDS = 60
LONGEST_PAUSE = 60.0
LONGEST_PAGE = 500
PLAIN = (("http", "127.0.0.1"), ("http", "localhost"))
"""Where secrets may go without encryption: they stay on this machine."""
UNAUTHORIZED = 401
STILL_RUNNING = 409
"""The first request with this Idempotency-Key is being worked on; Retry-After says when to ask again."""
WORTH_A_RETRY = (429, 502, 503, 504)


class Problem(Exception):
    """A refusal. ``code`` is stable: branch on it; the text is for people."""

    def __init__(self, status: int, told: dict[str, Any], request_id: str = "") -> None:
        self.status, self.told, self.request_id = status, told, request_id
        self.code = str(told.get("code") or told.get("error") or status)
        self.errors: list[dict[str, str]] = told.get("errors", [])
        super().__init__(self.sentences())

    def sentences(self) -> str:
        """The sentence for people, then every place that is wrong, each on its line."""
        detail = self.told.get("detail") or self.told.get("error_description") or "No reason was told."
        lines = [f"{detail} [{self.code}]"]
        lines += [f"  {each['pointer'] or 'all of it'}: {each['detail']}" for each in self.errors]
        if self.request_id:
            lines.append(f"  (request {self.request_id}: tell it to support)")
        return "\n".join(lines)


class Marketplace:
    """Requests to the API under ``site``, with a token that is renewed when it is over.

    Every request may be sent again without harm: GET changes nothing, PUT makes the thing what is sent, and a POST
    carries an Idempotency-Key, so that what was done but not answered is not done twice.
    """

    def __init__(self, site: str, client_id: str, client_secret: str) -> None:
        host = urllib.parse.urlsplit(site)
        if host.scheme != "https" and (host.scheme, host.hostname) not in PLAIN:
            raise ValueError(
                "The site begins with https://, so that nobody reads secret and token on the way."
            )
        self.site = site.rstrip("/")
        self._credentials = client_id, client_secret
        self._token = ""

    def get(self, path: str, **query: Any) -> Any:
        """What is at the address; ``query`` without the values that are None."""
        asked = {name: value for name, value in query.items() if value is not None}
        return self._send("GET", f"{path}?{urllib.parse.urlencode(asked)}" if asked else path)

    def put(self, path: str, body: Any) -> Any:
        """Make what is at the address what is sent."""
        return self._send("PUT", path, body)

    def post(self, path: str, body: Any = None) -> Any:
        """Do something once, however often it has to be sent."""
        return self._send("POST", path, body or {}, {"Idempotency-Key": str(uuid.uuid4())})

    def items(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Everything in a list, page by page."""
        cursor = None
        while True:
            page = self.get(path, cursor=cursor, limit=LONGEST_PAGE, **query)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def _send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """Send until it is answered. Raises :class:`Problem` for a refusal, OSError if no answer came at all."""
        data = None if body is None else json.dumps(body).encode()
        may_renew = True
        for attempt in range(1, TRIES + 1):
            try:
                self._get_token()
                sent = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
                asked = urllib.request.Request(
                    f"{self.site}/api/v1{path}", data, sent | (headers or {}), method=method
                )
                with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:
                    return json.load(answer)
            except urllib.error.HTTPError as error:
                wait = error.headers.get("Retry-After")
                is_token_over = error.code == UNAUTHORIZED and bool(self._token) and may_renew
                may_repeat = error.code in WORTH_A_RETRY or (error.code == STILL_RUNNING and wait)
                if attempt == TRIES or not (is_token_over or may_repeat):
                    raise _problem_of(error) from None
                if is_token_over:
                    self._token, may_renew = "", False
                else:
                    time.sleep(float(wait) if wait else _pause(attempt))
            except (OSError, http.client.HTTPException):
                if attempt == TRIES:
                    raise
                time.sleep(_pause(attempt))
        raise AssertionError("The last try returns or raises.")

    def _get_token(self) -> None:
        """Get a token unless one is at hand."""
        if self._token:
            return
        pair = ":".join(urllib.parse.quote_plus(each) for each in self._credentials)
        asked = urllib.request.Request(
            f"{self.site}/oauth/token",
            b"grant_type=client_credentials",
            {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()},
        )
        with urllib.request.urlopen(asked, timeout=TIMEOUT_SECONDS) as answer:
            self._token = json.load(answer)["access_token"]


def _problem_of(error: urllib.error.HTTPError) -> Problem:
    try:
        told = json.load(error)
    except ValueError:
        told = {"detail": f"{error.code} {error.reason}"}
    return Problem(error.code, told, error.headers.get("X-Request-ID", ""))


def _pause(attempt: int) -> float:
    """Seconds before the next try: doubled each time, a little different in each program."""
    return min(LONGEST_PAUSE, 2.0**attempt) * random.uniform(0.5, 1)
