"""People and files for the pages of jobs."""

import uuid

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import Member, Organisation, User
from marketplace.jobs.enums import State
from marketplace.jobs.models import Job
from marketplace.jobs.worker import run_now
from tests.kernel import rows_kind

KIND = rows_kind.KIND


def someone(organisation: Organisation, *roles: str) -> Member:
    user = User.objects.create_user(f"{uuid.uuid4().hex}@example.org")
    return Member.objects.create(user=user, organisation=organisation, roles=list(roles))


def company(code: str, kind: str = "fsp") -> Organisation:
    return Organisation.objects.create(name=code, code=code, kind=kind, contact_email=f"{code}@example.org")


def send(browser, text: str, kind: str = KIND, name: str = "rows.txt", **params):
    file = SimpleUploadedFile(name, text.encode())
    return browser.post(reverse("jobs:upload", args=[kind]), {"file": file, **params})


def checked(browser, text: str) -> Job:
    send(browser, text)
    return run_now(Job.objects.get(state=State.QUEUED).pk)
