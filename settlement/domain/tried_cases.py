"""Cases that members try on the page “What would this pay”: kept as they were sent, settled anew for each look."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Member
from marketplace.audit.chain import record
from marketplace.jobs.kinds import registry
from marketplace.jobs.models import StoredFile
from marketplace.jobs.queries import files_visible_to
from marketplace.jobs.rules import check_may_use, check_named_and_sized

KEPT_FOR = "settlement.case"
ACCEPTS = (".zip",)


def check_case(*, by: Member, filename: str, size: int) -> None:
    """Raise ``NotAllowed``, or ``Refused`` for a file that is no ZIP by its name, is empty, or too large (bytes)."""
    check_may_use(by, registry.kept[KEPT_FOR])
    check_named_and_sized(filename, size, ACCEPTS)


def keep_case(*, by: Member, filename: str, data: bytes, statements: int, now: datetime) -> StoredFile:
    """Keep a case that settles, with how many statements it makes. Raises as :func:`check_case`."""
    check_case(by=by, filename=filename, size=len(data))
    with transaction.atomic():
        kept: StoredFile = StoredFile.objects.keep(
            filename, data, organisation_id=by.organisation_id, now=now, kept_for=KEPT_FOR
        )
        record(
            organisation_id=by.organisation_id,
            by=by,
            action="case kept",
            subject=kept,
            changes={"statements": (None, statements)},
            now=now,
        )
    return kept


def cases_visible_to(member: Member) -> QuerySet[StoredFile]:
    """The cases of the member's own organisation, newest first, to members who may use them."""
    return files_visible_to(member).filter(kept_for=KEPT_FOR).order_by("-created_at", "pk")
