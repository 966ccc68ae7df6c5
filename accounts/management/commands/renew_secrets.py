"""Encrypt the stored secrets of second factors again under the present SECRET_KEY; then its fallbacks may
go."""

from typing import Any

from django.core.management.base import BaseCommand

from accounts.sign_in.stored_secrets import renew


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{renew()} second factors are encrypted under the present key.")
