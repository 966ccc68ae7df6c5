"""One run: the market, the site's processes, the people of locust, an upload beside them, and what came of it."""

import csv
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import psutil
import requests
from django.db import connection

from bidding.models import Bid, GateClose, Receipt
from competitions.models import Competition
from marketplace import clock
from marketplace.jobs.public_kinds import public_kinds
from tests.bench.uploads import workbook_of
from tests.faults.site import ROOT, Site
from tests.load.scene import Scene, made

UPLOAD_ROWS = 20_000
CLOSE_AT = 0.85
"""The close, as a part of the whole time; the first upload begins early, the second shortly before the close."""
UPLOADS_AT = (0.15, 0.7)
BY_PROXY = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.255.0.1"}
PUBLIC_FILES_SECONDS = 150
GATE_SECONDS = 60


@dataclass
class Asked:
    """One request: when it was answered, of whom and what, the milliseconds, the status and what failed."""

    at: float
    name: str
    ms: float
    status: int
    failure: str


@dataclass
class Found:
    """What a run showed."""

    people: int
    seconds: float
    began: float
    close: float
    asked: list[Asked]
    uploads: list[tuple[float, float, str]]
    gate_after: float | None
    late: int
    bids: int
    load_before: float
    load_within: list[float]
    busy: float
    own: float
    failures: int = 0
    placed: int = 0
    log: list[str] = field(default_factory=list)


def played(site: Site, *, people: int, seconds: float, build: Path) -> Found:
    """Make the market, start the site, let so many people use it for so long; their report is in ``build``."""
    before = os.getloadavg()[0]
    scene = made(clock.now() + timedelta(days=1))
    site.commands["web"] = ["gunicorn", "marketplace.wsgi", "--bind", f"127.0.0.1:{site.port}"]
    for name in site.commands:
        site.start(name)
    site.wait_for_page()
    files = _public_files(site)
    close = clock.now() + timedelta(seconds=CLOSE_AT * seconds)
    Competition.objects.filter(pk=scene.live).update(bidding_close=close)
    scene.close = close.timestamp()
    told = scene.as_json() | {"files": files}
    (build / "scene.json").write_text(json.dumps(told))
    return _used(site, scene, people, seconds, build, before)


def _used(site: Site, scene: Scene, people: int, seconds: float, build: Path, before: float) -> Found:
    began, loads, uploads = time.time(), [], []
    uploading = threading.Thread(target=_uploads, args=[site.url, scene, seconds, uploads], daemon=True)
    connection.close()
    busy, own = _busy(), _own(site)
    asked = build / "asked.csv"
    asked.unlink(missing_ok=True)
    locust = subprocess.Popen(
        _locust(site.url, people, seconds, build),
        cwd=ROOT,
        env=os.environ | {"LOAD_SCENE": str(build / "scene.json"), "LOAD_ASKED": str(asked)},
    )
    people_of = psutil.Process(locust.pid)
    uploading.start()
    generator = 0.0
    while locust.poll() is None:
        loads.append(os.getloadavg()[0])
        try:
            generator = sum(people_of.cpu_times()[:2])
        except psutil.Error:
            break
        time.sleep(2)
    locust.wait()
    took = time.time() - began
    found = Found(
        people=people,
        seconds=took,
        began=began,
        close=scene.close,
        asked=_read(asked),
        uploads=uploads,
        gate_after=_gate_after(scene),
        late=Receipt.objects.filter(competition=scene.live, recorded_at__gte=_close(scene)).count(),
        bids=Bid.objects.filter(ballot__competition=scene.live).count(),
        load_before=before,
        load_within=loads,
        busy=(_busy() - busy) / took,
        own=(_own(site) - own + generator) / took,
    )
    found.placed = sum(each.name == "(placed)" for each in found.asked)
    found.asked = [each for each in found.asked if each.name != "(placed)"]
    found.failures = sum(bool(each.failure) for each in found.asked)
    uploading.join(300)
    return found


