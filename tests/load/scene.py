"""The market of a desk's size that people use: 50 competitions in every phase, 24 providers, 300 windows to bid in."""

import random
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import shapely
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.test import Client

from accounts.enums import Role
from accounts.models import ApiToken, Member, Organisation, User
from competitions.models import Competition, ServicePeriod, ServiceWindow
from contracts.models import Contract
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from qualification.domain.verdicts.requalification import request_for_competitions, work_off
from qualification.enums import EntryState
from qualification.models import Asset, Entry
from tests.api.programs import Program
from tests.bench import pages
from tests.qualification import market as base

OPERATORS, COMPETITIONS, PERIODS, WINDOWS, OTHER_WINDOWS = 2, 50, 12, 300, 6
PROVIDERS, LARGE, LARGE_ASSETS, SMALL_ASSETS, BIDS = 24, 4, 5_000, 100, 12_000
STAFF_EACH, PEOPLE_EACH = 20, 10
PASSWORD = "a long password"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass
class Person:
    """Who is signed in, and what of the market is theirs."""

    organisation: str
    session: str
    email: str
    is_bidder: bool
    things: dict[str, list[str]]


@dataclass
class Scene:
    """What the people's process is told: addresses by ids, and who signs in."""

    cookie: str
    csrf_cookie: str
    close: float
    live: str
    live_ref: str
    windows: list[str]
    refs: list[str]
    codes: list[str]
    staff: list[Person]
    desks: list[Person]
    large: list[str]
    token: str

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def made(close: datetime) -> Scene:
    """Fill the database; bidding in the competition of 300 windows closes then."""
    now, draw = clock.now(), random.Random(18)
    with run_jobs_inline():
        operators = [base.operator() for _ in range(OPERATORS)]
        providers = [base.provider(f"Desk {number}") for number in range(PROVIDERS)]
        for number, provider in enumerate(providers):
            _fleet(provider, LARGE_ASSETS if number < LARGE else SMALL_ASSETS, draw)
        live = _live(operators[0], now, close)
        others = [_other(operators[number % OPERATORS], number, now) for number in range(COMPETITIONS - 1)]
        _enter([live, *others], providers, now)
        request_for_competitions([each.pk for each in (live, *others)], now)
        work_off(now)
        pages.bid_in_all(others, providers, now, bids=BIDS)
        uploader = Program(base.member(base.provider("Uploader")))
        ApiToken.objects.update(ends_at=now + DAY)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    windows = live.windows.order_by("period__first_day", "position").values_list("pk", flat=True)
    return Scene(
        cookie=settings.SESSION_COOKIE_NAME,
        csrf_cookie=settings.CSRF_COOKIE_NAME,
        close=close.timestamp(),
        live=str(live.pk),
        live_ref=live.ref,
        windows=[str(each) for each in windows],
        refs=[each.ref for each in (live, *others)],
        codes=[each.code for each in operators],
        staff=_in_turn([_people(each, STAFF_EACH) for each in operators]),
        desks=_in_turn([_people(each, PEOPLE_EACH) for each in providers]),
        large=[each.code for each in providers[:LARGE]],
        token=uploader.token,
    )


def _in_turn(people: list[list[Person]]) -> list[Person]:
    """The first of each organisation, then the second of each: however few there are, all take part."""
    return [person for each in zip(*people, strict=True) for person in each]


def _fleet(provider: Organisation, number: int, draw: random.Random) -> None:
    kind = base.asset_type()
    Asset.objects.bulk_create(
        [
            base.an_asset(
                provider,
                round(draw.random(), 6),
                round(draw.random(), 6),
                kind,
                ref=f"SITE-{place:05}",
                generation_turn_up_mw=Decimal("0.0200"),
            )
            for place in range(number)
        ],
        batch_size=2000,
    )


