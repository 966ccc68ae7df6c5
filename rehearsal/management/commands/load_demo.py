"""Load the demo market once; prints its logins."""

import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from marketplace import clock
from rehearsal.demo.files import DemoBroken
from rehearsal.demo.market import load_demo


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(
                "The demo market has an admin of its own: it is not loaded where PRODUCTION is 1."
            )
        password = f"demo-{secrets.token_hex(4)}"
        try:
            logins = load_demo(now=clock.now(), password=password)
        except DemoBroken as error:
            raise CommandError(str(error)) from error
        width = max(len(who) for who, _ in logins)
        self.stdout.write(f"Logins, all with the password {password}")
        for who, email in logins:
            self.stdout.write(f"  {who:{width}}  {email}")