def _locust(url: str, people: int, seconds: float, build: Path) -> list[str]:
    told = ["--headless", "--only-summary", "--exit-code-on-error", "0", "--stop-timeout", "30"]
    sizes = [
        "--users",
        str(people),
        "--spawn-rate",
        str(max(2, people / 20)),
        "--run-time",
        f"{seconds:.0f}s",
    ]
    files = ["--html", str(build / "report.html"), "--host", url]
    return [sys.executable, "-m", "locust", "-f", "tests/load/people.py", *told, *sizes, *files]


def _public_files(site: Site) -> list[str]:
    """The names of the public files, once workers have made them all."""
    names = [kind.name for kind in public_kinds() if kind.audience == "everyone"]
    deadline = time.monotonic() + PUBLIC_FILES_SECONDS
    while time.monotonic() < deadline:
        statuses = {
            requests.get(f"{site.url}/market-data/{name}", headers=BY_PROXY, timeout=60).status_code
            for name in names
        }
        if statuses == {200}:
            return names
        time.sleep(2)
    raise RuntimeError(f"The public files are not there: {statuses}")


def _uploads(url: str, scene: Scene, seconds: float, done: list[tuple[float, float, str]]) -> None:
    """Upload a file of assets by the API at each of its times, and apply it as soon as it is checked."""
    data, began = workbook_of(UPLOAD_ROWS), time.monotonic()
    for number, part in enumerate(UPLOADS_AT):
        time.sleep(max(0, began + part * seconds - time.monotonic()))
        sent = time.time()
        file = data if number == 0 else workbook_of(UPLOAD_ROWS, first=UPLOAD_ROWS * number)
        done.append((sent, time.time(), _uploaded(url, scene.token, file)))
        done[-1] = (sent, time.time(), done[-1][2])


def _uploaded(url: str, token: str, data: bytes) -> str:
    """The state in which the job ended."""
    headers, api = BY_PROXY | {"Authorization": f"Bearer {token}"}, f"{url}/api/v1"
    answer = requests.post(
        f"{api}/files/qualification.assets",
        files={"file": ("assets.xlsx", data)},
        headers=headers,
        timeout=60,
    )
    if answer.status_code >= 300:
        return f"{answer.status_code}"
    job, applied = answer.json()["id"], False
    while True:
        time.sleep(1)
        state = requests.get(f"{api}/jobs/{job}", headers=headers, timeout=60).json().get("state", "")
        if state == "checked" and not applied:
            applied = requests.post(f"{api}/jobs/{job}/apply", json={}, headers=headers, timeout=60).ok
        elif state in ("done", "failed", "refused", "nothing", "discarded"):
            return str(state)


def _close(scene: Scene):
    return Competition.objects.get(pk=scene.live).bidding_close


def _gate_after(scene: Scene) -> float | None:
    """Seconds from the close of bidding to the closing of the gate."""
    deadline = time.monotonic() + GATE_SECONDS
    while time.monotonic() < deadline:
        gate = GateClose.objects.filter(competition=scene.live).first()
        if gate is not None:
            return float((gate.closed_at - _close(scene)).total_seconds())
        time.sleep(1)
    return None


def _read(file: Path) -> list[Asked]:
    with file.open(newline="") as rows:
        return [
            Asked(float(at), name, float(ms), int(status), failure)
            for at, name, ms, status, failure in csv.reader(rows)
        ]


def _busy() -> float:
    """Seconds for which the machine's processors have worked."""
    told = psutil.cpu_times()
    return float(told.user + told.nice + told.system + told.irq + told.softirq)


def _own(site: Site) -> float:
    """Those of them that the site's processes, its database and its broker took, and what these started."""
    total = 0.0
    for name in (*site.commands, "PostgreSQL", "Valkey"):
        process = site.process(name)
        if process is None or process.poll() is not None:
            continue
        top = psutil.Process(process.pid)
        for each in (top, *top.children(recursive=True)):
            try:
                told = each.cpu_times()
            except psutil.Error:
                continue
            total += told.user + told.system + (told.children_user + told.children_system)
    return total
