"""Every step by itself: ``python -m provider --help``, in the folder that holds this package."""

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .bidding import enter_competitions, place_ballot, show_results
from .connection import Marketplace, Problem
from .dispatches import WAIT_SECONDS, handle_dispatch, listen, start_test
from .fleet import register_fleet
from .metering import send_readings
from .statements import fetch_statements
from .webhooks import Receiver

Step = Callable[[Marketplace, argparse.Namespace], object]
PRICES = ("availability_price", "utilisation_price", "service_fee")


def main() -> int:
    """Do the step that the command line names. Exit status: 0 done, 1 refused in part or whole, 2 not understood."""
    told = _parser().parse_args()
    try:
        market = Marketplace(*(_setting(each) for each in ("SITE", "CLIENT_ID", "CLIENT_SECRET")))
        return 1 if told.do(market, told) is False else 0
    except Problem as problem:
        print(problem, file=sys.stderr)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        pass
    return 1


def _receive(market: Marketplace, told: argparse.Namespace) -> None:
    def handle(event: dict[str, Any]) -> None:
        print(event["type"], flush=True)
        if event["type"].startswith("dispatch.") and "dispatch" in event["data"]:
            handle_dispatch(market, event["data"]["dispatch"])

    with Receiver(told.port, _setting("WEBHOOK_SECRET"), handle) as receiver:
        print(f"Receiving at http://127.0.0.1:{receiver.server_port}/", flush=True)
        receiver.serve_forever()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="provider", description="A flexibility provider's program.")
    steps = parser.add_subparsers(required=True, metavar="step")

    def step(name: str, words: str, do: Step) -> argparse.ArgumentParser:
        made = steps.add_parser(name, help=words, description=words)
        made.set_defaults(do=do)
        return made

    step("me", "who the token acts for, and what it may do", _me)
    fleet = step(
        "fleet", "register the assets of a CSV", lambda market, told: register_fleet(market, told.file)
    )
    fleet.add_argument("file", type=Path)
    step(
        "enter",
        "enter the competitions that take an asset of yours",
        lambda market, _: enter_competitions(market),
    )
    bid = step("bid", "place a ballot, or change it", _bid)
    bid.add_argument("competition")
    bid.add_argument("--label", default="MAIN")
    for name in PRICES:
        bid.add_argument(f"--{name.replace('_', '-')}", help="as a number, where the competition asks for it")
    bid.add_argument("--receipts", type=Path, help="a file to keep the receipts in")
    results = step(
        "results", "what became of your bids", lambda market, told: show_results(market, told.competition)
    )
    results.add_argument("competition")
    hear = step("listen", "hear of dispatches by polling, and acknowledge them", _listen)
    hear.add_argument("--state", type=Path, default=Path("messages.json"), help="keeps the last number")
    hear.add_argument("--once", action="store_true", help="handle what is there and stop")
    hear.add_argument(
        "--wait", type=int, default=WAIT_SECONDS, help="seconds to wait for a message, up to 30"
    )
    receive = step("receive", "hear of dispatches by webhook; needs MARKETPLACE_WEBHOOK_SECRET", _receive)
    receive.add_argument("--port", type=int, default=8090)
    test = step(
        "test",
        "have a TEST dispatch sent to yourself",
        lambda market, told: start_test(market, told.contract),
    )
    test.add_argument("--contract", help="its id; the first one by itself")
    readings = step(
        "readings", "send the meter readings of a CSV", lambda market, told: send_readings(market, told.file)
    )
    readings.add_argument("file", type=Path)
    statements = step("statements", "save what your contracts earned", _statements)
    statements.add_argument("--month", help="2026-02; all by itself")
    statements.add_argument("--folder", type=Path, default=Path("statements"))
    return parser


def _me(market: Marketplace, told: argparse.Namespace) -> None:
    for name, value in market.get("/me").items():
        print(f"{name}: {value}")


def _bid(market: Marketplace, told: argparse.Namespace) -> None:
    prices = {name: value for name in PRICES if (value := getattr(told, name)) is not None}
    place_ballot(market, told.competition, told.label, prices, told.receipts)


def _listen(market: Marketplace, told: argparse.Namespace) -> None:
    listen(market, told.state, once=told.once, wait=told.wait)


def _statements(market: Marketplace, told: argparse.Namespace) -> None:
    fetch_statements(market, told.month, told.folder)


def _setting(name: str) -> str:
    value = os.environ.get(f"MARKETPLACE_{name}", "")
    if not value:
        raise SystemExit(f"Set MARKETPLACE_{name} in the environment; the README tells where you get it.")
    return value


if __name__ == "__main__":
    sys.exit(main())
