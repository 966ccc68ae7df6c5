"""People who use the product by its pages during the busy time, each in a browser that asks once."""

import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.faults.forms import form_with
from tests.faults.journal import NOT_LET_IN, Journal, Line, Visitor, browser
from tests.faults.scene import Scene
from tests.support.asset_files import GOOD, workbook

ROWS_A_FILE = 50
NOISE = b"0" * 3_000_000
"""Makes a file so large that the web server puts it onto its disk while it arrives."""
FOLLOW_SECONDS = 60
READINGS = "Asset Ref,Period Start,Minutes,Import (kWh),Export (kWh)"


class Person(Visitor):
    """Signs in whenever it is not, and sends forms."""

    def __init__(self, url: str, journal: Journal, email: str) -> None:
        super().__init__(url, journal)
        self.email, self.is_in = email, False

    def opens(self, kind: str, path: str) -> str | None:
        """The page; None when it does not come."""
        if not self.is_in:
            self.is_in = self.signs_in(kind, self.email).is_done
        line = self.reads(kind, path, path) if self.is_in else None
        if line is not None and line.status == NOT_LET_IN:
            self.session, self.is_in = browser(), False
        return str(line.body) if line is not None and line.is_done else None

    def sends(self, kind: str, key: Any, path: str, told: dict[str, Any], **more: Any) -> Line:
        """Send a form; it is done when the answer leads on, with ``done_at`` only when it leads there."""
        told["csrfmiddlewaretoken"] = self.session.cookies.get("csrftoken", "")
        return self._sent(kind, key, path, data=told, **more)


