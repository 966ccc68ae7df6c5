"""What a run showed, as text for docs/load.md."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from tests.load.run import Asked, Found

SLOWEST = 15


def text_of(found: Found) -> str:
    """The run's figures in Markdown; times in seconds."""
    lines = [
        f"## {found.people} people, {found.seconds / 60:.0f} minutes",
        "",
        f"{len(found.asked):,} requests, {len(found.asked) / found.seconds:.1f} a second; {found.failures} failed.",
        f"Ballots placed: {found.placed}; bids in the competition: {found.bids:,}; recorded after the close: {found.late}; "
        f"the gate closed {_seconds(found.gate_after)} after the close.",
        f"A request cost {1000 * found.own * found.seconds / max(1, len(found.asked)):.0f} ms of processor, all of the site's "
        "work beside it and the people themselves counted in.",
        f"Load of the machine: {found.load_before:.1f} before, {sum(found.load_within) / len(found.load_within):.1f} on "
        f"average, {max(found.load_within):.1f} at most. Processors: {found.busy:.2f} busy, of which {found.own:.2f} with the "
        "site, its database and the people themselves.",
        "",
        "| when | requests | failed | median | p95 | p99 | slowest |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(_row(name, asked) for name, asked in _parts(found)),
        "",
        "| page | requests | failed | median | p95 | p99 | slowest |",
        "|---|---:|---:|---:|---:|---:|---:|",
        *(_row(name, asked) for name, asked in _slowest(found.asked)),
        "",
    ]
    for number, (sent, ended, state) in enumerate(found.uploads, 1):
        lines.append(f"Upload {number} of 20,000 assets: {state} {ended - sent:.0f} s after it was sent.")
    failures = Counter(f"{each.name}: {each.failure}" for each in found.asked if each.failure)
    lines += ["", *(f"- {count} × {told}" for told, count in failures.most_common(20))]
    return "\n".join([*lines, ""])


def _parts(found: Found) -> Iterator[tuple[str, list[Asked]]]:
    yield "the whole time", found.asked
    for who in ("operator", "provider", "public"):
        yield who, [each for each in found.asked if each.name.startswith(f"{who}:")]
    within = [(sent, ended) for sent, ended, _ in found.uploads]
    yield (
        "while a file of 20,000 assets was worked",
        [each for each in found.asked if any(sent <= each.at <= ended for sent, ended in within)],
    )
    yield (
        "the last 2 minutes before the close",
        [each for each in found.asked if found.close - 120 <= each.at <= found.close],
    )


def _slowest(asked: Iterable[Asked]) -> list[tuple[str, list[Asked]]]:
    by_name: dict[str, list[Asked]] = defaultdict(list)
    for each in asked:
        by_name[each.name].append(each)
    return sorted(by_name.items(), key=lambda item: -sum(each.ms for each in item[1]))[:SLOWEST]


def _row(name: str, asked: list[Asked]) -> str:
    if not asked:
        return f"| {name} | 0 | 0 | | | | |"
    times = sorted(each.ms / 1000 for each in asked)
    told = " | ".join(f"{_at(times, part):.2f}" for part in (0.5, 0.95, 0.99, 1))
    return f"| {name} | {len(times):,} | {sum(bool(each.failure) for each in asked)} | {told} |"


def _at(times: list[float], part: float) -> float:
    return times[min(len(times) - 1, int(part * len(times)))]


def _seconds(told: float | None) -> str:
    return "never" if told is None else f"{told:.1f} s"
