"""The clock of a marketplace under test: the database's, moved by what a file says."""

import os
from datetime import datetime, timedelta
from pathlib import Path

from marketplace.clock import database_now


def moved_now() -> datetime:
    """The database's time plus the seconds in the file that ``TOWN_CLOCK`` names."""
    return database_now() + timedelta(seconds=float(Path(os.environ["TOWN_CLOCK"]).read_text()))
