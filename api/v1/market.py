"""Market data: what everybody may read, without a token. A provider's token opens the files for providers too."""

import csv
import io
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, Field, create_model

from accounts.domain.profiles import operators
from accounts.enums import Scope
from api.auth import Declared
from api.operations import BINARY, etag_of, raw_json, reads, unless_known
from api.paging import Listed, Page, listed, row_number, row_page
from api.problems import of_request
from api.requests import ProgramRequest
from api.shapes import Instant, Line, Number, Shown
from api.v1.competition_shapes import CompetitionShape, WindowShape, competition_shape, window_shape
from api.v1.competitions import CompetitionFilter, competition_list
from bidding.domain.results.past_prices import past_prices
from bidding.workbooks.specs import HISTORIC_BIDS, SHEET
from competitions.domain.places.maps import collection, competition_features
from competitions.domain.queries import competitions_visible_to
from competitions.models import Competition
from marketplace import attachments, clock
from marketplace.jobs import public_files
from marketplace.jobs.models import PublicFile
from marketplace.jobs.public_kinds import PublicKind, public_kind, public_kinds
from marketplace.workbooks.declare import Sheet
from marketplace.workbooks.write import EVALUATED
from qualification.domain import queries
from settlement.workbooks.public_specs import PUBLIC_DISPATCHES, VOLUMES

router = Router(tags=["Market data"])
OPEN = Declared(Scope.MARKET_READ, is_public=True)
RETRY_SECONDS = "60"


class OperatorShape(Shown):
    """A system operator on this platform."""

    code: str
    name: str
    currency: str
    time_zone: str
    contact_email: str


class PastPrice(Shown):
    """What the accepted bids of a confirmed competition were paid for one product; the average is by MW."""

    competition: str
    operator_code: str
    product: str
    confirmed_at: Instant | None
    lowest: Number
    average: Number
    highest: Number
    accepted_mw: Number
    bids: int
    currency: str


class MarketFile(Shown):
    """A file of market data; ``changed_at`` and what follows are null before it was first made."""

    name: str
    title: str
    about: str
    group: str
    for_providers: bool
    changed_at: Instant | None
    rows: int | None
    size: int | None
    sha256: str | None


class PricesAsked(BaseModel):
    """Which prices."""

    area: Line = Field("", description="The reference of an area; empty: all.")


def _row_shape(name: str, sheet: Sheet, about: str) -> Any:
    """The shape of a row from the columns that the file is written with."""
    fields = {
        column.key: (str | None, Field(description=column.meaning or column.explanation))
        for column in sheet.columns
    }
    return create_model(name, __base__=Shown, __doc__=about, **cast(Any, fields))


if TYPE_CHECKING:
    BidRow: TypeAlias = Any
    DispatchRow: TypeAlias = Any
    VolumeRow: TypeAlias = Any
else:
    BidRow = _row_shape("PublishedBid", HISTORIC_BIDS.sheet(SHEET), "A bid as published after the results.")
    DispatchRow = _row_shape(
        "PublishedDispatch", PUBLIC_DISPATCHES, "A dispatch or an accepted availability."
    )
    VolumeRow = _row_shape("PublishedVolume", VOLUMES, "What a month's final statements add up to.")


@reads(router, "/market/operators", OPEN, returns=Listed[OperatorShape])
def market_operators(request: ProgramRequest) -> Listed[OperatorShape]:
    """The system operators on this platform, by name."""
    told = [
        OperatorShape(
            code=each.code,
            name=each.name,
            currency=each.currency,
            time_zone=each.time_zone,
            contact_email=each.contact_email,
        )
        for each in operators()
    ]
    return Listed(items=told, next=None)


@reads(router, "/market/competitions", OPEN, returns=Listed[CompetitionShape])
def market_competitions(request: ProgramRequest, asked: Query[CompetitionFilter]) -> Listed[CompetitionShape]:
    """The competitions that are public, in the order of their refs."""
    return competition_list(competitions_visible_to(None, clock.now()), asked)


@reads(router, "/market/competitions/{ref}", OPEN, returns=CompetitionShape)
def market_competition(request: ProgramRequest, ref: str) -> CompetitionShape:
    """One public competition."""
    return competition_shape(_public(ref), clock.now())


@reads(router, "/market/competitions/{ref}/windows", OPEN, returns=Listed[WindowShape])
def market_windows(request: ProgramRequest, ref: str, asked: Query[Page]) -> Listed[WindowShape]:
    """The service windows of a public competition, in the order of their periods."""
    keys = ("period__first_day", "period__name", "position", "name", "pk")
    rows = queries.windows_of(_public(ref))
    return listed(rows, asked, keys, lambda shown: [window_shape(each) for each in shown])


@reads(router, "/market/competitions/{ref}/boundary", OPEN, returns=dict[str, Any])
def market_boundary(request: ProgramRequest, ref: str) -> HttpResponse:
    """Where assets qualify in a public competition: a GeoJSON collection of the boundary and its buffer."""
    return raw_json(request, collection(competition_features(_public(ref))), "application/geo+json")


