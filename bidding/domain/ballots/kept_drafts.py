"""Ballots as they are typed, kept until they are placed: only the member who types sees that there is one."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import QuerySet

from accounts.models import Member
from bidding import rules
from bidding.models import Ballot, BallotDraft
from competitions.models import Competition

Fields = list[tuple[str, str]]
"""Names and texts of a form's fields, in its order; a name can come more than once."""


def drafts_of(member: Member) -> QuerySet[BallotDraft]:
    """What the member itself has typed and not placed; nothing for others of its company, for an admin who
    looks through its eyes, and for an operator."""
    if not rules.can_bid(member) or member.is_seen_by_admin:
        return BallotDraft.objects.none()
    return BallotDraft.objects.filter(member=member.pk)


def draft_for(member: Member, competition: Competition, ballot: Ballot | None) -> BallotDraft | None:
    """The member's draft of a change of this ballot, or of a new one."""
    return drafts_of(member).filter(competition=competition, ballot=ballot).first()


def keep_draft(
    *,
    by: Member,
    competition: Competition,
    ballot: Ballot | None,
    fields: Iterable[tuple[str, str]],
    now: datetime,
) -> BallotDraft:
    """Keep what is typed in place of what was kept before.

    Raises ``NotAllowed`` without the role or for an admin who looks through the member's eyes, ``Refused``
    when bidding is not open.
    """
    rules.check_may_draft(by)
    rules.check_bidding_is_open(competition, now)
    kept, _ = BallotDraft.objects.update_or_create(
        member=by,
        competition=competition,
        ballot=ballot,
        defaults={"fields": [[name, text] for name, text in fields], "saved_at": now},
    )
    return kept


def drop_draft(*, by: Member, competition: Competition, ballot: Ballot | None) -> None:
    """Forget what is kept, because it was placed or discarded."""
    drafts_of(by).filter(competition=competition, ballot=ballot).delete()
