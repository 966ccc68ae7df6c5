"""A whole round played through the actions of the pages, with the clock set along the competitions' own
dates."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from accounts.models import Member
from bidding.domain.decisions.confirmation import confirm_results
from bidding.domain.decisions.deciding import decide_as_recommended
from bidding.domain.decisions.proposals import seen_now
from bidding.domain.gate.closing import ensure_closed
from bidding.exports.downloads import write_unconfirmed_bids
from competitions.domain.queries import operator_competitions
from competitions.models import Competition, PurchasingSystem
from competitions.workbooks.specs import COMPETITION_FILE
from marketplace import clock
from marketplace.errors import Refused
from marketplace.keys import key_form
from marketplace.workbooks.declare import Unreadable
from marketplace.workbooks.reading import read
from qualification.domain.entries.entering import enter
from qualification.domain.verdicts.requalification import work_off
from rehearsal.round.cast import register_operator, register_provider
from rehearsal.round.company_qualification import approve_on, open_dps
from rehearsal.round.file import ProviderEntry, Round, UnusableRound
from rehearsal.round.overriding import with_ids
from rehearsal.round.uploads import FileReport, hand_in, hand_in_bytes

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@dataclass
class Played:
    """A round after its last step, still in the database it was played in."""

    operator: Member
    providers: dict[str, Member] = field(default_factory=dict)
    systems: dict[str, PurchasingSystem] = field(default_factory=dict)
    files: list[FileReport] = field(default_factory=list)
    ended_at: datetime | None = None
    unconfirmed_bids: bytes = b""

    def competitions(self) -> list[Competition]:
        """The round's competitions by ref."""
        return list(operator_competitions(self.operator).select_related("operator").order_by("ref"))


def play(told: Round) -> Played:
    """Play the round in the present database, which holds nothing else.

    Raises :class:`UnusableRound` when there is nothing to play; rows that are refused are part of the result.
    """
    opening = earliest_qualification_open(told.competitions, told.operator.time_zone)
    with clock.set_to(opening - DAY):
        played = Played(register_operator(told.operator))
        _announce(told, played)
    with clock.set_to(opening):
        _bring_assets(told, played)
    for instant, step in sorted(_steps(told, played), key=lambda each: each[0]):
        with clock.set_to(instant):
            work_off(clock.now())
            step()
        played.ended_at = instant
    if not played.unconfirmed_bids:
        with clock.set_to(played.ended_at or opening):
            played.unconfirmed_bids = _unconfirmed(played)
    return played


def earliest_qualification_open(path: Path, time_zone: str) -> datetime:
    """When the first competition of the file opens for qualification. Raises :class:`UnusableRound` if none
    says."""
    try:
        reading = read(path.read_bytes(), COMPETITION_FILE, zone=ZoneInfo(time_zone))
    except Unreadable as error:
        raise UnusableRound(f"{path.name}: {error}") from error
    openings = [row["qualification_open"] for row in reading.sheets["Competitions"].rows]
    told: list[datetime] = [opening for opening in openings if opening is not None]
    if not told:
        raise UnusableRound(f"{path.name} holds no competition with a Qualification Open.")
    return min(told)


def _announce(told: Round, played: Played) -> None:
    for dps in told.dps:
        played.systems[key_form(dps.reference)] = open_dps(played.operator, dps)
    for areas in told.areas:
        params = {"layer": areas.layer, "reference_field": areas.reference_field}
        played.files.append(
            hand_in(by=played.operator, kind="competitions.areas", path=areas.path, params=params)
        )
    played.files.append(
        hand_in(by=played.operator, kind="competitions.competition_file", path=told.competitions)
    )


def _bring_assets(told: Round, played: Played) -> None:
    for provider in told.providers:
        played.providers[provider.code] = register_provider(provider.code, provider.name)
        for reference in provider.dps_approved:
            approve_on(played.systems[key_form(reference)], played.providers[provider.code], played.operator)
        played.files.append(
            hand_in(by=played.providers[provider.code], kind="qualification.assets", path=provider.assets)
        )
    for listed in told.meter_lists:
        params = {"area": listed.area}
        played.files.append(
            hand_in(by=played.operator, kind="qualification.meter_list", path=listed.path, params=params)
        )
    work_off(clock.now())


