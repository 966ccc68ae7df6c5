"""The demo market: an invented operator and three invented providers on real areas and sites, played up to now.

Everything goes through the actions of the pages, with the clock set to when it would have happened.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts.models import Member, User
from bidding.domain.ballots.limits import BidTerms
from bidding.domain.ballots.submitting import submit_ballot
from bidding.domain.decisions.confirmation import confirm_results
from bidding.domain.decisions.deciding import BidDecision, decide_as_recommended, decide_bids
from bidding.domain.decisions.proposals import seen_now
from bidding.domain.gate.closing import ensure_closed
from bidding.domain.queries import bids_for_operator
from bidding.domain.scheduled_notifications import notify_due as bidding_tells
from bidding.enums import Decision
from competitions.domain.places.postcodes import load_postcodes
from competitions.domain.queries import operator_competitions, purchasing_systems_of
from competitions.models import Competition, PurchasingSystem, ServiceWindow
from competitions.workbooks.specs import COMPETITION_FILE
from marketplace import clock
from marketplace.deliveries.engine import deliver_due
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.workbooks.write import write_template
from qualification.domain.entries.entering import enter
from qualification.domain.scheduled_notifications import notify_due as qualification_tells
from qualification.domain.verdicts.requalification import work_off
from qualification.domain.verdicts.standing import qualified_assets
from qualification.workbooks.specs import ASSETS
from rehearsal.demo.company_qualification import apply_late, decide_first_applications, open_demo_dps
from rehearsal.demo.competitions import COMPETITIONS, DemoCompetition
from rehearsal.demo.desk import desk_steps
from rehearsal.demo.documents import document_steps
from rehearsal.demo.files import DemoBroken, accept, asset_rows, competition_sheets
from rehearsal.demo.operator import ZONE, keep_terms, present_operator
from rehearsal.demo.service import service_steps
from rehearsal.demo.statements import statement_steps
from rehearsal.round.cast import register_operator, register_provider
from rehearsal.round.file import OperatorEntry
from rehearsal.round.uploads import hand_in, hand_in_bytes

DATA = Path(__file__).parent / "data"
DAY = timedelta(days=1)
OPERATOR = OperatorEntry("NRN", "Northern Rivers Networks", "GB", "ENG", ZONE.key)
PROVIDERS = {
    "HARBOUR": "Harbour Flexibility Ltd",
    "FELLSIDE": "Fellside Energy Ltd",
    "CINDER": "Cinder Lane Power Ltd",
}
ADMIN = "admin@demo.example"
BEGUN = -95
"""The day, counted from today, on which the demo's story begins."""
KILOWATT = Decimal("0.001")


@dataclass
class DemoMarket:
    """What the story needs while it is told: today, the password of all logins, and the members."""

    today: datetime
    password: str
    providers: dict[str, Member] = field(default_factory=dict)
    _operator: Member | None = None

    @property
    def operator(self) -> Member:
        if self._operator is None:
            raise DemoBroken("The story is told out of order: there is no operator yet.")
        return self._operator

    @operator.setter
    def operator(self, member: Member) -> None:
        self._operator = member

    @property
    def dps(self) -> PurchasingSystem:
        """The operator's one DPS."""
        return purchasing_systems_of(self.operator).get()

    def at(self, day: int, hour: int = 12) -> datetime:
        """The full local hour so many days from today, as an instant."""
        local = datetime.combine((self.today.astimezone(ZONE) + day * DAY).date(), time(hour), ZONE)
        return local.astimezone(self.today.tzinfo)

    def competition(self, ref: str) -> Competition:
        """A competition of the demo as it stands."""
        return operator_competitions(self.operator).get(ref=ref)


Step = tuple[datetime, Callable[[], None]]


@transaction.atomic
def load_demo(*, now: datetime, password: str) -> list[tuple[str, str]]:
    """Build the demo market as of ``now``, all or nothing; returns (who, email) of every login.

    Raises :class:`DemoBroken` when a file is refused.
    """
    market = DemoMarket(now, password)
    with run_jobs_inline():
        for instant, tell in sorted(_story(market), key=lambda step: step[0]):
            with clock.set_to(min(instant, now)):
                work_off(clock.now())
                tell()
                work_off(clock.now())
                _tell_people(clock.now())
    User.objects.create_superuser(ADMIN, password, name="Platform admin")
    people = [market.operator, *market.providers.values()]
    return [*((member.organisation.name, member.email) for member in people), ("Platform admin", ADMIN)]


def _tell_people(now: datetime) -> None:
    """What beat and workers would have told by then; the demo keeps its mail in files."""
    qualification_tells(now)
    bidding_tells(now)
    if settings.DEMO:
        deliver_due()


