"""Dispatches: hear of them by polling, acknowledge them, and hand them to the control of the plant."""

import json
from pathlib import Path
from typing import Any

from .connection import Marketplace

WAIT_SECONDS = 30


def listen(market: Marketplace, state: Path, *, once: bool = False, wait: int = WAIT_SECONDS) -> None:
    """Handle messages as they come, for ever; with ``once`` those that are there.

    The number of the last message is kept in ``state`` after it was handled, so that none is lost when the program
    stops; the one it was at is handled again.
    """
    after = int(json.loads(state.read_text())["after"]) if state.exists() else 0
    while True:
        page = market.get("/messages", after=after, wait=0 if once else wait)
        for message in page["items"]:
            print(f"{message['number']}: {message['kind']}")
            if message["dispatch_id"]:
                handle_dispatch(market, message["dispatch_id"])
            after = message["number"]
            _keep(state, {"after": after})
        if once and not page["items"]:
            return


def handle_dispatch(market: Marketplace, dispatch_id: str) -> None:
    """Acknowledge what waits for an answer, then follow the dispatch as it stands now, whatever the message said.

    Doing it twice does no harm. A message may come late or again, by polling and by webhook; the dispatch is the truth.
    """
    address = f"/dispatches/{dispatch_id}"
    dispatch = market.get(address)
    if dispatch["response"] is None:
        dispatch = market.post(f"{address}/acknowledge")
    for number in dispatch["amendments_waiting"]:
        dispatch = market.post(f"{address}/acknowledge", {"amendment": number})
    follow(dispatch)


def follow(dispatch: dict[str, Any]) -> None:
    """Where your control system begins: the profile is what is asked for, empty once it was cancelled."""
    name = f"{dispatch['ref']} ({dispatch['kind']}, {dispatch['response'] or 'no answer yet'})"
    print(f"{name}: nothing is asked for." if not dispatch["profile"] else f"{name}:")
    for piece in dispatch["profile"]:
        print(f"  {piece['mw']} {dispatch['unit']} from {piece['start']} to {piece['end']}")


def start_test(market: Marketplace, contract_id: str | None) -> None:
    """Have a TEST sent to our own company as a dispatch is sent. It counts nowhere; nothing is to be delivered."""
    contract = contract_id or next((each["id"] for each in market.items("/contracts")), None)
    if contract is None:
        raise SystemExit("Your company has no contract yet; a test names one.")
    sent = market.post("/test-dispatches", {"contract_id": contract})
    print(f"{sent['ref']} is sent: listen for it.")


def _keep(state: Path, told: dict[str, Any]) -> None:
    new = state.with_suffix(".new")
    new.write_text(json.dumps(told))
    new.replace(state)  # whole or not at all
