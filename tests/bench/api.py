"""200 programs that read now and then, of one process of the web server: the 95th percentile of all answers."""

import http.client
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator

from accounts.enums import Role
from accounts.models import Member
from competitions.models import Competition
from qualification.models import Asset
from tests.api.programs import Program
from tests.bench.measured import Measured
from tests.bench.served import served
from tests.qualification import market

PROVIDERS, PROGRAMS_OF_EACH = 50, 4
ASSETS_OF_EACH, COMPETITIONS = 20, 50
EVERY_SECONDS, ROUNDS = 8.0, 6
OK = 200
READS = (
    *("/me", "/competitions?limit=50", "/assets?limit=50", "/messages?after=0", "/contracts"),
    *("/dispatches", "/statements", "/market/competitions?limit=50", "/competitions/{ref}/windows"),
    *("/competitions/{ref}/verdicts", "/competitions/{ref}/ballots", "/competitions/{ref}/receipts"),
)


def rows() -> Iterator[Measured]:
    """Each program asks every 8 seconds, 25 requests a second together; the peer is /healthz asked by one."""
    tokens = _filled()
    with served(workers=1) as port:
        peer = sorted(_asked(port, "", "/healthz", "")[0] for _ in range(40))[38]
        times, statuses = _all_ask(port, tokens)
    assert {status for status, _ in statuses} == {OK}, statuses
    told = f"{len(tokens)} programs, {len(times):,} mixed reads, {len(tokens) / EVERY_SECONDS:.0f} a second, one process"
    yield Measured("API", f"{told}: median", times[len(times) // 2])
    yield Measured("API", "the same, p95 (goal 0.15 s)", times[len(times) * 95 // 100], "/healthz", peer)


def _filled() -> list[str]:
    """A token of each program; every provider has assets, and there are competitions to read of."""
    operator = market.operator()
    for _ in range(COMPETITIONS):
        market.competition(operator)
    tokens = []
    for _ in range(PROVIDERS):
        account: Member = market.member(market.provider(), tuple(Role.values))
        Asset.objects.bulk_create(
            market.an_asset(account.organisation, ref=f"P{number:03}") for number in range(ASSETS_OF_EACH)
        )
        tokens += [Program(account, name=f"Robot {number}").token for number in range(PROGRAMS_OF_EACH)]
    return tokens


def _all_ask(port: int, tokens: list[str]) -> tuple[list[float], Counter[tuple[int, str]]]:
    times: list[float] = []
    statuses: Counter[tuple[int, str]] = Counter()
    refs = list(Competition.objects.values_list("ref", flat=True))

    def program(token: str, place: int) -> None:
        chance = random.Random(place)
        time.sleep(chance.random() * EVERY_SECONDS)
        for _ in range(ROUNDS):
            begun = time.monotonic()
            read = chance.choice(READS)
            took, status = _asked(port, "/api/v1", read.format(ref=chance.choice(refs)), token)
            times.append(took)
            statuses[status, "" if status == OK else read] += 1
            time.sleep(max(0.0, EVERY_SECONDS - (time.monotonic() - begun)))

    threads = [threading.Thread(target=program, args=(token, place)) for place, token in enumerate(tokens)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sorted(times), statuses


def _asked(port: int, below: str, path: str, token: str) -> tuple[float, int]:
    begun = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", below + path, headers={"Authorization": f"Bearer {token}"} if token else {})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return time.perf_counter() - begun, answer.status
