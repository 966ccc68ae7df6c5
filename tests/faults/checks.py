"""What must hold afterwards: the journal of what was acknowledged, held beside the database."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path

from bidding.domain.gate import closing
from bidding.models import Bid, Confirmation, GateClose, Receipt
from contracts.models import Contract
from marketplace import clock
from marketplace.audit.models import AuditEntry
from marketplace.audit.verification import verify
from marketplace.jobs.enums import UNFINISHED, State
from marketplace.jobs.models import Job
from marketplace.notifications.models import Notification
from operations.enums import EventKind, MessageKind
from operations.models import Dispatch, DispatchEvent, Message, MeterDay
from qualification.domain.verdicts import freeze
from qualification.models import Asset, Entry, Freeze
from settlement.models import StatementVersion
from tests.faults.journal import Journal, Line
from tests.faults.scene import Scene

QUIET_SECONDS = 150
MESSAGE_ID = re.compile(rb"^Message-ID: (.+)$", re.MULTILINE)

Faults = Iterator[str]


def wait_until_quiet() -> float:
    """Wait until no job is unfinished, no mail waits to be sent at once and no gate or freeze is due; returns the
    seconds."""
    began = time.monotonic()
    while time.monotonic() - began < QUIET_SECONDS:
        jobs = Job.objects.filter(state__in=UNFINISHED).exists()
        mails = Notification.objects.filter(mail_state="waiting", next_try_at=None).exists()
        gates = [*closing.due(clock.now()), *freeze.due(clock.now())]
        if not jobs and not mails and not gates:
            break
        time.sleep(0.5)
    return time.monotonic() - began


def ballots(scene: Scene, journal: Journal, mail: Path) -> Faults:
    """Each acknowledged ballot has one receipt, a refused one none, one in doubt at most one; what stands is the last."""
    held = Receipt.objects.filter(competition=scene.live)
    late = held.filter(recorded_at__gte=scene.close).count()
    if late:
        yield f"{late} receipts were recorded after the close"
    for number, program in enumerate(scene.bidders):
        own = held.filter(provider=program.client.member.organisation).exclude(action="withdrawn")
        found = Counter(
            int(Decimal(each["utilisation_price"])) for each in own.values_list("content", flat=True)
        )
        lines = {line.key[1]: line for line in journal.of("ballot") if line.key[0] == number}
        for price, line in lines.items():
            expected = {1} if line.is_done else {0} if line.is_refused else {0, 1}
            if found[price] not in expected:
                yield f"ballot {price} of bidder {number}, answered {line.status}: {found[price]} receipts"
        if unasked := set(found) - set(lines):
            yield f"bidder {number} has receipts for ballots never sent: {sorted(unasked)}"


def pages(scene: Scene, journal: Journal, mail: Path) -> Faults:
    """What was acknowledged by a page is there once, and what it refused is not."""
    held = Receipt.objects.filter(competition=scene.paged)
    late = held.filter(recorded_at__gte=scene.close).count()
    if late:
        yield f"{late} receipts by page were recorded after the close"
    prices = held.exclude(action="withdrawn").values_list("content", flat=True)
    found = Counter(int(Decimal(each["utilisation_price"])) for each in prices)
    for line in journal.of("ballot by page"):
        expected = {1} if line.is_done else {0} if line.is_refused else {0, 1}
        if found[line.key] not in expected:
            yield f"ballot {line.key} by page, answered {line.status}: {found[line.key]} receipts"
    assets = Counter(Asset.objects.filter(ref__startswith="P").values_list("ref", flat=True))
    for line in journal.done("applied by page"):
        expected = 0 if _is_refused(line) else 1
        if any(assets[ref] != expected for ref in line.key):
            yield f"applied by page, but not there {expected} times: {line.key[0]} and the others of its file"
    edited = [line for line in journal.of("edited by page") if not line.is_refused]
    done = [place for place, line in enumerate(edited) if line.is_done]
    name = Asset.objects.get(pk=scene.paged_asset.pk).name
    if done and name not in {f"Page {line.key}" for line in edited[done[-1] :]}:
        yield f"the asset edited by page is called {name}"
    confirmed = Confirmation.objects.filter(competition=scene.paged).count()
    asked = journal.of("confirmed by page")
    if confirmed > 1 or confirmed < sum(line.is_done for line in asked):
        yield f"{len(asked)} confirmations asked for by page, {confirmed} recorded"
    accepted = Bid.objects.filter(ballot__competition=scene.paged, decision="accepted").count()
    contracts = Contract.objects.filter(competition=scene.paged).count()
    if confirmed and contracts != accepted:
        yield f"{contracts} contracts for {accepted} bids accepted by page"


def _is_refused(line: Line) -> bool:
    """Whether the job to whose page the answer led was refused, since the data had changed after its check."""
    [job] = re.findall(r"[0-9a-f-]{36}", line.body)
    return Job.objects.get(pk=job).state == State.REFUSED


def gate(scene: Scene, journal: Journal, mail: Path) -> Faults:
    """The gate closed once, with the bids that stand."""
    closed = GateClose.objects.filter(competition=scene.live).first()
    if closed is None:
        yield "the gate did not close"
        return
    if closed.closed_at < scene.close:
        yield f"the gate closed {scene.close - closed.closed_at} early"
    for model, marked in ((GateClose, scene.closing), (Freeze, scene.freezing)):
        count = model.objects.filter(competition__in=marked).count()
        if count != len(marked):
            yield f"{count} of {len(marked)} have a {model.__name__}"
    standing = Bid.objects.filter(ballot__competition=scene.live, ballot__state="submitted").count()
    if closed.bid_count != standing:
        yield f"the gate counted {closed.bid_count} bids, {standing} stand"


def results(scene: Scene, journal: Journal, mail: Path) -> Faults:
    """Decided and confirmed once; a contract for each accepted bid and no other."""
    confirmed = Confirmation.objects.filter(competition=scene.live).count()
    if confirmed != len(journal.done("confirmed")):
        yield f"{len(journal.done('confirmed'))} confirmations acknowledged, {confirmed} recorded"
    accepted = set(
        Bid.objects.filter(ballot__competition=scene.live, decision="accepted").values_list("pk", flat=True)
    )
    awarded = list(Contract.objects.filter(competition=scene.live).values_list("bid_id", flat=True))
    if sorted(awarded, key=str) != sorted(accepted, key=str):
        yield f"{len(awarded)} contracts for {len(accepted)} accepted bids"


def files(scene: Scene, journal: Journal, mail: Path) -> Faults:
    """Every job ended and none failed; what was applied is there, once."""
    for job in Job.objects.filter(state__in=[*UNFINISHED, State.FAILED]):
        yield f"job {job.title} is {job.state}: {job.error} {job.log[-3:]}"
    sent = Job.objects.filter(kind="qualification.assets", upload__isnull=False).count()
    done, asked = (
        [line for kind in ("sent", "sent by page") for line in lines(kind)]
        for lines in (journal.done, journal.of)
    )
    if not len(done) <= sent <= len(asked):
        yield f"{len(done)} uploads acknowledged of {len(asked)}, {sent} kept"
    held = Counter(
        Asset.objects.filter(provider=scene.uploader.client.member.organisation).values_list("ref", flat=True)
    )
    for line in journal.done("applied"):
        missing = [ref for ref in line.key if held[ref] != 1]
        if missing:
            yield f"applied, but not there once: {missing[:3]} and {len(missing)} in all"
    for line in journal.done("fetched"):
        if not line.body:
            yield f"the file of job {line.key} was empty"
    ends = Counter(AuditEntry.objects.filter(action__startswith="file ").values_list("subject_id", "action"))
    yield from (f"job {key} ended {count} times in the log" for key, count in ends.items() if count > 1)


def edits(scene: Scene, journal: Journal, mail: Path) -> Faults:
    """The asset has its last acknowledged name, and the entry its last acknowledged state."""
    lines = [line for line in journal.of("edited") if not line.is_refused]
    name = Asset.objects.get(ref="EDITED").name
    done = [place for place, line in enumerate(lines) if line.is_done]
    possible = {f"Edit {line.key}" for line in lines[done[-1] :]} if done else {name}
    if name not in possible:
        yield f"the asset is called {name}, not one of {sorted(possible)}"
    entered = [line for line in journal.of("entry") if not line.is_refused]
    if entered and all(line.is_done for line in entered[-1:]):
        bidder = scene.bidders[0].client.member.organisation
        state = Entry.objects.get(competition=scene.open, provider=bidder).state
        if state != entered[-1].key:
            yield f"the entry is {state}, acknowledged was {entered[-1].key}"


def dispatches(scene: Scene, journal: Journal, mail: Path) -> Faults:
    """Each dispatch once, told once, acknowledged once; messages numbered without a gap."""
    held = Counter(Dispatch.objects.values_list("ref", flat=True))
    for line in journal.of("dispatched"):
        expected = {1} if line.is_done else {0} if line.is_refused else {0, 1}
        if held[line.key] not in expected:
            yield f"dispatch {line.key}, answered {line.status}: recorded {held[line.key]} times"
    told = Counter(
        Message.objects.filter(kind=MessageKind.DISPATCH_ISSUED).values_list("dispatch__ref", flat=True)
    )
    yield from (f"dispatch {ref} was told {told[ref]} times" for ref in held if told[ref] != 1)
    answered = Counter(
        map(
            str,
            DispatchEvent.objects.filter(kind=EventKind.ACKNOWLEDGE).values_list("dispatch_id", flat=True),
        )
    )
    for line in [*journal.done("acknowledged"), *journal.done("acknowledged by page")]:
        if answered[line.key] != 1:
            yield f"dispatch {line.key} has {answered[line.key]} acknowledgements"
    for receiver in Message.objects.order_by().values_list("receiver", flat=True).distinct():
        numbers = sorted(Message.objects.filter(receiver=receiver).values_list("number", flat=True))
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"the messages of {receiver} have a gap"


def readings(scene: Scene, journal: Journal, mail: Path) -> Faults:
    """As many days have readings as were acknowledged, and the statements are numbered without a gap."""
    days = {line.key[0].date() for line in journal.done("metered")}
    applied = [line for line in journal.done("readings applied by page") if not _is_refused(line)]
    days |= {day for line in applied for day in line.key}
    possible = {line.key[0].date() for line in journal.of("metered")}
    possible |= {day for line in journal.of("readings applied by page") for day in line.key}
    kept = set(MeterDay.objects.values_list("day", flat=True))
    if not days <= kept <= possible:
        yield f"readings of {sorted(days - kept)} are lost, of {sorted(kept - possible)} unasked"
    of_statement: dict[object, list[int]] = {}
    for statement, number in StatementVersion.objects.order_by("number").values_list("statement", "number"):
        of_statement.setdefault(statement, []).append(number)
    for statement, numbers in of_statement.items():
        if numbers != list(range(1, len(numbers) + 1)):
            yield f"the versions of statement {statement} are {numbers}"


def mails(scene: Scene, journal: Journal, mail: Path) -> Faults:
    """No mail twice, every sent one is there."""
    sent = Counter(
        found.decode().strip() for file in mail.glob("*") for found in MESSAGE_ID.findall(file.read_bytes())
    )
    yield from (f"mail {one} was sent {count} times" for one, count in sent.items() if count > 1)
    noted = Notification.objects.filter(mail_state="sent").count()
    if len(sent) < noted:
        yield f"{noted} mails are noted as sent, {len(sent)} are there"
    given_up = Notification.objects.filter(mail_state="given_up").count()
    if given_up:
        yield f"{given_up} mails were given up"


def chain(scene: Scene, journal: Journal, mail: Path) -> Faults:
    """The log is whole."""
    yield from (f"the log is broken: {each}" for each in verify())


ALL: list[Callable[[Scene, Journal, Path], Faults]] = [
    ballots, pages, gate, results, files, edits, dispatches, readings, mails, chain,
]  # fmt: skip


def found(scene: Scene, journal: Journal, mail: Path) -> list[str]:
    """Everything that does not hold."""
    return [told for check in ALL for told in check(scene, journal, mail)]
