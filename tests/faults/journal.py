"""What was asked of the site and how it answered: the player's own account, beside which the database is held."""

import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import requests

TOO_MANY, STILL_RUNNING, NOT_LET_IN = 429, 409, 403
LED_ON, SHOWN_AGAIN = 302, 422
PAUSE_SECONDS = 0.5


@dataclass(frozen=True)
class Line:
    """One request: of which kind, about what, and its answer; without a status it is in doubt."""

    kind: str
    key: Any
    sent_at: datetime
    status: int | None
    body: Any
    seconds: float

    @property
    def is_done(self) -> bool:
        return self.status is not None and self.status < 300

    @property
    def is_refused(self) -> bool:
        return self.status is not None and 400 <= self.status < 500

    @property
    def is_in_doubt(self) -> bool:
        return not self.is_done and not self.is_refused


@dataclass
class Journal:
    """All lines, in the order of their answers; and every page that was an error 500."""

    lines: list[Line] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    answers: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, kind: str) -> list[Line]:
        return [line for line in self.lines if line.kind == kind]

    def done(self, kind: str) -> list[Line]:
        return [line for line in self.of(kind) if line.is_done]


class Asker:
    """Asks as one program, and writes the answers down."""

    def __init__(self, url: str, token: str, journal: Journal, until: threading.Event) -> None:
        self.url, self.token, self.journal, self.until = f"{url}/api/v1", token, journal, until

    def once(self, kind: str, key: Any, method: str, path: str, body: Any = None, **more: Any) -> Line:
        """Ask once, and note what came of it."""
        line = self._asked(kind, key, method, path, body, **more)
        with self.journal.lock:
            self.journal.lines.append(line)
        return line

    def surely(self, kind: str, key: Any, method: str, path: str, body: Any = None, **more: Any) -> Line:
        """Ask again and again, as the same request, until it is done or refused, or the time is over."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        first = datetime.now(UTC)
        while True:
            line = self._asked(kind, key, method, path, body, headers=headers, **more)
            if not line.is_in_doubt and line.status not in (TOO_MANY, STILL_RUNNING):
                break
            if self.until.is_set():
                break
            time.sleep(PAUSE_SECONDS if line.status != TOO_MANY else 5)
        line = Line(kind, key, first, line.status, line.body, line.seconds)
        with self.journal.lock:
            self.journal.lines.append(line)
        return line

    def _asked(self, kind: str, key: Any, method: str, path: str, body: Any = None, **more: Any) -> Line:
        headers = {"Authorization": f"Bearer {self.token}"} | more.pop("headers", {})
        sent, began = datetime.now(UTC), time.monotonic()
        try:
            answer = requests.request(method, self.url + path, json=body, headers=headers, timeout=40, **more)
            told = answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.content
            status: int | None = answer.status_code
        except (requests.RequestException, ValueError):
            status, told = None, None
        with self.journal.lock:
            self.journal.answers[str(status)] += 1
            if status == 500:
                self.journal.broken.append(f"{method} {path}: {str(told)[:200]}")
        return Line(kind, key, sent, status, told, time.monotonic() - began)


def browser() -> requests.Session:
    """Keeps cookies, and no connection: the server may close one just as it is used again, which browsers try anew."""
    session = requests.Session()
    session.headers["Connection"] = "close"
    return session


class Visitor:
    """A person's browser, which asks once and writes the answers down."""

    def __init__(self, url: str, journal: Journal) -> None:
        self.url, self.journal, self.session = url, journal, browser()

    def signs_in(self, key: Any, email: str) -> Line:
        """By the page; it is done when it leads on."""
        page = "/accounts/login/"
        line = self.reads("page", key, page)
        if not line.is_done:
            return line
        told = {"login": email, "password": "a long password"}
        told["csrfmiddlewaretoken"] = self.session.cookies.get("csrftoken", "")
        return self._asked("signed in", key, "POST", page, data=told)

    def reads(self, kind: str, key: Any, path: str) -> Line:
        return self._asked(kind, key, "GET", path)

    def _sent(self, kind: str, key: Any, path: str, done_at: str | None = None, **more: Any) -> Line:
        """Send a form: it is done when the answer leads on, whose place is what was told, and refused when the form is
        shown again or when it leads elsewhere than to ``done_at``, as a refusal does that shows on another page."""
        sent, began = datetime.now(UTC), time.monotonic()
        status: int | None
        try:
            answer = self.session.post(self.url + path, timeout=40, allow_redirects=False, **more)
            status, told = answer.status_code, answer.text
            if status == LED_ON:
                told = urlsplit(answer.headers["Location"]).path
                is_elsewhere = done_at is not None and told != done_at
                status = NOT_LET_IN if "/login/" in told else SHOWN_AGAIN if is_elsewhere else 200
            elif status == 200:
                status = SHOWN_AGAIN
        except requests.RequestException:
            status, told = None, ""
        return self._noted(Line(kind, key, sent, status, told, time.monotonic() - began), f"POST {path}")

    def _asked(self, kind: str, key: Any, method: str, path: str, **more: Any) -> Line:
        sent, began = datetime.now(UTC), time.monotonic()
        status: int | None
        try:
            answer = self.session.request(method, self.url + path, timeout=40, **more)
            status, told = answer.status_code, answer.text
            leads_elsewhere = urlsplit(answer.url).path != urlsplit(path).path
            if leads_elsewhere is (method == "GET"):
                status = NOT_LET_IN
        except requests.RequestException:
            status, told = None, ""
        return self._noted(Line(kind, key, sent, status, told, time.monotonic() - began), f"{method} {path}")

    def _noted(self, line: Line, asked: str) -> Line:
        with self.journal.lock:
            self.journal.lines.append(line)
            self.journal.answers[str(line.status)] += 1
            if line.status == 500:
                self.journal.broken.append(f"{asked}: {line.body[:200]}")
        return line