def _live(operator: Organisation, now: datetime, close: datetime) -> Competition:
    made = _competition(operator, now, minimum_mw=(), bidding_close=close)
    made.periods.all().delete()
    for month in range(PERIODS):
        first = (now + (60 + 30 * month) * DAY).date()
        period = ServicePeriod.objects.create(
            competition=made, name=f"Month {month + 1}", first_day=first, last_day=first + 29 * DAY
        )
        ServiceWindow.objects.bulk_create(
            ServiceWindow(
                competition=made,
                period=period,
                name=f"Window {number + 1}",
                weekdays=[number % 5],
                start=(datetime.min + (6 + number // 5 * 2) * HOUR).time(),
                end=(datetime.min + (8 + number // 5 * 2) * HOUR).time(),
                capacity_required_mw=Decimal(8),
                minimum_aggregate_mw=Decimal("0.05"),
                available_minutes=480,
                dispatch_estimate=4,
                dispatch_duration=HOUR,
                position=number,
            )
            for number in range(WINDOWS // PERIODS)
        )
    return made


def _competition(operator: Organisation, now: datetime, **fields: Any) -> Competition:
    dates = {
        "publish_on": now - 31 * DAY,
        "qualification_open": now - 30 * DAY,
        "qualification_close": now - 20 * DAY,
        "bidding_open": now - 10 * DAY,
        "first_day": (now + 60 * DAY).date(),
        "created_at": now - 40 * DAY,
        "changed_at": now - 40 * DAY,
    }
    return base.competition(operator, **(dates | fields))


def _other(operator: Organisation, number: int, now: datetime) -> Competition:
    """A competition in a tenth of the area, in the phase of its number (:func:`tests.bench.pages.move`)."""
    west = number % 10 / 10
    made = _competition(
        operator,
        now,
        shape=shapely.box(west, 0, west + 0.1, 1),
        minimum_mw=("0",) * OTHER_WINDOWS,
        bidding_close=now + 2 * DAY,
    )
    pages.move(made, number, now)
    made.save()
    return made


def _enter(competitions: list[Competition], providers: list[Organisation], now: datetime) -> None:
    Entry.objects.bulk_create(
        Entry(competition=competition, provider=provider, state=EntryState.ENTERED, changed_at=now)
        for competition in competitions
        for provider in providers
    )


def _people(of: Organisation, number: int) -> list[Person]:
    things, password = _things(of), _password()
    users = User.objects.bulk_create(
        User(email=f"{of.code.lower()}-{place}@example.org", password=password) for place in range(number)
    )
    EmailAddress.objects.bulk_create(
        EmailAddress(user=each, email=each.email, verified=True, primary=True) for each in users
    )
    members = Member.objects.bulk_create(
        Member(user=each, organisation=of, roles=list(Role.values)) for each in users
    )
    return [_person(each, place == 0, things) for place, each in enumerate(members)]


@cache
def _password() -> str:
    """As it is stored; made once for all, since it is made to be slow."""
    return make_password(PASSWORD)


def _things(of: Organisation) -> dict[str, list[str]]:
    """Some of each kind whose page the organisation's people open."""
    found = {
        "assets": Asset.objects.filter(provider=of).order_by("ref"),
        "contracts": Contract.objects.filter(seller=of) | Contract.objects.filter(buyer=of),
        "decided": Competition.objects.filter(operator=of, gate_close__isnull=False, confirmed_at=None),
        "confirmed": Competition.objects.filter(operator=of, confirmed_at__isnull=False),
    }
    things = {
        name: [str(pk) for pk in rows.values_list("pk", flat=True)[:20]] for name, rows in found.items()
    }
    own = Competition.objects.filter(operator=of).order_by("ref")
    return things | {"own": list(own.values_list("ref", flat=True))}


def _person(member: Member, is_bidder: bool, things: dict[str, list[str]]) -> Person:
    client = Client()
    client.force_login(member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return Person(member.organisation.code, session, member.user.email, is_bidder, things)
