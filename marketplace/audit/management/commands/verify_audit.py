from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace import audit
from marketplace.audit.models import AuditEntry, ChainHead


class Command(BaseCommand):
    help = "Proves the audit chains, or names the first broken entry of each; exit status 1 then."

    def handle(self, *args: Any, **options: Any) -> None:
        breaks = list(audit.verify())
        if breaks:
            raise CommandError("\n".join(str(each) for each in breaks), returncode=1)
        self.stdout.write(
            f"{AuditEntry.objects.count()} entries in {ChainHead.objects.count()} chains: all hold."
        )
