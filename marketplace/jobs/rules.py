"""Who may use a kind of file, which files are taken, and when one may be applied."""

from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.enums import State
from marketplace.jobs.kinds import FileKind, KeptKind, UploadKind, registry
from marketplace.jobs.models import Job
from marketplace.members import Member

MAX_MEGABYTES = 50
AnyKind = UploadKind | FileKind | KeptKind


def is_for(member: Member | None, kind: AnyKind) -> bool:
    """Whether files of this kind are for the member's side of the market."""
    return member is not None and kind.audience in ("any", member.organisation.kind)


def may_use(member: Member | None, kind: AnyKind) -> bool:
    return member is not None and is_for(member, kind) and (kind.role is None or kind.role in member.roles)


def check_may_use(member: Member | None, kind: AnyKind) -> None:
    """Raises ``NotAllowed`` unless the member's organisation and roles allow it."""
    if not is_for(member, kind):
        raise NotAllowed(f"“{kind.title}” isn't available to your organisation.")
    if not may_use(member, kind):
        raise NotAllowed(
            f"You need the role “{kind.role}” for this. An account manager of your organisation can give it."
        )


def check_own(member: Member, job: Job) -> None:
    """Raises ``NotAllowed`` for another organisation's job."""
    if member.organisation_id != job.organisation_id:
        raise NotAllowed("This file belongs to another organisation.")


def check_may_decide(member: Member, job: Job) -> None:
    """Raises ``NotAllowed`` unless the member may apply or discard the file, ``Refused`` for one that was not
    uploaded."""
    check_own(member, job)
    kind = registry.uploads.get(job.kind)
    if job.upload_id is None or kind is None:
        raise Refused("This file was not uploaded, so there is nothing to apply or to discard.")
    check_may_use(member, kind)


def check_file(filename: str, size: int, kind: UploadKind) -> None:
    """Raises ``Refused`` for a file of another type, an empty one, or one above the limit (bytes)."""
    check_named_and_sized(filename, size, kind.accepts)


def check_named_and_sized(filename: str, size: int, accepts: tuple[str, ...]) -> None:
    """Raises ``Refused`` unless the name ends as accepted, and the size (bytes) is above 0 and within the
    limit."""
    if not filename.lower().endswith(accepts):
        raise Refused(f"This must be a file of type {' or '.join(accepts)}.")
    if size == 0:
        raise Refused("The file is empty.")
    if size > MAX_MEGABYTES * 1024 * 1024:
        raise Refused(f"The file is larger than {MAX_MEGABYTES} MB. Split it into smaller ones.")


def check_confirmed(job: Job, is_confirmed: bool) -> None:
    """Raises ``Refused`` unless the member has confirmed what the preview asks, where it asks something."""
    if job.preview.get("confirm") and not is_confirmed:
        raise Refused("Nothing was applied. Read what applying this file does, tick the box, then apply it.")


def check_may_apply(job: Job) -> None:
    """Raises ``Refused`` unless its preview waits, and says so of a file of which nothing can be applied."""
    if job.state == State.NOTHING:
        raise Refused("There is nothing to apply: no row of this file creates or changes anything.")
    if job.state != State.CHECKED:
        raise Refused("This file isn't waiting to be applied.")