@reads(router, "/market/prices", OPEN, returns=Listed[PastPrice])
def market_prices(request: ProgramRequest, asked: Query[PricesAsked]) -> Listed[PastPrice]:
    """What the latest confirmed competitions paid, oldest first: what the page draws."""
    told = [
        PastPrice(
            competition=each.competition.ref,
            operator_code=each.competition.operator.code,
            product=each.product,
            confirmed_at=each.competition.confirmed_at,
            lowest=each.lowest,
            average=round(each.average, 2),
            highest=each.highest,
            accepted_mw=each.accepted_mw,
            bids=each.bids,
            currency=each.competition.operator.currency,
        )
        for each in past_prices(clock.now(), area=asked.area)
    ]
    return Listed(items=told, next=None)


@reads(router, "/market/bids", OPEN, returns=Listed[BidRow])
def market_bids(request: ProgramRequest, asked: Query[Page]) -> HttpResponse:
    """Every bid of competitions whose results are confirmed, as in historic-bids.csv."""
    return _rows(request, "historic-bids.csv", HISTORIC_BIDS.sheet(SHEET), asked)


@reads(router, "/market/dispatches", OPEN, returns=Listed[DispatchRow])
def market_dispatches(request: ProgramRequest, asked: Query[Page]) -> HttpResponse:
    """Dispatches and accepted availability from a month after the month of service, as in dispatches.csv."""
    return _rows(request, "dispatches.csv", PUBLIC_DISPATCHES, asked)


@reads(router, "/market/volumes", OPEN, returns=Listed[VolumeRow])
def market_volumes(request: ProgramRequest, asked: Query[Page]) -> HttpResponse:
    """What was requested, delivered and paid by zone, product and month, as in dispatch-volumes.csv."""
    return _rows(request, "dispatch-volumes.csv", VOLUMES, asked)


@reads(router, "/market/files", OPEN, returns=Listed[MarketFile])
def market_files(request: ProgramRequest) -> Listed[MarketFile]:
    """The files of market data that one may have, each with its size, date and rows."""
    made = public_files.public_files()
    told = [_file_shape(each, made.get(each.name)) for each in public_kinds() if _may_have(request, each)]
    return Listed(items=told, next=None)


@reads(router, "/market/files/{name}", OPEN, returns=BINARY)
def market_file(request: ProgramRequest, name: str) -> HttpResponse:
    """A file of market data, whole; 503 while it was never made."""
    kind = public_kind(name)
    if kind is None or not _may_have(request, kind):
        raise of_request("not_found", "There is no such file of market data, or it is for providers.")
    file = _made(kind)
    content = file.stored.read()
    response = attachments.response(content, file.name, file.stored.content_type)
    response["ETag"] = etag_of(content)
    return unless_known(request, response)


def _public(ref: str) -> Competition:
    found = competitions_visible_to(None, clock.now()).filter(ref__iexact=ref).first()
    if found is None:
        raise of_request("not_found", "There is no such competition, or it is not published.")
    return found


def _may_have(request: ProgramRequest, kind: PublicKind) -> bool:
    return kind.audience == "everyone" or (request.has_token and request.member.is_fsp)


def _made(kind: PublicKind) -> PublicFile:
    """The file; a request never makes one, so that what anybody may ask for costs no more than reading it."""
    file = public_files.public_file(kind)
    if file is None:
        public_files.ask_for()
        raise of_request(
            "busy",
            "This file is being made for the first time. Ask again in a minute.",
            headers={"Retry-After": RETRY_SECONDS},
        )
    return file


def _rows(request: ProgramRequest, name: str, sheet: Sheet, page: Page) -> HttpResponse:
    """A part of the rows of a published file. A cursor holds for the file as it was: once it is made anew, one
    begins again."""
    kind = public_kind(name)
    assert kind is not None
    file = _made(kind)
    start = row_number(page, file.stored.sha256)
    lines = csv.reader(io.TextIOWrapper(io.BytesIO(file.stored.read()), "utf-8-sig", newline=""))
    next(lines, None)
    found = list(islice(lines, start, start + page.limit + 1))
    rest = row_page(file.stored.sha256, start + page.limit) if len(found) > page.limit else None
    keys = [column.key for column in sheet.columns]
    items = [_row(keys, each) for each in found[: page.limit]]
    return raw_json(request, {"items": items, "next": rest})


def _row(keys: Sequence[str], cells: Sequence[str]) -> dict[str, str | None]:
    return {key: _plain(cell) or None for key, cell in zip(keys, cells, strict=True)}


def _plain(cell: str) -> str:
    """The text without the mark that keeps spreadsheet programs from evaluating it."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(EVALUATED) else cell


def _file_shape(kind: PublicKind, file: PublicFile | None) -> MarketFile:
    return MarketFile(
        name=kind.name,
        title=kind.title,
        about=kind.about,
        group=kind.group,
        for_providers=kind.audience == "fsp",
        changed_at=file.changed_at if file is not None else None,
        rows=file.row_count if file is not None else None,
        size=file.stored.size if file is not None else None,
        sha256=file.stored.sha256 if file is not None else None,
    )
