"""The competition's row as the lock that deadlines are read under."""

from uuid import UUID

from competitions.models import Competition


def lock_for_change(competition_id: UUID) -> Competition:
    """The competition, locked against every other change and bid until the transaction ends."""
    return (
        Competition.objects.select_for_update(of=("self",)).select_related("operator").get(pk=competition_id)
    )


def lock_for_bidding(competition_id: UUID) -> Competition:
    """The competition, locked so that others may bid at the same time but nobody can change or close it.

    Read the clock only afterwards: a bid that waits here past the close is late.
    """
    competitions = Competition.objects.raw(
        "SELECT * FROM competitions_competition WHERE id = %s FOR SHARE", [competition_id]
    )
    try:
        return competitions[0]
    except IndexError:
        raise Competition.DoesNotExist from None