Step = tuple[datetime, Callable[[], None]]


def _steps(told: Round, played: Played) -> Iterator[Step]:
    """Everything that follows the assets, with its instant; steps at the same instant keep this order."""
    competitions = played.competitions()
    bids = {provider.code: FileReport(provider.bids.name) for provider in told.providers if provider.bids}
    overriding = [FileReport(path.name) for path in told.overrides]
    played.files += [*overriding, *bids.values()]
    refs = [competition.ref for competition in competitions]
    for competition in competitions:
        others = [ref for ref in refs if ref != competition.ref]
        part = {"except_refs": others} if competition.ref == refs[-1] else {"only_refs": [competition.ref]}
        yield competition.qualification_close - 2 * MINUTE, _overriding(told, played, overriding, part)
        yield competition.qualification_close - MINUTE, _entries(told, played, competition)
    opened: dict[datetime, list[str]] = {}
    for competition in competitions:
        if competition.bidding_open is not None:
            opened.setdefault(competition.bidding_open + MINUTE, []).append(competition.ref)
    biddable = [ref for refs in opened.values() for ref in refs]
    for number, (instant, refs) in enumerate(sorted(opened.items())):
        is_last = number == len(opened) - 1
        params = (
            {"only_refs": refs}
            if not is_last
            else {"except_refs": [ref for ref in biddable if ref not in refs]}
        )
        for provider in told.providers:
            if provider.bids:
                yield instant, _bidding(played, provider, bids[provider.code], params)
    closes = [
        competition.bidding_close for competition in competitions if competition.bidding_close is not None
    ]
    if closes:
        yield max(closes) + MINUTE, _decision(told, played)


def _overriding(
    told: Round, played: Played, reports: list[FileReport], params: dict[str, list[str]]
) -> Callable[[], None]:
    def step() -> None:
        for path, report in zip(told.overrides, reports, strict=True):
            data = with_ids(path.read_bytes())
            report.add(
                hand_in_bytes(
                    by=played.operator,
                    kind="qualification.overrides",
                    name=path.name,
                    data=data,
                    params=params,
                )
            )

    return step


def _entries(told: Round, played: Played, competition: Competition) -> Callable[[], None]:
    def step() -> None:
        for provider in told.providers:
            if provider.enters_competition(competition.ref):
                try:
                    enter(by=played.providers[provider.code], competition=competition, now=clock.now())
                except Refused:
                    continue  # nothing applicable: the provider has nothing to enter with

    return step


def _bidding(
    played: Played, provider: ProviderEntry, report: FileReport, params: dict[str, list[str]]
) -> Callable[[], None]:
    def step() -> None:
        assert provider.bids is not None
        member = played.providers[provider.code]
        report.add(hand_in(by=member, kind="bidding.bids", path=provider.bids, params=params))

    return step


def _decision(told: Round, played: Played) -> Callable[[], None]:
    def step() -> None:
        competitions = [one for one in played.competitions() if one.bidding_close is not None]
        for competition in competitions:
            ensure_closed(competition, clock.now())
        played.unconfirmed_bids = _unconfirmed(played)
        if told.decisions is not None:
            report = hand_in(
                by=played.operator, kind="bidding.decisions", path=told.decisions, params={"bids_named": True}
            )
            played.files.append(report)
        elif told.decide_as_recommended:
            for competition in competitions:
                decide_as_recommended(by=played.operator, competition=competition, now=clock.now())
        else:
            return
        for competition in competitions:
            try:
                confirm_results(
                    by=played.operator, competition=competition, seen=seen_now(competition), now=clock.now()
                )
            except Refused as refusal:
                place = {"sheet": None, "row": None, "column": None}
                message = f"{competition.ref} was not confirmed: {refusal}"
                told_file = told.decisions.name if told.decisions else "decisions"
                played.files.append(FileReport(told_file, errors=[{**place, "message": message}]))

    return step


def _unconfirmed(played: Played) -> bytes:
    """The operator's download of undecided bids as it is before any decision."""
    target = BytesIO()
    write_unconfirmed_bids(played.operator, target)
    return target.getvalue()
