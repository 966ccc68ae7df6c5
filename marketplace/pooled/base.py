from typing import Any

from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    """A cursor of the server lives as long as its transaction: in one it is used, so that files of any length take
    flat memory; outside of one, where the next part may be asked of another session, the rows come at once."""

    def chunked_cursor(self) -> Any:
        return self.cursor() if self.get_autocommit() else super().chunked_cursor()