def _story(market: DemoMarket) -> Iterator[Step]:
    yield market.at(BEGUN, 9), lambda: _begin(market)
    yield market.at(BEGUN + 1, 9), lambda: _bring_assets(market)
    yield (
        market.at(BEGUN + 3, 9),
        lambda: decide_first_applications(market.dps, market.operator, market.providers),
    )
    yield market.at(-2, 14), lambda: apply_late(market.dps, market.providers)
    for told in COMPETITIONS:
        yield from _story_of(market, told)
    yield from service_steps(lambda: market.operator, market.providers, market.today)
    yield from statement_steps(lambda: market.operator, market.providers, market.today)
    yield from document_steps(lambda: market.operator, market.providers, market.today)
    if settings.DEMO_DESK:
        yield from desk_steps(
            lambda: market.operator,
            market.providers,
            DATA / "areas.geojson",
            market.at,
            market.password,
            market.today,
        )


def _story_of(market: DemoMarket, told: DemoCompetition) -> Iterator[Step]:
    for code in told.entered_by:
        yield market.at(min(told.qualification_close - 1, -1), 10), _entering(market, told.ref, code)
    if told.bidding_open is None or told.bidding_close is None:
        return
    for code in told.bid_by:
        yield market.at(min(told.bidding_open + 1, -1), 11), _bidding(market, told, code)
    if told.bidding_close < 0:
        yield market.at(told.bidding_close + 1, 10), lambda: _decide(market, told)
    if told.confirmed:
        yield market.at(told.bidding_close + 2, 10), lambda: _confirm(market, told)


def _begin(market: DemoMarket) -> None:
    load_postcodes(DATA / "postcodes.csv", clock.now())
    email = f"operator@{OPERATOR.code.lower()}.example"
    market.operator = register_operator(OPERATOR, email=email, password=market.password)
    present_operator(market.operator, DATA, clock.now())
    open_demo_dps(market.operator)
    keep_terms(market.operator, clock.now())
    params = {"layer": None, "reference_field": "primary"}
    accept(hand_in(by=market.operator, kind="competitions.areas", path=DATA / "areas.geojson", params=params))
    content = write_template(COMPETITION_FILE, competition_sheets(market.at), zone=ZONE)
    kind = "competitions.competition_file"
    accept(hand_in_bytes(by=market.operator, kind=kind, name="competitions.xlsx", data=content))


def _bring_assets(market: DemoMarket) -> None:
    for code, name in PROVIDERS.items():
        email = f"desk@{code.lower()}.example"
        member = register_provider(code, name, email=email, password=market.password)
        market.providers[code] = member
        rows = {"Assets": asset_rows(DATA / "sites.csv", code, market.today.date())}
        content = write_template(ASSETS, rows, zone=ZONE)
        accept(hand_in_bytes(by=member, kind="qualification.assets", name="assets.xlsx", data=content))


def _entering(market: DemoMarket, ref: str, code: str) -> Callable[[], None]:
    return lambda: _enter(market, ref, code)


def _enter(market: DemoMarket, ref: str, code: str) -> None:
    enter(by=market.providers[code], competition=market.competition(ref), now=clock.now())


def _bidding(market: DemoMarket, told: DemoCompetition, code: str) -> Callable[[], None]:
    return lambda: _bid(market, told, code)


def _bid(market: DemoMarket, told: DemoCompetition, code: str) -> None:
    member, competition = market.providers[code], market.competition(told.ref)
    offered = qualified_assets(competition, member.organisation, clock.now())
    capacity = sum((asset.relevant_capacity_mw for asset in offered), Decimal(0))
    windows = competition.windows.select_related("period").all()
    place = list(PROVIDERS).index(code)
    bids = [_terms(competition, window, capacity, place + number) for number, window in enumerate(windows)]
    submit_ballot(by=member, competition=competition, label="1", asset_ids=None, bids=bids, now=clock.now())


def _terms(competition: Competition, window: ServiceWindow, capacity: Decimal, place: int) -> BidTerms:
    """Sixty per cent of what is required, or all there is; a little dearer with each ``place``."""
    share = (window.capacity_required_mw * Decimal("0.6")).quantize(KILOWATT, rounding=ROUND_DOWN)
    prices = {
        "availability_price": Decimal("7.50") + Decimal("1.35") * place,
        "utilisation_price": Decimal("180.00") + Decimal("22.50") * place,
        "service_fee": Decimal("4200.00"),
    }
    return BidTerms(
        window_id=window.pk,
        capacity_mw=min(capacity, share),
        maximum_run_time=timedelta(hours=3),
        **{name: prices[name] for name in competition.price_fields},
    )


def _decide(market: DemoMarket, told: DemoCompetition) -> None:
    competition = market.competition(told.ref)
    ensure_closed(competition, clock.now())
    if told.decided:
        decide_as_recommended(by=market.operator, competition=competition, now=clock.now())
        return
    bids = bids_for_operator(market.operator, clock.now()).filter(ballot__competition=competition)
    cheapest = min(bids, key=lambda bid: (bid.utilisation_price or Decimal(0), bid.pk))
    decision = BidDecision(cheapest.pk, Decision.ACCEPTED)
    decide_bids(by=market.operator, competition=competition, decisions=[decision], now=clock.now())


def _confirm(market: DemoMarket, told: DemoCompetition) -> None:
    competition = market.competition(told.ref)
    confirm_results(by=market.operator, competition=competition, seen=seen_now(competition), now=clock.now())
