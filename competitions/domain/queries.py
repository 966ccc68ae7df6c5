"""Who sees which competitions and areas."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from accounts.models import Member
from competitions.models import (
    Area,
    Boundary,
    Competition,
    PurchasingSystem,
    ServicePeriod,
    ServiceWindow,
)
from marketplace.prepared import asked


def competitions_visible_to(member: Member | None, now: datetime) -> QuerySet[Competition]:
    """An operator sees all of its own and nobody else's; everyone else sees what was published."""
    competitions = Competition.objects.select_related("operator", "purchasing_system", "settlement_terms")
    if member is not None and member.is_so:
        return competitions.filter(operator=member.organisation_id)
    return competitions.filter(publish_on__lte=now).exclude(cancelled_at__lt=F("publish_on"))


def by_next_deadline(competitions: QuerySet[Competition], now: datetime) -> QuerySet[Competition]:
    """The order of every list: what closes next first, then what waits without a deadline, then what is over.

    A deadline is the close of qualification or of bidding, whichever comes next. What has none any more comes latest
    first; the ref decides between equals.
    """
    is_over = Q(cancelled_at__isnull=False) | Q(confirmed_at__isnull=False) | Q(archive_on__lte=now)
    deadline = Case(
        When(is_over, then=None),
        When(qualification_close__gt=now, then="qualification_close"),
        When(bidding_close__gt=now, then="bidding_close"),
        default=None,
        output_field=DateTimeField(null=True),
    )
    last = Coalesce("bidding_close", "qualification_close")
    return competitions.annotate(
        next_deadline=deadline, is_over=Case(When(is_over, then=Value(1)), default=Value(0))
    ).order_by("is_over", F("next_deadline").asc(nulls_last=True), last.desc(), "ref")


LISTED = (
    "ref",
    "name",
    "power_type",
    "competition_type",
    "publish_on",
    "qualification_open",
    "qualification_close",
    "bidding_open",
    "bidding_close",
    "archive_on",
    "confirmed_at",
    "cancelled_at",
    "operator",
)
"""What a line of a list tells of a competition itself."""


def listed(competitions: QuerySet[Competition]) -> QuerySet[Competition]:
    """The same with what a line of a list tells alone: names, dates, what is bid for, and the operator's name."""
    return competitions.select_related(None).select_related("operator").only(*LISTED, "operator__name")


def required_mw(competitions: Collection[Competition]) -> dict[UUID, Decimal]:
    """What each competition requires at its largest window."""
    keys = [each.pk for each in competitions]

    def largest() -> None:
        windows = ServiceWindow.objects.filter(competition__among=keys).order_by()
        list(windows.values_list("competition").annotate(Max("capacity_required_mw")))

    return dict(asked("competitions.required_mw", ServiceWindow, largest, whose=None, keys=keys))


def operator_competitions(member: Member) -> QuerySet[Competition]:
    """The competitions of the member's own organisation; none for one that buys nothing."""
    if not member.is_so:
        return Competition.objects.none()
    return Competition.objects.select_related("operator", "purchasing_system", "settlement_terms").filter(
        operator=member.organisation_id
    )


def live_competitions(now: datetime) -> QuerySet[Competition]:
    """Published and neither cancelled, archived nor confirmed."""
    return Competition.objects.select_related("operator").filter(
        Q(archive_on=None) | Q(archive_on__gt=now), publish_on__lte=now, cancelled_at=None, confirmed_at=None
    )


def areas_of(member: Member) -> QuerySet[Area]:
    """The areas of the member's own organisation, without their shapes; ``in_use`` tells whether a competition names it."""
    if not member.is_so:
        return Area.objects.none()
    used = Exists(Boundary.objects.filter(area=OuterRef("pk")))
    return Area.objects.filter(operator=member.organisation_id).defer("shape_wkb").annotate(in_use=used)


def shapes_of(member: Member) -> QuerySet[Area]:
    """The member's areas that are in use, with their shapes."""
    if not member.is_so:
        return Area.objects.none()
    return Area.objects.filter(operator=member.organisation_id, archived_at=None)


def purchasing_systems_of(member: Member) -> QuerySet[PurchasingSystem]:
    """The DPSs of the member's own organisation, each with how many competitions name it."""
    if not member.is_so:
        return PurchasingSystem.objects.none()
    own = PurchasingSystem.objects.filter(operator=member.organisation_id)
    return own.annotate(competition_count=Count("competitions")).order_by("reference")


def historic_competitions(now: datetime) -> QuerySet[Competition]:
    """For everyone: published competitions that are over, confirmed or archived. Cancelled ones are not among them."""
    over = Q(archive_on__lte=now) | Q(confirmed_at__lte=now)
    return Competition.objects.select_related("operator", "purchasing_system", "settlement_terms").filter(
        over, publish_on__lte=now, cancelled_at=None
    )


def public_refs(refs: Iterable[str], now: datetime) -> frozenset[str]:
    """Those of the refs whose competitions everybody may see."""
    public = Competition.objects.filter(ref__in=set(refs), publish_on__lte=now, cancelled_at=None)
    return frozenset(public.values_list("ref", flat=True))


def drafts_of(member: Member, now: datetime) -> QuerySet[Competition]:
    """The operator's competitions that publish themselves later, the first one first."""
    waiting = operator_competitions(member).filter(publish_on__gt=now, cancelled_at=None, confirmed_at=None)
    return waiting.filter(Q(archive_on=None) | Q(archive_on__gt=now)).order_by("publish_on", "ref")


def running_competitions_of(member: Member, now: datetime) -> QuerySet[Competition]:
    """The operator's competitions that still have a date to come, next deadline first: drafts, live ones, and those
    confirmed whose service is not over."""
    today = now.astimezone(member.organisation.zone).date()
    served = Exists(ServicePeriod.objects.filter(competition=OuterRef("pk"), last_day__gte=today))
    running = operator_competitions(member).filter(Q(confirmed_at=None) | served, cancelled_at=None)
    return by_next_deadline(running.filter(Q(archive_on=None) | Q(archive_on__gt=now)), now)


def largest_windows(competition_ids: Collection[UUID]) -> dict[UUID, Decimal]:
    """What each competition requires in the window that requires most, in MW or MVAr."""
    windows = ServiceWindow.objects.filter(competition__in=list(competition_ids)).order_by()
    return dict(windows.values_list("competition").annotate(Max("capacity_required_mw")))


def service_days(competition_ids: Collection[UUID]) -> dict[UUID, tuple[date, date]]:
    """The first and the last day of service of each competition that has any."""
    periods = ServicePeriod.objects.filter(competition__in=list(competition_ids)).order_by()
    rows = periods.values_list("competition").annotate(Min("first_day"), Max("last_day"))
    return {competition: (first, last) for competition, first, last in rows}


def has_competitions(member: Member) -> bool:
    """Whether the member's organisation has set up a competition, or begun to."""
    return operator_competitions(member).exists()
