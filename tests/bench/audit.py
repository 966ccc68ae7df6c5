"""Proving a log of a million entries, by all processors and by one."""

import io
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from unittest import mock

from django.db import connection, transaction

from marketplace.audit import verification
from marketplace.audit.canonical import digest_of_fields
from marketplace.audit.segments import COLUMNS
from marketplace.audit.verification import verify
from tests.bench.measured import Measured, seconds

ENTRIES, CHAINS = 1_000_000, 20
START = datetime(2026, 1, 1, tzinfo=UTC)


def rows() -> Iterator[Measured]:
    """A million entries of the usual size in twenty chains, proven; the peer is the same walk in one
    process."""
    with transaction.atomic():
        _fill()
    ours = seconds(_proven)
    with mock.patch.object(verification, "PARALLEL_FROM", ENTRIES + 1):
        alone = seconds(_proven)
    yield Measured("audit", f"{ENTRIES:,} entries in {CHAINS} chains proven", ours, "one process", alone)


def _proven() -> None:
    broken = list(verify())
    if broken:
        raise AssertionError(str(broken[0]))


def _fill() -> None:
    with connection.cursor() as cursor:
        for _ in range(CHAINS):
            organisation_id, previous, text = uuid.uuid4(), "", io.StringIO()
            for sequence in range(1, ENTRIES // CHAINS + 1):
                fields = _fields(organisation_id, sequence, previous)
                previous = digest_of_fields(fields)
                cells = [
                    json.dumps(fields["changes"]) if name == "changes" else fields[name]
                    for name in COLUMNS[:-1]
                ]
                text.write(
                    "\t".join("\\N" if cell is None else str(cell) for cell in cells) + f"\t{previous}\n"
                )
            text.seek(0)
            cursor.copy_expert(f"COPY audit_auditentry ({', '.join(COLUMNS)}) FROM STDIN", text)
            head = [organisation_id, ENTRIES // CHAINS, previous]
            cursor.execute(
                "INSERT INTO audit_chainhead (organisation_id, count, digest) VALUES (%s, %s, %s)", head
            )


def _fields(organisation_id: uuid.UUID, sequence: int, previous: str) -> dict[str, object]:
    return {
        "id": uuid.uuid4(),
        "organisation_id": organisation_id,
        "sequence": sequence,
        "at": START + timedelta(seconds=sequence),
        "actor_user_id": 7,
        "actor_email": "desk@harbour.example",
        "actor_organisation_id": organisation_id,
        "action": "asset changed",
        "subject_type": "qualification.asset",
        "subject_id": str(uuid.UUID(int=sequence)),
        "subject_label": f"H{sequence:05} Battery, Grangetown",
        "changes": {"voltage_kv": ["11", "33"], "generation_turn_up_mw": ["1.500000", f"{sequence}.000000"]},
        "sealed_under": None,
        "previous_digest": previous,
    }
