"""Files changed at random, given to every reader: a result or one sentence, never a crash, within time and
memory.

``FUZZ_SECONDS`` says for how long in all (``make fuzz``: ten minutes; otherwise half a minute). Each reader gets
its part. What is found is printed with the seed that makes it again (``FUZZ_SEED``).
"""

import io
import json
import os
import random
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from PIL import Image

from accounts.domain.logos import drawn
from competitions.domain.demand_reading import _parts_of_series
from marketplace.attachment_content import content_of
from marketplace.geo.reading import UnreadableGeoFile, Wanted, _list_layers, _read_areas
from marketplace.sandbox import ChildFailed, LimitExceeded, report, run_limited
from marketplace.workbooks.copies import rebuilt_copy
from marketplace.workbooks.extract import extract
from qualification.domain.meters.files import read_meter_file
from tests.data_files import CHECKOUT

SECONDS_IN_ALL = float(os.environ.get("FUZZ_SECONDS", "30"))
SEED = int(os.environ.get("FUZZ_SEED", "0")) or random.SystemRandom().randrange(1, 2**32)
DATA = CHECKOUT / "tests" / "data"
LONDON = ZoneInfo("Europe/London")
WANTED = {"assets": frozenset({"asset ref", "asset name", "latitude", "longitude"})}
TOKENS = [
    b'r="XFD1048576"', b'r="A1"', b"<row>", b"</row>", b'<c t="e"><v>#REF!</v></c>', b"<f/>", b't="s"', b"1e999999999",
    b"&#0;", b"<!DOCTYPE a>", b"\x00", b"\xff\xfe", b"\xe2\x80\x8b", b'"', b",", b";", b"\n" * 1000, b"9" * 400, b"-",
    b"<sheetData>", b"</sheetData>", b's="99999"', b"NaN", b"/JavaScript", b"stream\n", b"endobj", b"PK\x03\x04",
]  # fmt: skip


def pictures() -> list[bytes]:
    made = []
    for form in ("PNG", "JPEG", "WEBP"):
        target = io.BytesIO()
        Image.effect_noise((40, 30), 50).convert("RGB").save(target, form)
        made.append(target.getvalue())
    return made


def workbooks() -> list[bytes]:
    target = io.BytesIO()
    book = openpyxl.Workbook()
    book.active.title = "Assets"
    for row in (
        ["Asset Ref", "Asset Name", "Latitude", "Longitude"],
        ["A", "B", 55.9, -3.1],
        ["C", "=1+1", 1, None],
    ):
        book.active.append(row)
    book.save(target)
    return [target.getvalue(), *files("*.xlsx")]


def files(pattern: str) -> list[bytes]:
    return [path.read_bytes() for path in sorted(Path(DATA).glob(f"*/{pattern}"))]


def changed(data: bytes, chance: random.Random) -> bytes:
    """The bytes with a few cut, repeated, overwritten or put in."""
    new = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(new) + 1)
        length = chance.choice((1, 4, 40, 400))
        deed = chance.randrange(4)
        if deed == 0:
            del new[at : at + length]
        elif deed == 1:
            new[at:at] = chance.choice(TOKENS)
        elif deed == 2:
            new[at : at + length] = chance.randbytes(min(length, len(new) - at))
        else:
            new[at:at] = new[at : at + length] * chance.choice((2, 50))
    return bytes(new)


