"""Sessions in the database, as Django keeps them: only their reading is prepared, since every page begins with it."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from marketplace.prepared import loaded


class SessionStore(db.SessionStore):
    """Django's own store; the session of a key is read by a query that is kept."""

    def _get_session_from_db(self) -> Session | None:
        found = loaded(Session, session_key=self.session_key or "")
        if found is not None and found.expire_date > timezone.now():
            return found
        self._session_key = None
        return None
