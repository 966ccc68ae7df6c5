"""Figures for monitoring, read at the moment they are asked for: the same from whichever web process answers.

Nothing among them may tell of bids: no count by competition, none of what is sealed.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog
from django.conf import settings
from django.db import Error
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from marketplace import clock, replica
from marketplace.health import heartbeats

log = structlog.get_logger(__name__)

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Where the web processes of one machine write what they count (gunicorn.conf.py sets it)."""


@dataclass(frozen=True)
class Figure:
    """A gauge: its name, what it says and in which unit, and its values by the values of its labels."""

    name: str
    says: str
    labels: Sequence[str] = ()
    values: list[tuple[Sequence[str], float]] = field(default_factory=list)


Maker = Callable[[datetime], Iterable[Figure]]
_makers: list[Maker] = []


def register_figures(make: Maker) -> Maker:
    """Register ``make(now)``, which returns an app's figures; called once at start."""
    if make not in _makers:
        _makers.append(make)
    return make


def exported() -> bytes:
    """All metrics as Prometheus reads them: what the web processes of this machine counted, then the figures."""
    counted = REGISTRY
    if FOLDER in os.environ:
        counted = CollectorRegistry()
        MultiProcessCollector(counted)  # type: ignore[no-untyped-call]
    figures = CollectorRegistry(auto_describe=False)
    figures.register(_Figures())
    return bytes(generate_latest(counted) + generate_latest(figures))


class _Figures(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        missing = 0
        for make in _makers:
            try:
                found = list(make(clock.now()))
            except (Error, OSError, RedisError) as error:
                log.warning(
                    "figures_missing", of=f"{make.__module__}.{make.__name__}", error=type(error).__name__
                )
                missing += 1
            else:
                yield from map(_family_of, found)
        yield _family_of(
            Figure(
                "marketplace_figures_missing",
                "How many parts could not tell their figures.",
                values=[((), missing)],
            )
        )


def _family_of(figure: Figure) -> GaugeMetricFamily:
    family = GaugeMetricFamily(figure.name, figure.says, labels=figure.labels)
    for labels, value in figure.values:
        family.add_metric(labels, value)
    return family


@register_figures
def of_processes(now: datetime) -> Iterator[Figure]:
    """Signs of life of beat and workers, and what waits in each queue. Raises what Valkey's client raises."""
    beat = heartbeats.age(heartbeats.BEAT)
    yield Figure(
        "marketplace_beat_last_tick_age_seconds",
        "Seconds since the queue last took something from beat; absent: never.",
        values=[] if beat is None else [((), beat)],
    )
    workers = {queue: heartbeats.age(heartbeats.worker_of(queue)) for queue in settings.CELERY_TASK_QUEUES}
    yield Figure(
        "marketplace_worker_last_sign_age_seconds",
        "Seconds since the last sign of life of a worker of the queue; absent: never.",
        ["queue"],
        [([queue], age) for queue, age in workers.items() if age is not None],
    )
    yield Figure(
        "marketplace_queue_messages",
        "Messages that lie in the queue and no worker has taken.",
        ["queue"],
        [([queue], heartbeats.messages_in(queue)) for queue in settings.CELERY_TASK_QUEUES],
    )


@register_figures
def of_replica(now: datetime) -> Iterator[Figure]:
    """How far the copy of the database is behind, where there is one. Raises what the database's driver raises."""
    behind = replica.seconds_behind() if replica.ALIAS in settings.DATABASES else None
    yield Figure(
        "marketplace_replica_behind_seconds",
        "Seconds by which the copy of the database is behind; absent: there is none, or it follows no longer.",
        values=[] if behind is None else [((), behind)],
    )


@register_figures
def of_backup(now: datetime) -> Iterator[Figure]:
    """The age of the last backup that this machine can see."""
    stamp = Path(getattr(settings, "BACKUP_STAMP", "") or os.devnull)
    known = stamp.is_file()
    yield Figure(
        "marketplace_backup_age_seconds",
        "Seconds since the last backup was made; absent: none is known.",
        values=[((), now.timestamp() - stamp.stat().st_mtime)] if known else [],
    )
