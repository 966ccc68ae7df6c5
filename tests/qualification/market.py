"""An operator, providers, competitions and assets for the tests of qualification."""

import itertools
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import shapely

from accounts.enums import OrganisationKind, Role
from accounts.models import Member, Organisation, User
from competitions.enums import AssetStatus, CompetitionType, NeedDirection, NeedType, PowerType
from competitions.models import BoundaryShape, Competition, ServicePeriod, ServiceWindow
from qualification.models import Asset, AssetType

OPEN = datetime(2026, 1, 5, 12, tzinfo=UTC)
DURING = OPEN + timedelta(days=1)
CLOSE = datetime(2026, 1, 19, 17, tzinfo=UTC)
BIDDING_OPEN = datetime(2026, 1, 21, 9, tzinfo=UTC)
BIDDING_CLOSE = datetime(2026, 1, 23, 17, tzinfo=UTC)
FIRST_DAY = date(2026, 2, 1)
SECOND = timedelta(seconds=1)
SQUARE = shapely.box(0, 0, 1, 1)
_numbers = itertools.count(1)


def organisation(kind: str, name: str = "") -> Organisation:
    number = next(_numbers)
    code = f"{kind.upper()}{number}"
    return Organisation.objects.create(
        kind=kind, name=name or code, code=code, contact_email=f"{code}@example.org"
    )


def operator() -> Organisation:
    return organisation(OrganisationKind.SYSTEM_OPERATOR)


def provider(name: str = "") -> Organisation:
    return organisation(OrganisationKind.FLEX_SERVICE_PROVIDER, name)


def member(of: Organisation, roles: tuple[str, ...] = tuple(Role.values)) -> Member:
    user = User.objects.create_user(f"user{next(_numbers)}@example.org", "a long password")
    return Member.objects.create(user=user, organisation=of, roles=list(roles))


def competition(by: Organisation, shape=SQUARE, buffered=None, minimum_mw=("0",), **fields) -> Competition:
    """A competition for active deficit, its boundary, and a window for each minimum aggregate size."""
    ref = fields.pop("ref", f"C{next(_numbers)}")
    first_day = fields.pop("first_day", FIRST_DAY)
    given = {
        "name": ref,
        "need_type": NeedType.PRE_FAULT,
        "power_type": PowerType.ACTIVE,
        "need_direction": NeedDirection.DEFICIT,
        "competition_type": CompetitionType.UTILISATION,
        "publish_on": OPEN - timedelta(days=1),
        "qualification_open": OPEN,
        "qualification_close": CLOSE,
        "bidding_open": BIDDING_OPEN,
        "bidding_close": BIDDING_CLOSE,
        "created_at": OPEN - timedelta(days=1),
        "changed_at": OPEN - timedelta(days=1),
    } | fields
    made = Competition.objects.create(operator=by, ref=ref, **given)
    put_boundary(made, shape, buffered)
    period = ServicePeriod.objects.create(
        competition=made, name="Winter", first_day=first_day, last_day=first_day
    )
    for number, minimum in enumerate(minimum_mw):
        ServiceWindow.objects.create(
            competition=made,
            period=period,
            name=f"Window {number}",
            weekdays=[0, 1, 2, 3, 4, 5, 6],
            start=time(16),
            end=time(20),
            capacity_required_mw=Decimal(100),
            minimum_aggregate_mw=Decimal(minimum),
            available_minutes=240,
            position=number,
        )
    return made


def put_boundary(of: Competition, shape, buffered=None) -> None:
    wkb, wide = shapely.to_wkb(shape), shapely.to_wkb(buffered if buffered is not None else shape)
    BoundaryShape.objects.update_or_create(
        competition=of, defaults={"inside_wkb": wkb, "buffered_wkb": wide, "made_at": OPEN}
    )


def asset_type(name: str = "Battery", category: str = "storage") -> AssetType:
    return AssetType.objects.get(category=category, name=name)


def an_asset(of: Organisation, x=0.5, y=0.5, kind: AssetType | None = None, **fields) -> Asset:
    """An asset that is not stored: operational, 1 MW of generation turn-up."""
    number = next(_numbers)
    given = {
        "ref": f"A{number:05}",
        "name": f"Asset {number}",
        "status": AssetStatus.OPERATIONAL,
        "voltage_kv": Decimal(11),
        "generation_turn_up_mw": Decimal(1),
        "first_uploaded_at": OPEN,
        "changed_at": OPEN,
    } | fields
    return Asset(
        provider=of,
        asset_type=kind or asset_type(),
        longitude=Decimal(str(x)),
        latitude=Decimal(str(y)),
        **given,
    )


def asset(of: Organisation, x=0.5, y=0.5, **fields) -> Asset:
    made = an_asset(of, x, y, **fields)
    made.save()
    return made
