"""Submitting, changing and withdrawing ballots. What counts is the clock read under the competition's
lock."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import Member, Organisation
from bidding import rules
from bidding.domain.ballots.bidding_context import (
    bidding_context_of,
    offers_elsewhere,
    terms_of_bid,
    windows_of,
)
from bidding.domain.ballots.limits import BidTerms
from bidding.domain.ballots.offers import (
    NONE,
    Assessment,
    BallotOffer,
    BiddingContext,
    Keys,
    assess,
    digest_of_assets,
    is_unchanged,
    numbered,
    with_warnings_elsewhere,
)
from bidding.domain.gate import receipts
from bidding.enums import BallotState
from bidding.models import Ballot, BallotAsset, Bid, Receipt
from competitions.domain.locks import lock_for_bidding
from competitions.models import Competition
from marketplace import clock
from marketplace.audit.chain import Event, record_many
from marketplace.audit.queries import entries_visible_to
from marketplace.errors import Refused
from marketplace.states import move
from qualification.domain.queries import entry_states
from qualification.domain.verdicts.freeze import ensure_frozen
from qualification.enums import EntryState
from qualification.models import Entry

LONGEST_LABEL = 20


@dataclass(frozen=True)
class Submission:
    """An accepted ballot and the receipts of its changed bids; none: nothing changed."""

    ballot: Ballot
    receipts: list[Receipt]


class BallotRefused(Refused):
    """Ballots break limits: ``assessments`` are the refused ones, the sentence tells the first breach of
    each."""

    def __init__(self, assessments: Sequence[Assessment]) -> None:
        self.assessments = list(assessments)
        super().__init__(" ".join(dict.fromkeys(each.breaches[0].sentence for each in self.assessments)))


def submit_ballot(
    *,
    by: Member,
    competition: Competition,
    label: str,
    asset_ids: Collection[uuid.UUID] | None,
    bids: Sequence[BidTerms],
    now: datetime,
) -> Submission:
    """Place the ballot of this label, or replace the one that stands; without ``asset_ids`` it takes all free
    ones.

    Raises :class:`BallotRefused` when a limit is broken, ``Refused`` when bidding is not open or the FSP has
    not entered, ``NotAllowed`` without the role.
    """
    offer = BallotOffer(label.strip(), None if asset_ids is None else frozenset(asset_ids), tuple(bids))
    return submit_ballots(by=by, competition=competition, offers=[offer], now=now)[0]


def submit_ballots(
    *, by: Member, competition: Competition, offers: Sequence[BallotOffer], now: datetime
) -> list[Submission]:
    """Place or replace several ballots at once, all or none: they may swap assets. Raises like
    submit_ballot."""
    rules.check_may_bid(by)
    _check_labels(offers)
    with transaction.atomic():
        competition, now = enter_gate(by, competition)
        bidding = bidding_context_of(
            competition,
            by.organisation,
            now,
            labels=[each.label for each in offers],
            windows=windows_of(competition, {bid.window_id for each in offers for bid in each.bids}),
        )
        assessments = assess(bidding, [replace(each, label=bidding.label_of(each.label)) for each in offers])
        refused = [each for each in assessments if not each.is_good]
        if refused:
            raise BallotRefused(refused)
        return _written(by, competition, bidding, assessments, now)


def assess_ballot(
    *,
    by: Member,
    competition: Competition,
    offer: BallotOffer,
    now: datetime,
    bidding: BiddingContext | None = None,
) -> Assessment:
    """What would become of a ballot if it were placed now; writes nothing but the freeze that is due.

    ``bidding`` is the company's context where it was read already for this ballot; placing reads it anew.
    """
    rules.check_may_bid(by)
    _check_labels([offer])
    if bidding is None:
        ensure_frozen(competition, now)
        bidding = bidding_context_of(competition, by.organisation, now, labels=[offer.label])
    return assess_all(
        competition, by.organisation, bidding, [replace(offer, label=bidding.label_of(offer.label))]
    )[0]


def assess_all(
    competition: Competition, provider: Organisation, bidding: BiddingContext, offers: Sequence[BallotOffer]
) -> list[Assessment]:
    """What would become of each offer if all good ones were placed at once, warned of the FSP's bids
    elsewhere too."""
    found = assess(bidding, offers)
    good = [each for each in found if each.is_good]
    elsewhere = offers_elsewhere(
        competition,
        provider,
        {bid.window_id for each in good for bid in each.offer.bids},
        frozenset().union(*(each.assets for each in good)),
    )
    return [with_warnings_elsewhere(bidding, each, elsewhere) for each in found]


def withdraw_ballot(
    *, by: Member, competition: Competition, label: str, now: datetime, seen: str = ""
) -> Submission:
    """Take a ballot back; its assets are free for others. ``seen`` is the version that was shown.

    Raises ``Refused`` after the close, when there is no such ballot, and when it has another version now.
    """
    rules.check_may_bid(by)
    with transaction.atomic():
        competition, now = enter_gate(by, competition)
        ballot = Ballot.objects.filter(competition=competition, provider=by.organisation, label=label).first()
        if ballot is None or ballot.state != BallotState.SUBMITTED:
            raise Refused(f"There is no ballot {label} in {competition.ref} to withdraw.")
        if seen and seen != str(ballot.version):
            raise Refused(
                f"Ballot {label} was changed since your page was made. Look at it again, then withdraw it."
            )
        ballot.competition, ballot.provider = competition, by.organisation
        move(
            ballot,
            "state",
            BallotState.WITHDRAWN,
            by=by,
            action="ballot withdrawn",
            now=now,
            sealed_under=competition.pk,
            withdrawn_at=now,
            changed_at=now,
            version=ballot.version + 1,
        )
        BallotAsset.objects.filter(ballot=ballot).update(is_live=False)
        bids = Bid.objects.filter(ballot=ballot).order_by("window", "split")
        sealed = [(bid, "withdrawn", receipts.seal(receipts.withdrawal_of(ballot, bid, now))) for bid in bids]
        position = entries_visible_to(by).values_list("sequence", flat=True)[0]
        return Submission(ballot, receipts.issue(ballot, sealed, position, now))


def enter_gate(by: Member, competition: Competition) -> tuple[Competition, datetime]:
    """The competition locked for bidding, alone among the FSP's own changes, and the clock read under these
    locks.

    Raises ``Refused`` when bidding is not open at that instant or the FSP has not entered.
    """
    ensure_frozen(competition, clock.now())
    competition = lock_for_bidding(competition.pk)
    entries = Entry.objects.select_for_update(of=("self",)).filter(
        competition=competition, provider=by.organisation
    )
    entry = entries.order_by("pk").first()
    now = clock.now()
    rules.check_bidding_is_open(competition, now)
    if entry is None or entry.state != EntryState.ENTERED:
        raise Refused(f"Your company has not entered {competition.ref}, so it can't bid in it.")
    return competition, now


def has_entered(competition: Competition, provider: Organisation) -> bool:
    """Whether the FSP may bid in the competition while bidding is open."""
    return EntryState.ENTERED in entry_states(provider.pk, [competition.pk]).values()


def _check_labels(offers: Sequence[BallotOffer]) -> None:
    for offer in offers:
        if not offer.label or len(offer.label) > LONGEST_LABEL:
            raise Refused(f"A ballot's label has 1 to {LONGEST_LABEL} characters.")


@dataclass
class _Writing:
    """What is written for one ballot: bids new, changed and gone, and the digests before."""

    ballot: Ballot
    assessment: Assessment
    held: Keys = NONE
    before: list[str] = field(default_factory=list)
    new: list[Bid] = field(default_factory=list)
    changed: list[Bid] = field(default_factory=list)
    kept: list[Bid] = field(default_factory=list)
    gone: list[Bid] = field(default_factory=list)
    sealed: list[tuple[Bid, str, receipts.Sealed]] = field(default_factory=list)


def _written(
    by: Member,
    competition: Competition,
    bidding: BiddingContext,
    assessments: Sequence[Assessment],
    now: datetime,
) -> list[Submission]:
    """Write the ballots that differ; assets are given back by all of them before any takes its own. What a
    ballot keeps of its assets stays as it is."""
    writings = {
        each.offer.label: _prepared(by.organisation, competition, bidding, each, now)
        for each in assessments
        if not is_unchanged(bidding, each)
    }
    for writing in writings.values():
        _give_back(writing)
    for writing in writings.values():
        _write(bidding, writing)
    issued = _audited(by, list(writings.values()), now)
    ballots = {label: writing.ballot for label, writing in writings.items()}
    if len(ballots) < len(assessments):
        unchanged = Ballot.objects.filter(competition=competition, provider=by.organisation)
        ballots = {ballot.label: ballot for ballot in unchanged.exclude(label__in=ballots)} | ballots
    return [Submission(ballots[each.offer.label], issued.get(each.offer.label, [])) for each in assessments]


def _prepared(
    provider: Organisation,
    competition: Competition,
    bidding: BiddingContext,
    assessment: Assessment,
    now: datetime,
) -> _Writing:
    """Match the offer with the bids that stand; a bid whose content stays keeps its time, digest and
    receipt."""
    label = assessment.offer.label
    present = bidding.ballots.get(label)
    if present is None:
        ballot = Ballot(
            competition=competition, provider=provider, label=label, submitted_at=now, changed_at=now
        )
        rows: list[Bid] = []
    else:
        ballot = Ballot.objects.get(pk=present.id)
        ballot.competition, ballot.provider = competition, provider
        rows = list(Bid.objects.filter(ballot=ballot).order_by("window", "split"))
    held = present.assets if present is not None else NONE
    writing = _Writing(ballot, assessment, held, before=sorted(bid.digest for bid in rows))
    stays = present is not None and present.is_live and held == assessment.assets
    standing_rows = {(bid.window_id, bid.split): bid for bid in rows}
    if not stays:
        _name_assets(ballot, bidding, assessment.assets)
    offered = receipts.keep_assets(provider, [bidding.assets[key].ref for key in assessment.assets])
    for (window_id, split), terms in numbered(assessment.offer.bids).items():
        found = standing_rows.pop((window_id, split), None)
        if found is not None and stays and terms_of_bid(found) == terms:
            writing.kept.append(found)
            continue
        bid = found or Bid(ballot=ballot, window_id=window_id, split=split)
        _put(bid, terms, now)
        sealed = receipts.seal(
            receipts.content_of(ballot, bid, bidding.windows[window_id].label, offered, now)
        )
        bid.nonce, bid.digest = sealed.nonce, sealed.digest
        (writing.changed if found else writing.new).append(bid)
        writing.sealed.append((bid, "changed" if found else "placed", sealed))
    for bid in standing_rows.values():
        writing.gone.append(bid)
        writing.sealed.append((bid, "withdrawn", receipts.seal(receipts.withdrawal_of(ballot, bid, now))))
    ballot.changed_at = now
    return writing


def _name_assets(ballot: Ballot, bidding: BiddingContext, assets: Keys) -> None:
    ballot.assets_digest = digest_of_assets(assets)
    ballot.asset_count = len(assets)
    ballot.assets_mw = sum((bidding.assets[key].capacity_mw for key in assets), Decimal(0))


def _give_back(writing: _Writing) -> None:
    """Take out of the ballot what it no longer holds; of one that was withdrawn, everything."""
    rows = BallotAsset.objects.filter(ballot=writing.ballot.pk)
    gone = writing.held - writing.assessment.assets
    if not writing.held:
        rows.delete()
    elif gone:
        rows.filter(Q(asset__in=gone) | Q(planned_asset__in=gone)).delete()


_TERMS = ("capacity_mw", "maximum_run_time", "availability_price", "utilisation_price", "service_fee")


def _put(bid: Bid, terms: BidTerms, now: datetime) -> None:
    for name in _TERMS:
        setattr(bid, name, getattr(terms, name))
    bid.submitted_at = now


def _write(bidding: BiddingContext, writing: _Writing) -> None:
    ballot = writing.ballot
    if ballot._state.adding:
        ballot.save(force_insert=True)
    else:
        ballot.version += 1
        ballot.state, ballot.withdrawn_at = BallotState.SUBMITTED, None
        ballot.save(
            update_fields=[
                "version",
                "state",
                "withdrawn_at",
                "changed_at",
                "assets_digest",
                "asset_count",
                "assets_mw",
            ]
        )
    Bid.objects.filter(pk__in=[bid.pk for bid in writing.gone]).delete()
    Bid.objects.bulk_create(
        [*writing.changed, *writing.new],
        batch_size=500,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=[*_TERMS, "nonce", "digest", "submitted_at"],
    )
    _take(bidding, writing)


def _take(bidding: BiddingContext, writing: _Writing) -> None:
    """Put the assets into the ballot that it doesn't hold yet, in one statement: there may be thousands."""
    new = sorted(writing.assessment.assets - writing.held, key=lambda key: bidding.assets[key].ref)
    if not new:
        return
    planned = [bidding.assets[key].is_planned for key in new]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bidding_ballotasset (ballot_id, competition_id, asset_id, planned_asset_id, capacity_mw, is_live) "
            "SELECT %s, %s, CASE WHEN planned THEN NULL ELSE key END, CASE WHEN planned THEN key END, mw, TRUE "
            "FROM unnest(%s::uuid[], %s::boolean[], %s::numeric[]) WITH ORDINALITY AS taken(key, planned, mw, place) "
            "ORDER BY place",
            [
                writing.ballot.pk,
                writing.ballot.competition_id,
                [str(key) for key in new],
                planned,
                [bidding.assets[key].capacity_mw for key in new],
            ],
        )


def _audited(by: Member, writings: Sequence[_Writing], now: datetime) -> dict[str, list[Receipt]]:
    """Append an entry for each ballot (digests only, sealed) and issue its receipts at that place."""
    events = []
    for writing in writings:
        after = sorted(bid.digest for bid in (*writing.kept, *writing.changed, *writing.new))
        events.append(
            Event(
                "ballot changed" if writing.before else "ballot submitted",
                writing.ballot,
                {"digests of bids": (writing.before, after), "version": (None, writing.ballot.version)},
                writing.ballot.competition_id,
            )
        )
    entries = record_many(by.organisation_id, by, events, now)
    return {
        writing.ballot.label: receipts.issue(writing.ballot, writing.sealed, entry.sequence, now)
        for writing, entry in zip(writings, entries, strict=True)
    }
