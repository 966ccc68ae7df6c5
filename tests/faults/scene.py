"""The market on which the busy time is played: a close ahead, a contract in service, and programs of everybody."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from allauth.account.models import EmailAddress

from accounts.models import ApiToken, Member
from competitions.models import Competition, ServiceWindow
from contracts.models import Contract
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.verdicts.freeze import ensure_frozen
from qualification.models import Asset
from tests.api.programs import Program
from tests.bidding.market import AFTER, enter
from tests.contracts.scene import confirmed
from tests.operations.metered import give
from tests.qualification import market as base

BIDDERS = 4
TERMS = {"baseline": {"method": "constant", "kw": "-2000"}, "availability": {"mode": "fixed"}}


@dataclass
class Scene:
    """Who plays, and on what."""

    live: Competition
    open: Competition
    window: ServiceWindow
    contract: Contract
    close: datetime
    buyer: Program
    bidders: list[Program]
    north: Program
    editor: Program
    uploader: Program
    reader: str
    """The address by which the editor signs in."""
    closing: list[Competition]
    """Of these bidding closes, one after the other, while nobody looks."""
    freezing: list[Competition]
    """Of these qualification closes."""
    paged: Competition
    """In this one people bid and decide by pages."""
    paged_window: ServiceWindow
    paged_asset: Asset
    people: dict[str, str]
    """The addresses by which people sign in, by what they do."""


def made(close_in: timedelta, marks: int = 0) -> Scene:
    """A competition whose bidding closes then, one whose qualification is open, and North's contract for 1 MW that is
    in service all day since two months ago."""
    with run_jobs_inline():
        with clock.set_to(AFTER):
            old = confirmed()
        now = clock.now()
        later = now + timedelta(days=1)
        contract = _in_service(old, now)
        buyer = old.buyer
        live = _competition(buyer, now, ref="LIVE", bidding_close=now + close_in)
        offered = _competition(
            buyer,
            now,
            ref="OPEN",
            qualification_close=now + timedelta(days=1),
            bidding_open=now + timedelta(days=2),
            bidding_close=now + timedelta(days=3),
        )
        closing = [_competition(buyer, now, ref=f"CLOSE{n}", bidding_close=later) for n in range(marks)]
        freezing = [
            _competition(
                buyer,
                now,
                ref=f"FREEZE{n}",
                qualification_close=later,
                bidding_open=later + timedelta(days=1),
                bidding_close=later + timedelta(days=2),
            )
            for n in range(marks)
        ]
        paged = _competition(buyer, now, ref="PAGED", bidding_close=now + close_in)
        paged_bidder = _bidder(paged, BIDDERS)
        ensure_frozen(paged, now)
        bidders = [_bidder(live, number) for number in range(BIDDERS)]
        ensure_frozen(live, now)
        editor, uploader = (base.member(base.provider(name)) for name in ("Editor", "Uploader"))
        base.asset(editor.organisation, ref="EDITED")
        paged_asset = base.asset(editor.organisation, ref="PAGED")
        for each in (editor, buyer, uploader, paged_bidder, old.north):
            EmailAddress.objects.create(user=each.user, email=each.user.email, verified=True, primary=True)
        programs = [Program(each) for each in (buyer, old.north, editor, uploader, *bidders)]
        ApiToken.objects.update(ends_at=now + timedelta(days=1))
    return Scene(
        live,
        offered,
        ServiceWindow.objects.get(competition=live),
        contract,
        now + close_in,
        programs[0],
        programs[4:],
        *programs[1:4],
        reader=editor.user.email,
        closing=closing,
        freezing=freezing,
        paged=paged,
        paged_window=ServiceWindow.objects.get(competition=paged),
        paged_asset=paged_asset,
        people={
            "buyer": buyer.user.email,
            "contractor": old.north.user.email,
            "uploader": uploader.user.email,
            "bidder": paged_bidder.user.email,
        },
    )


def close_at(scene: Scene, instant: datetime) -> None:
    """Let bidding close then."""
    Competition.objects.filter(pk__in=[scene.live.pk, scene.paged.pk]).update(bidding_close=instant)
    scene.live.refresh_from_db()
    scene.close = instant


def closes_at(scene: Scene, now: datetime, apart: timedelta) -> list[datetime]:
    """Let the others close, and freeze, one after the other; returns when."""
    moments = [now + apart * (place + 1) for place in range(len(scene.closing))]
    for marked, name in ((scene.closing, "bidding_close"), (scene.freezing, "qualification_close")):
        for each, moment in zip(marked, moments, strict=True):
            Competition.objects.filter(pk=each.pk).update(**{name: moment})
    return moments


def _competition(buyer: Member, now: datetime, **fields) -> Competition:
    dates = {
        "publish_on": now - timedelta(days=9),
        "qualification_open": now - timedelta(days=8),
        "qualification_close": now - timedelta(days=3),
        "bidding_open": now - timedelta(days=2),
        "first_day": (now + timedelta(days=30)).date(),
        "created_at": now - timedelta(days=9),
        "changed_at": now - timedelta(days=9),
    }
    return base.competition(buyer.organisation, **(dates | fields))


def _bidder(live: Competition, number: int) -> Member:
    provider = base.provider(f"Bidder {number}")
    for _ in range(2):
        base.asset(provider)
    enter(live, provider)
    return base.member(provider)


def _in_service(old, now: datetime) -> Contract:
    contract = Contract.objects.get(seller=old.north.organisation)
    day = timedelta(days=1)
    Contract.objects.filter(pk=contract.pk).update(
        first_day=(now - 60 * day).date(),
        end_day=(now + 30 * day).date(),
        weekdays=[0, 1, 2, 3, 4, 5, 6],
        public_holidays="ignore",
        start=time(0),
        end=time(23, 59),
    )
    return give(old, contract, "terms", TERMS)
