"""The application's own Celery worker, that also knows the kind of file of these tests and one member."""

import json
import os
import uuid
from contextlib import ExitStack

from marketplace.celery import app
from tests.kernel import rows_kind
from tests.kernel.people import Member, Organisation

__all__ = ["app"]

known = ExitStack()


@app.on_after_finalize.connect
def know_the_kinds(**signal: object) -> None:
    who = json.loads(os.environ["TEST_MEMBER"])
    member = Member(Organisation(id=uuid.UUID(who["organisation_id"])), user_id=who["user_id"])
    known.enter_context(rows_kind.registered(member))
