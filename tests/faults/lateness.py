"""What comes by itself comes in time: gates, freezes and mails, once everything that they need is there."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from bidding.models import GateClose
from marketplace.notifications.models import Notification
from qualification.models import Freeze
from tests.faults.outages import Outages
from tests.faults.scene import Scene
from tests.faults.site import MAIL_SERVER, POSTGRES, VALKEY

LIMIT = timedelta(seconds=15)
BY_BEAT = ("worker-urgent", "beat", POSTGRES, VALKEY)
BY_MAIL = ("worker-mails", "beat", POSTGRES, VALKEY, MAIL_SERVER)


def found(scene: Scene, outages: Outages, since: datetime) -> tuple[list[str], list[str]]:
    """What came later than the limit after all that it needs was there, and a sentence for each kind. Mails count that
    were told since then."""
    late, told = [], []
    for kind, needs, moments in (
        ("gate", BY_BEAT, _gates(scene)),
        ("freeze", BY_BEAT, _freezes(scene)),
        ("mail", BY_MAIL, _mails(since)),
    ):
        waits = [(outages.longest_whole(due, done, needs), name, done - due) for name, due, done in moments]
        late += [
            f"{kind} {name} came {took.total_seconds():.0f} s late, {wait.total_seconds():.0f} s of it with all there"
            for wait, name, took in waits
            if wait > LIMIT
        ]
        told.append(_sentence(kind, waits))
    marked = [*scene.closing, *scene.freezing]
    return late, [*told, f"{len(marked)} competitions closed or froze while nobody looked."]


def _sentence(kind: str, waits: Collection[tuple[timedelta, str, timedelta]]) -> str:
    if not waits:
        return f"No {kind} came."
    wait, took = max(each[0] for each in waits), max(each[2] for each in waits)
    return (
        f"{len(waits)} of kind {kind}: at most {took.total_seconds():.1f} s after they were due, of which "
        f"{wait.total_seconds():.1f} s at a stretch with all that they need there."
    )


def _gates(scene: Scene) -> Iterator[tuple[str, datetime, datetime]]:
    for gate in GateClose.objects.filter(competition__in=[*scene.closing, scene.live]).select_related(
        "competition"
    ):
        yield gate.competition.ref, gate.competition.bidding_close, gate.closed_at


def _freezes(scene: Scene) -> Iterator[tuple[str, datetime, datetime]]:
    for freeze in Freeze.objects.filter(competition__in=scene.freezing).select_related("competition"):
        yield freeze.competition.ref, freeze.competition.qualification_close, freeze.frozen_at


def _mails(since: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """Those that went out at the first try; a try that a dead worker had begun is taken up minutes later."""
    for mail in Notification.objects.filter(mail_state="sent", attempts=1, created_at__gte=since):
        yield f"{mail.kind} {mail.key}", mail.created_at, mail.sent_at
