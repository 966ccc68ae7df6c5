"""One competition as a workbook for everybody: its published terms, boundary and windows."""

from dataclasses import replace
from datetime import datetime
from typing import BinaryIO

from django.db.models import prefetch_related_objects

from competitions.exports.market_files import public_rows
from competitions.models import Competition
from competitions.workbooks.published import LIVE_COMPETITIONS
from marketplace.workbooks.write import write_bulk


def write_published(competition: Competition, target: BinaryIO, now: datetime) -> None:
    """Write what everybody may read of the competition, instants in UTC."""
    prefetch_related_objects([competition], "boundaries__area", "windows__period")
    spec = replace(
        LIVE_COMPETITIONS, title=competition.ref, purpose=f"{competition.name}: what is needed, where, when."
    )
    write_bulk(spec, public_rows([competition], now), target)


def write_published_many(competitions: list[Competition], target: BinaryIO, now: datetime) -> None:
    """Write what everybody may read of these competitions, instants in UTC."""
    prefetch_related_objects(competitions, "boundaries__area", "windows__period")
    write_bulk(LIVE_COMPETITIONS, public_rows(competitions, now), target)
