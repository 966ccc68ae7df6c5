"""Jobs as a support person sees them: what was asked, how far it is, what went wrong; nothing under a closed
seal."""

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace import clock
from marketplace.audit.support import OwnedByIds
from marketplace.errors import Refused
from marketplace.jobs.actions import run_again
from marketplace.jobs.models import Job
from marketplace.jobs.queries import jobs_for_admins
from marketplace.web.support import support_person


@admin.register(Job)
class JobAdmin(OwnedByIds):
    list_display = (
        "created_at",
        "title",
        "owner",
        "requested_by_email",
        "state",
        "attempts",
        "deaths",
        "outcome",
        "error",
    )
    list_filter = ("state", "kind")
    search_fields = ("title", "requested_by_email", "upload__name", "error")
    fields = (
        "title",
        "kind",
        "state",
        "owner",
        "requested_by_email",
        "upload",
        "output",
        "outcome",
        "error",
        "log",
        "attempts",
        "deaths",
        "created_at",
        "started_at",
        "finished_at",
    )
    readonly_fields = fields
    actions = ("have_run_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Job]:
        return jobs_for_admins()

    @admin.action(description="Run again", permissions=["view"])
    def have_run_again(self, request: HttpRequest, queryset: QuerySet[Job]) -> None:
        """Queue failed jobs again; others are named."""
        for job in queryset:
            try:
                run_again(by=support_person(request), job=job, now=clock.now())
            except Refused as refusal:
                self.message_user(request, f"{job}: {refusal}", messages.ERROR)
            else:
                self.message_user(request, f"“{job}” is queued again.")
