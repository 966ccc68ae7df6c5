"""One run: the busy time, the faults, and the report of what came of it."""

import os
import time
from collections import Counter
from datetime import timedelta

from django.db import connection

from marketplace import clock
from tests.faults import checks, lateness
from tests.faults.injector import Injector
from tests.faults.journal import Journal
from tests.faults.players import Busy
from tests.faults.scene import close_at, closes_at, made
from tests.faults.site import MAIL_SERVER, Site
from tests.support.pooler import Pooler

BEFORE_SECONDS = 3
SECONDS_A_FAULT = 5
MARK_SECONDS = 12
"""So far apart are the competitions that close, or freeze, while nobody looks."""
BREATHE_EVERY, BREATHE_SECONDS = 5, 30
"""After every fifth fault all is let come back, so that people and programs come to do something."""
FINISH_SECONDS = 100
MOST_LISTED = 20


def play(
    site: Site, seed: int, faults: int, close_in: timedelta, *, is_whole: bool = True
) -> tuple[str, list[str]]:
    """Play so many faults of the seed; returns the report and what did not hold."""
    marks = max(1, round(faults * SECONDS_A_FAULT / MARK_SECONDS) - 1)
    scene = made(timedelta(days=1), marks)  # before beat runs, which freezes what is there
    journal = Journal()
    site.watch()
    is_without_mail = is_whole and seed % 3 == 0
    if is_without_mail:
        site.outages.begin(MAIL_SERVER)
        site.mail.stop()
    for name in site.commands:
        site.start(name)
    site.wait_for_page()
    began = time.monotonic()
    close_at(scene, clock.now() + close_in)
    closes = closes_at(scene, clock.now(), timedelta(seconds=MARK_SECONDS))
    busy_from = clock.now()
    busy = Busy(scene, site.url, journal)
    busy.start()
    time.sleep(BEFORE_SECONDS)
    injector = Injector(site, seed, [*closes, scene.close], is_whole=is_whole)
    load = [os.getloadavg()[0]]
    while len(injector.done) < faults:
        injector.one()
        load.append(os.getloadavg()[0])
        time.sleep(injector.random.uniform(0.5, 3))
        if is_whole and len(injector.done) % BREATHE_EVERY == 0:
            site.wait_until_whole(BREATHE_SECONDS)
    site.wait_for_page()
    connection.close()
    while (left := (scene.close - clock.now()).total_seconds()) > -2:
        time.sleep(max(0.5, left))
    while clock.now() < closes[-1]:
        time.sleep(0.5)
    busy.finish(FINISH_SECONDS)
    if is_without_mail:
        site.mail.start()
        site.outages.end(MAIL_SERVER)
    quiet = checks.wait_until_quiet()
    late, waits = lateness.found(scene, site.outages, busy_from)
    wrong = busy.surprises + checks.found(scene, journal, site.mail.folder) + late
    wrong += [f"{name} has ended" for name in site.commands if not site.is_alive(name)]
    told = _report(seed, injector, journal, wrong, time.monotonic() - began, quiet)
    waits.append(f"Load of the machine: {min(load):.0f} to {max(load):.0f}.")
    if is_without_mail:
        waits.append("The mail server was away until the last request was answered.")
    told += "".join(f"\n{each}\n" for each in waits)
    return told + (_pools(site.pooler) if site.pooler else ""), wrong


def _pools(pooler: Pooler) -> str:
    """How many transactions and clients went by each of its pools, and by how many sessions of the database."""
    rows = [""]
    for stats in pooler.shown("STATS"):
        pool = stats["database"]
        if pool != "pgbouncer":
            of = [each for each in pooler.shown("CLIENTS") if each["database"] == pool]
            sessions = [each for each in pooler.shown("SERVERS") if each["database"] == pool]
            rows.append(
                f"{pool}: {stats['total_xact_count']} transactions of {len(of)} clients in {len(sessions)} sessions"
            )
    return "\n".join([*rows, ""])


def _in_doubt(journal: Journal) -> list[str]:
    """Each request in doubt: of which kind, about what, its answer, and after how long."""
    return [
        f"{line.kind} {line.key}, answered {line.status} after {line.seconds:.1f} s"
        for line in journal.lines
        if line.is_in_doubt
    ]


def _report(
    seed: int, injector: Injector, journal: Journal, wrong: list[str], took: float, quiet: float
) -> str:
    kinds = Counter(told.split(",")[0].split(" for ")[0] for _, told in injector.done)
    lines = [
        f"## Seed {seed}: {len(injector.done)} faults in {took:.0f} s",
        "",
        "Nothing was lost, doubled or late."
        if not wrong
        else "**Did not hold:**\n\n" + "\n".join(f"- {each}" for each in wrong),
        "",
        f"All jobs had ended and all mails were sent {quiet:.0f} s after the last request.",
        "",
        "| asked for | acknowledged | refused | in doubt |",
        "|---|---:|---:|---:|",
    ]
    for kind in dict.fromkeys(line.kind for line in journal.lines):
        of = journal.of(kind)
        done, refused = sum(line.is_done for line in of), sum(line.is_refused for line in of)
        lines.append(f"| {kind} | {done} | {refused} | {len(of) - done - refused} |")
    answers = ", ".join(f"{count} × {status}" for status, count in sorted(journal.answers.items()))
    lines += ["", f"Answers: {answers} (None: none came)."]
    doubt = _in_doubt(journal)
    lines += ["", *[f"- in doubt: {each}" for each in doubt]] if len(doubt) <= MOST_LISTED else []
    lines += [
        f"\nErrors 500: {len(journal.broken)}.",
        *[f"- {each}" for each in sorted(set(journal.broken))[:10]],
    ]
    lines += ["", f"{injector.missed} drawn faults had no effect and were drawn again."]
    lines += ["", "Faults: " + "; ".join(f"{count} × {told}" for told, count in sorted(kinds.items())) + "."]
    return "\n".join([*lines, ""])