class People:
    """What the people of a scene do by pages."""

    def __init__(
        self, scene: Scene, url: str, journal: Journal, numbers: Callable[[float], Iterator[int]]
    ) -> None:
        self.scene, self._url, self._journal, self._numbers = scene, url, journal, numbers
        self.parts = [self.bid, self.edit, self.hand_in, self.settle, self.operate]

    def _person(self, email: str) -> Person:
        return Person(self._url, self._journal, email)

    def bid(self) -> None:
        """A ballot by its form, again and again with another price; each seventh time it is withdrawn."""
        person, of = self._person(self.scene.people["bidder"]), self.scene.paged
        base = f"/bidding/competitions/{of.pk}/"
        for number in self._numbers(1.5):
            page = person.opens("page of bids", base)
            if page is None:
                continue
            held = re.search(r"/bidding/ballots/([0-9a-f-]{36})/", page)
            if held and number % 7 == 0:
                asked = person.opens("page of bids", f"/bidding/ballots/{held[1]}/withdraw/")
                form = form_with(asked or "", "version")
                if form is not None:
                    person.sends(
                        "withdrawn by page", number, f"/bidding/ballots/{held[1]}/withdraw/", form.fields
                    )
                continue
            form_page = person.opens(
                "page of bids", f"/bidding/ballots/{held[1]}/" if held else f"{base}new/"
            )
            form = form_with(form_page or "", "row-0-capacity")
            if form is None:
                continue
            told = form.fields | {
                "label": "Paged",
                "choice": "all",
                "row-0-window": str(self.scene.paged_window.pk),
                "row-0-capacity": "1.5",
                "row-0-run_time": "2:00",
                "row-0-utilisation_price": str(number),
            }
            path = f"{base}{held[1]}/place/" if held else f"{base}new/place/"
            line = person.sends("ballot by page", number, path, told, done_at=f"{base}receipts/")
            if line.is_refused and datetime.now(UTC) >= self.scene.close:
                break
        self._decide()

    def _decide(self) -> None:
        """Accept the bid by the desk, type the reference out, and confirm."""
        person, of = self._person(self.scene.people["buyer"]), self.scene.paged
        while datetime.now(UTC) < self.scene.close:
            time.sleep(0.5)
        deadline = time.monotonic() + FOLLOW_SECONDS
        base = f"/bidding/decisions/{of.pk}/"
        is_decided = False
        while time.monotonic() < deadline:
            desk = person.opens("desk", base)
            shown = re.search(r'name="shown-([0-9a-f-]{36})"', desk or "")
            if shown and not is_decided:
                form = form_with(str(desk), f"shown-{shown[1]}")
                told = (form.fields if form else {}) | {f"decision-{shown[1]}": "accepted"}
                is_decided = person.sends("decided by page", shown[1], f"{base}decide/", told).is_done
            elif desk and (is_decided or not shown):
                page = person.opens("desk", f"{base}confirm/")
                form = form_with(page or "", "seen")
                if (
                    form
                    and person.sends(
                        "confirmed by page", of.ref, f"{base}confirm/", form.fields | {"typed": of.ref}
                    ).is_done
                ):
                    return
            time.sleep(1)

    def edit(self) -> None:
        """Rename an asset by its form, and take the list as a file."""
        person = self._person(self.scene.reader)
        path = f"/qualification/assets/{self.scene.paged_asset.pk}/edit/"
        for number in self._numbers(2):
            form = form_with(person.opens("page of an asset", path) or "", "voltage_kv")
            if form is not None:
                person.sends("edited by page", number, path, form.fields | {"name": f"Page {number}"})
            person.opens("list", "/qualification/assets/?download=csv")

    def hand_in(self) -> None:
        """Upload a workbook by the page, follow it, apply it."""
        person = self._person(self.scene.people["uploader"])
        for number in self._numbers(4):
            refs = [f"P{number:03}-{row:03}" for row in range(ROWS_A_FILE)]
            data = workbook([GOOD | {"Asset Ref": ref, "Asset Name": ref} for ref in refs])
            if number % 2 == 0:
                data += NOISE
            if person.opens("page of assets", "/qualification/assets/") is None:
                continue
            path = "/jobs/upload/qualification.assets/"
            line = person.sends("sent by page", number, path, {}, files={"file": ("assets.xlsx", data)})
            if not line.is_done:
                continue
            if "/apply/" in self._followed(person, line.body):
                person.sends("applied by page", refs, f"{line.body}apply/", {"confirmed": "1"})

    def settle(self) -> None:
        """Have statements run by the page, and download what was made."""
        person = self._person(self.scene.people["buyer"])
        month = (datetime.now(UTC).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        for number in self._numbers(5):
            kind, told = [("settlement.run", {"month": month}), ("contracts.obligations", {})][number % 2]
            if person.opens("page of statements", "/settlement/statements/") is None:
                continue
            line = person.sends("asked for by page", number, f"/jobs/make/{kind}/", dict(told))
            if line.is_done and f'href="{line.body}download/"' in self._followed(person, line.body):
                person.opens("fetched by page", f"{line.body}download/")

    def operate(self) -> None:
        """Acknowledge the dispatches that wait for it, and upload a file of meter readings and apply it."""
        person = self._person(self.scene.people["contractor"])
        first = (datetime.now(UTC) - timedelta(days=55)).replace(hour=0, minute=0, second=0, microsecond=0)
        for number in self._numbers(3):
            page = person.opens("page of dispatches", "/operations/dispatches/") or ""
            for path in dict.fromkeys(re.findall(r"/operations/dispatches/[0-9a-f-]{36}/acknowledge/", page)):
                person.sends("acknowledged by page", path.split("/")[-3], path, {})
            starts = [first + timedelta(minutes=30 * (4 * number + place)) for place in range(4)]
            lines = [READINGS, *(f"N1,{start.isoformat()},30,{number}.5,0" for start in starts)]
            if person.opens("page of readings", "/operations/readings/") is None:
                continue
            file = {"file": ("readings.csv", "\n".join(lines).encode())}
            line = person.sends("readings by page", number, "/operations/readings/upload/", {}, files=file)
            if line.is_done and "/apply/" in self._followed(person, line.body):
                days = sorted({start.date() for start in starts})
                person.sends("readings applied by page", days, f"{line.body}apply/", {"confirmed": "1"})

    def _followed(self, person: Person, path: str) -> str:
        """The job's page once it offers something to do, or says that it ended."""
        deadline = time.monotonic() + FOLLOW_SECONDS
        while time.monotonic() < deadline:
            page = person.opens("page of a file", path) or ""
            if f'"{path}apply/"' in page or (page and 'id="progress"' not in page):
                return page
            time.sleep(1.5)
        return ""
