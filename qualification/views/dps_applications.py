"""One application to a DPS and its documents, as either side reads them."""

import uuid

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from accounts.enums import Role
from accounts.requests import MemberRequest
from marketplace import attachments
from marketplace.web.access import member
from qualification.domain.dps import decisions as decisions
from qualification.domain.dps import queries as queries
from qualification.forms.dps import AttachmentForm
from qualification.views.common import application_page, application_to_show


@require_GET
@member(role=Role.PROCUREMENT)
def application(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """One application: for the company to go on with, for the operator to read beside the earlier one and
    decide."""
    return application_page(request, application_to_show(request, pk), AttachmentForm())


@require_GET
@member(role=Role.PROCUREMENT)
def attachment(request: MemberRequest, pk: uuid.UUID) -> HttpResponse:
    """A document of an application, to save."""
    file = get_object_or_404(queries.attachments_visible_to(request.member), pk=pk).file
    return attachments.response(file.read(), file.name, file.content_type)
