"""All organisations' logs for admins. Places and digests are left out: gaps between them would count sealed
entries."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from marketplace.audit.models import AuditEntry
from marketplace.audit.persons import acted_by, put_addresses_back
from marketplace.audit.queries import entries_for_admins
from marketplace.audit.sentences import changes_in_words, names_for, who
from marketplace.audit.support import OwnedByIds


@admin.register(AuditEntry)
class AuditEntryAdmin(OwnedByIds):
    list_display = ("at", "owner", "actor", "action", "subject_label", "changed")
    list_filter = ("at",)
    search_fields = ("action", "subject_label", "subject_id")
    fields = ("at", "owner", "actor", "action", "subject_type", "subject_id", "subject_label", "changed")
    readonly_fields = fields
    ordering = ("-at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        return entries_for_admins()

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        names = names_for(list(shown.result_list))
        for entry in shown.result_list:
            entry.actor_name = who(entry, names)
        return shown

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[AuditEntry], search_term: str
    ) -> tuple[QuerySet[AuditEntry], bool]:
        found, doubled = super().get_search_results(request, queryset, search_term)
        return (found | queryset.filter(acted_by(search_term)) if search_term else found), doubled

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        entry = super().get_object(request, object_id, from_field)
        if entry is not None:
            put_addresses_back([entry])
        return entry

    @admin.display(description="who")
    def actor(self, entry: AuditEntry) -> str:
        """The person and their organisation."""
        return getattr(entry, "actor_name", None) or who(entry, names_for([entry]))

    @admin.display(description="changed")
    def changed(self, entry: AuditEntry) -> str:
        """Each field before and after, in a line."""
        return changes_in_words(entry)
