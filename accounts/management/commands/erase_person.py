"""Erase a person who asks for it (UK GDPR, article 17): name, address, sessions, second factors, messages. It can't
be undone."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.domain.erasure import erase_person
from accounts.domain.registration import PlatformAdmin
from accounts.models import User
from marketplace import clock
from marketplace.errors import Refused


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="The person's address.")
        parser.add_argument(
            "--by", required=True, help="Your own address, as a platform admin: it is recorded."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(email__iexact=options["email"]).first()
        admin = User.objects.filter(email__iexact=options["by"], is_staff=True, is_active=True).first()
        if person is None or admin is None:
            missing = f"login {options['email']}" if person is None else f"platform admin {options['by']}"
            raise CommandError(f"There is no {missing}.")
        try:
            pseudonym = erase_person(by=PlatformAdmin(admin), user=person, now=clock.now())
        except Refused as refusal:
            raise CommandError(refusal.sentence) from None
        self.stdout.write(f"Erased. What the person did for a company is now by {pseudonym}.")
        self.stdout.write("Still to do by hand: docs/operations.md, “A person who asks to be erased”.")
