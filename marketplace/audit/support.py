"""Support pages of rows that know their organisation by its id alone."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.safestring import SafeString

from marketplace.audit.sentences import organisation_names
from marketplace.web.support import LookOnly, to_page


class OwnedByIds(LookOnly):
    """For tables that know organisations by id only: the list shows their names, read at once, with links."""

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        shown = super().get_changelist_instance(request)
        names = organisation_names({row.organisation_id for row in shown.result_list if row.organisation_id})
        for row in shown.result_list:
            row.owner_name = names.get(row.organisation_id, "")
        return shown

    @admin.display(description="organisation")
    def owner(self, row: Any) -> SafeString | str:
        """The organisation, linked to its page."""
        if row.organisation_id is None:
            return "The platform"
        names: Mapping[uuid.UUID, str] = {}
        name = getattr(row, "owner_name", None)
        if name is None:
            names = organisation_names({row.organisation_id})
            name = names.get(row.organisation_id, "")
        return to_page("accounts_organisation", row.organisation_id, name or str(row.organisation_id))
