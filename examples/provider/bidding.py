"""From competitions to bids: enter where assets are eligible, place a ballot, keep the receipts."""

import json
import time
from pathlib import Path
from typing import Any

from .connection import Marketplace, Problem

USUAL_RUN_TIME = "02:00:00"
PATIENCE_SECONDS, PAUSE_SECONDS = 60, 2


def enter_competitions(market: Marketplace) -> None:
    """Enter every competition whose qualification is open and that takes an asset of ours; say why others are not taken."""
    for competition in market.items("/competitions", phase="qualification_open"):
        ref = competition["ref"]
        verdicts = _judged(market, ref)
        eligible = [each for each in verdicts if each["standing"] == "eligible"]
        if not eligible:
            reasons = {each["reason"] for verdict in verdicts for each in verdict["reasons"]}
            print(f"{ref}: none of {len(verdicts)} assets is eligible. {' '.join(sorted(reasons))}")
            continue
        try:
            market.put(f"/competitions/{ref}/entry", {"state": "entered"})
        except Problem as problem:  # below the minimum of every window, for example
            print(f"{ref}: not entered. {problem}")
        else:
            print(f"{ref}: entered with {len(eligible)} of {len(verdicts)} assets.")


def _judged(market: Marketplace, ref: str) -> list[dict[str, Any]]:
    """How our assets stand; what was just registered is judged within seconds, which this waits for."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        verdicts = list(market.items(f"/competitions/{ref}/verdicts"))
        if time.monotonic() > until or not any(each["is_pending"] for each in verdicts):
            return verdicts
        time.sleep(PAUSE_SECONDS)


def place_ballot(
    market: Marketplace, ref: str, label: str, prices: dict[str, str], receipts: Path | None
) -> None:
    """Bid all that we may in every window, as one ballot: the same label again changes it, while bidding is open.

    ``prices`` are those that the competition asks for, by the fields of a bid; its fixed prices are filled in. Raises
    :class:`Problem` with every limit that is broken. A real bidder decides its MW and prices here.
    """
    may = market.get(f"/competitions/{ref}/opportunity")
    asked = {name: may["fixed_prices"].get(name) or prices.get(name) for name in may["prices"]}
    missing = [name for name, price in asked.items() if price is None]
    if missing:
        raise SystemExit(f"{ref} asks for prices that you did not give: {', '.join(missing)}.")
    bids = [
        {
            "window_id": window["window_id"],
            "capacity_mw": window["most_mw"],
            "maximum_run_time": window["minimum_run_time"] or USUAL_RUN_TIME,
            **asked,
        }
        for window in may["windows"]
        if float(window["most_mw"]) >= float(window["least_mw"]) and float(window["most_mw"]) > 0
    ]
    address = f"/competitions/{ref}/ballots/{label}"
    market.put(f"{address}?dry_run=true", {"bids": bids})  # every limit is checked, nothing is saved
    placed = market.put(address, {"bids": bids})
    for bid in placed["bids"]:
        print(f"{ref} {label}: {bid['capacity_mw']} {may['unit']} in {bid['period']}, {bid['window']}")
    print(f"Bidding closes at {may['bidding_close']}.")
    if receipts is not None:
        _save(receipts, list(market.items(f"/competitions/{ref}/receipts")))
        print(f"Receipts, which prove what you bid: {receipts}")


def show_results(market: Marketplace, ref: str) -> None:
    """What became of our bids, once the results are confirmed. Raises :class:`Problem` (404) before that."""
    for result in market.get(f"/competitions/{ref}/results")["items"]:
        why = f" ({result['rejection_reason']})" if result["rejection_reason"] else ""
        print(f"{result['capacity_mw']} in {result['period']}, {result['window']}: {result['decision']}{why}")


def _save(file: Path, told: Any) -> None:
    file.write_text(json.dumps(told, indent=1) + "\n")