def changed_inside(data: bytes, chance: random.Random) -> bytes:
    """The same for the parts of a package, so that the change is not just a bad checksum."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = {info.filename: archive.read(info) for info in archive.infolist()}
    except Exception:
        return changed(data, chance)
    for name in chance.sample(sorted(parts), chance.randint(1, min(2, len(parts)))):
        parts[name] = changed(parts[name], chance)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def either(data: bytes, chance: random.Random) -> bytes:
    return (changed if chance.random() < 0.2 else changed_inside)(data, chance)


def read_sheet(data: bytes) -> Any:
    found = extract(data, WANTED)
    assert found.refusal is None or found.refusal.endswith(".")
    return sum(1 for raw in found.sheets.values() for _ in raw.rows())


def read_attachment(data: bytes) -> Any:
    kind, refusal = content_of(data)
    assert bool(kind) != bool(refusal)


def read_logo(data: bytes) -> Any:
    picture, refusal = drawn(data)
    assert bool(picture) != bool(refusal)


def read_series(data: bytes) -> Any:
    refusal, parts = _parts_of_series(data, LONDON)
    assert bool(refusal) != bool(parts)


def read_meters(data: bytes) -> Any:
    refusal, meters, problems = read_meter_file(data)
    assert refusal or isinstance(meters, list)
    assert all(problem.message for problem in problems)


def mark(data: bytes) -> Any:
    copy = rebuilt_copy(data, [])
    assert copy is None or copy.startswith(b"PK")


def read_areas(data: bytes) -> Any:
    sentence = "."
    try:
        for layer in _list_layers(data, "areas")[:3]:
            wanted = Wanted(layer.fields[0] if layer.fields else "Name")
            reading = _read_areas(data, "areas", layer.name, False, wanted)
            assert all(problem.message for problem in reading.problems)
    except UnreadableGeoFile as refusal:
        sentence = str(refusal)
    assert sentence.endswith(".")


def areas() -> list[bytes]:
    ring = [[-3.0, 55.0], [-2.9, 55.0], [-2.9, 55.1], [-3.0, 55.0]]
    shape = {
        "type": "Feature",
        "properties": {"name": "A"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    plain = json.dumps({"type": "FeatureCollection", "features": [shape, shape]}).encode()
    return [plain, *files("*.geojson"), *files("*.kml"), *files("*.gpkg")]


SERIES = b"timestamp,MW\n" + b"".join(
    b"2026-01-%02d 10:%02d,%d.5\n" % (day, day % 2 * 30, day) for day in range(1, 29)
)
READERS: dict[str, tuple[Callable[[bytes], Any], list[bytes], Callable[[bytes, random.Random], bytes]]] = {
    "file of areas": (read_areas, areas(), changed),
    "workbook": (read_sheet, workbooks(), either),
    "marked copy": (mark, workbooks(), either),
    "attachment": (read_attachment, [*files("attachment*"), *pictures(), *workbooks()[:1]], either),
    "logo": (read_logo, pictures(), changed),
    "demand series": (read_series, [SERIES, SERIES.replace(b",", b";"), *files("demand*.csv")], changed),
    "meter list": (read_meters, [b"meter_id\n1200023305967\n", *files("*meter*.csv")], changed),
}


def file_of(name: str, seed: int, number: int) -> bytes:
    """The changed file of this try."""
    _, samples, change = READERS[name]
    chance = random.Random(f"{seed} {number}")
    return change(chance.choice(samples), chance)


def many(name: str, seed: int, seconds: float) -> list[tuple[int, str]]:
    """In the confined process: as many changed files as there is time for; what went wrong, by number of the
    try."""
    reader = READERS[name][0]
    wrong = []
    number = 0
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        number += 1
        report(number, 0)
        data = file_of(name, seed, number)
        begun = time.process_time()
        try:
            reader(data)
        except Exception as error:
            wrong.append((number, repr(error)[:300]))
        if time.process_time() - begun > 30:
            wrong.append((number, "took more than 30 s"))
    return [(0, str(number)), *wrong]


def alone(name: str, seed: int, number: int) -> None:
    """In a confined process of its own: one changed file."""
    READERS[name][0](file_of(name, seed, number))


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_changed_file_gives_a_result_or_one_sentence(name):
    """When the memory of a process that reads many is used up, the file at which it was must do with it
    alone."""
    until = time.monotonic() + SECONDS_IN_ALL / len(READERS)
    tries, seed = 0, SEED
    while (seconds := until - time.monotonic()) > 0:
        seed += 1
        at = [0]
        try:
            [(_, done), *wrong] = run_limited(
                many,
                name,
                seed,
                seconds,
                memory_mb=500,
                seconds=seconds + 60,
                scratch=True,
                progress=lambda number, _, at=at: at.__setitem__(0, number),
            )
        except LimitExceeded:
            run_limited(alone, name, seed, at[0], memory_mb=500, seconds=30, scratch=True)
            tries += at[0]
            continue
        except ChildFailed as error:
            pytest.fail(f"With FUZZ_SEED={seed - 1} the reader of a {name} died at try {at[0]}: {error}")
        tries += int(done)
        assert wrong == [], f"FUZZ_SEED={seed - 1}"
    print(f"{name}: {tries:,} files from FUZZ_SEED={SEED}")  # noqa: T201
    assert tries > 0
