"""Who uses the site during the busy time; each is a thread that goes on until it is told to stop."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.faults.journal import Asker, Journal, Line, Visitor
from tests.faults.people import People
from tests.faults.scene import Scene
from tests.support.asset_files import GOOD, workbook

XLSX = "assets.xlsx"
ASSET = {
    "status": "operational",
    "category": "storage",
    "asset_type": "Battery",
    "voltage_kv": "11",
    "latitude": "0.5",
    "longitude": "0.5",
    "generation_turn_up_mw": "1",
}
ENDED = ("done", "failed", "refused", "nothing", "discarded")
ROWS_A_FILE = 200


class Busy:
    """The players of a scene. ``stop`` ends the busy time, ``over`` the waiting for answers."""

    def __init__(self, scene: Scene, url: str, journal: Journal) -> None:
        self.scene, self.journal = scene, journal
        self.stop, self.over = threading.Event(), threading.Event()
        self.surprises: list[str] = []
        self._url = url
        parts: list[Callable[[], None]] = [
            *(self._bidding_of(number) for number in range(len(scene.bidders))),
            self._edit,
            self._upload,
            self._withdraw,
            self._decide,
            self._dispatch,
            self._answer,
            self._meter,
            self._state,
            *People(scene, url, journal, self._numbers).parts,
            self._look,
        ]
        self.threads = [threading.Thread(target=self._guarded, args=[part], daemon=True) for part in parts]

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        """Let everybody end what they are at."""
        self.stop.set()
        deadline = time.monotonic() + seconds
        for thread in self.threads:
            thread.join(max(0.1, deadline - time.monotonic()))
        self.over.set()
        for thread in self.threads:
            thread.join(60)
        self.surprises += [f"{thread.name} did not end" for thread in self.threads if thread.is_alive()]

    def _guarded(self, part: Callable[[], None]) -> None:
        try:
            part()
        except Exception as error:
            self.surprises.append(f"{getattr(part, '__name__', part)}: {error!r}")

    def _asker(self, program: Any) -> Asker:
        return Asker(self._url, program.token, self.journal, self.over)

    def _bidding_of(self, number: int) -> Callable[[], None]:
        def bid() -> None:
            ask = self._asker(self.scene.bidders[number])
            price = 0
            while True:
                price += 1
                line = self._ballot(ask, number, price)
                if line.is_refused and datetime.now(UTC) >= self.scene.close:
                    return
                time.sleep(0.3)

        return bid

    def _ballot(self, ask: Asker, number: int, price: int) -> Line:
        path = f"/competitions/{self.scene.live.ref}/ballots/One"
        if price % 9 == 0:
            return ask.once("withdrawn", (number, price), "DELETE", path)
        bid = {
            "window_id": str(self.scene.window.pk),
            "capacity_mw": "1.5",
            "maximum_run_time": "02:00:00",
            "utilisation_price": f"{price}.00",
        }
        return ask.once("ballot", (number, price), "PUT", path, {"bids": [bid]})

    def _numbers(self, pause: float) -> Iterator[int]:
        number = 0
        while not self.stop.is_set():
            number += 1
            yield number
            self.stop.wait(pause)

    def _edit(self) -> None:
        ask = self._asker(self.scene.editor)
        for number in self._numbers(0.7):
            ask.surely("edited", number, "PUT", "/assets/EDITED", ASSET | {"name": f"Edit {number}"})

    def _upload(self) -> None:
        ask = self._asker(self.scene.uploader)
        for number in self._numbers(3):
            refs = [f"U{number:03}-{row:03}" for row in range(ROWS_A_FILE)]
            data = workbook([GOOD | {"Asset Ref": ref, "Asset Name": ref} for ref in refs])
            sent = ask.surely(
                "sent", number, "POST", "/files/qualification.assets", files={"file": (XLSX, data)}
            )
            if not sent.is_done or self._followed(ask, sent, "checked") != "checked":
                continue
            applied = ask.surely("applied", refs, "POST", f"/jobs/{sent.body['id']}/apply", {})
            if applied.is_done:
                self._followed(ask, sent)

    def _followed(self, ask: Asker, sent: Line, *also: str) -> str:
        """The state of the job when it ended, or came to one of these."""
        while not self.over.is_set():
            line = ask.surely("looked", sent.body["id"], "GET", f"/jobs/{sent.body['id']}")
            if line.is_done and line.body["state"] in (*ENDED, *also):
                return str(line.body["state"])
            time.sleep(1)
        return ""

    def _withdraw(self) -> None:
        ask = self._asker(self.scene.bidders[0])
        for number in self._numbers(1.1):
            state = "withdrawn" if number % 2 == 0 else "entered"
            ask.surely("entry", state, "PUT", f"/competitions/{self.scene.open.ref}/entry", {"state": state})

    def _decide(self) -> None:
        """Accept every second bid once the gate is closed, then confirm."""
        ask, path = self._asker(self.scene.buyer), f"/competitions/{self.scene.live.ref}"
        while datetime.now(UTC) < self.scene.close:
            time.sleep(0.5)
        while not self.over.is_set():
            bids = ask.surely("looked", "bids", "GET", f"{path}/bids?limit=100")
            if bids.is_done:
                break
            time.sleep(0.5)
        told = [
            {"bid_id": each["id"], "decision": "accepted"}
            if place % 2 == 0
            else {"bid_id": each["id"], "decision": "rejected", "reason": "price_too_high"}
            for place, each in enumerate(bids.body["items"])
        ]
        decided = ask.surely("decided", len(told), "PUT", f"{path}/decisions", {"decisions": told})
        if decided.is_done:
            ask.surely("confirmed", "", "POST", f"{path}/confirmation", {"digest": decided.body["digest"]})

    def _dispatch(self) -> None:
        ask = self._asker(self.scene.buyer)
        begin = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=10)
        for number in self._numbers(1.5):
            start = begin + timedelta(minutes=number)
            body = {
                "contract_id": str(self.scene.contract.pk),
                "ref": f"D{number}",
                "mw": "0.5",
                "start": start.isoformat(),
                "end": (start + timedelta(minutes=1)).isoformat(),
                "anyway": True,
            }
            ask.surely("dispatched", f"D{number}", "POST", "/dispatches", body)

    def _answer(self) -> None:
        """Hear each message once and acknowledge its dispatch."""
        ask, after = self._asker(self.scene.north), 0
        while not (self.stop.is_set() and self.over.is_set()):
            page = ask.surely("heard", after, "GET", f"/messages?after={after}")
            for message in page.body["items"] if page.is_done else []:
                if message["dispatch_id"]:
                    path = f"/dispatches/{message['dispatch_id']}/acknowledge"
                    ask.surely("acknowledged", message["dispatch_id"], "POST", path, {})
                after = message["number"]
            if self.stop.is_set() and page.is_done and not page.body["items"]:
                return
            time.sleep(0.7)

    def _meter(self) -> None:
        ask = self._asker(self.scene.north)
        first = (datetime.now(UTC) - timedelta(days=50)).replace(hour=0, minute=0, second=0, microsecond=0)
        for number in self._numbers(1.3):
            start = first + timedelta(minutes=30 * number)
            reading = {"unit": "N1", "start": start.isoformat(), "minutes": 30}
            reading |= {"import_kwh": f"{number}.5", "export_kwh": "0"}
            ask.surely("metered", (start, number), "POST", "/readings", {"readings": [reading]})

    def _state(self) -> None:
        """Run statements and have files made, and fetch them."""
        ask = self._asker(self.scene.buyer)
        month = (datetime.now(UTC).replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
        for number in self._numbers(6):
            kind, params = (
                ("settlement.run", {"month": month}) if number % 2 else ("contracts.obligations", {})
            )
            sent = ask.surely("asked for", kind, "POST", f"/files/{kind}/make", {"params": params})
            if sent.is_done and self._followed(ask, sent) == "done":
                ask.surely("fetched", sent.body["id"], "GET", f"/jobs/{sent.body['id']}/file")

    def _look(self) -> None:
        """Sign in by the page, read the list of assets and take it as a file."""
        for number in self._numbers(2):
            look = Visitor(self._url, self.journal)
            if look.signs_in(number, self.scene.reader).is_done:
                look.reads("page", number, "/qualification/assets/")
                look.reads("list", number, "/qualification/assets/?download=csv")
