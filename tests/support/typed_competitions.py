"""Typing a competition page by page."""

import pytest
from django.core.cache import cache
from django.urls import reverse

from competitions.models import WorkingCopy
from marketplace import clock
from marketplace.jobs.publishing import run_jobs_inline
from tests.competitions import files

HEADER = {
    "ref": "P1",
    "name": "By page",
    "need_type": "Pre Fault",
    "power_type": "Active Power",
    "need_direction": "Deficit",
    "competition_type": "Utilisation",
    "publish_on": "2026-01-02T09:00",
    "qualification_open": "2026-01-05T12:00",
    "qualification_close": "2026-01-19T17:00",
    "bidding_open": "2026-01-21T09:00",
    "bidding_close": "2026-01-23T17:00",
    "asset_categories": ["Storage", "Generation"],
}
WINDOW = {
    "period": "February",
    "first_day": "2026-02-01",
    "last_day": "2026-02-28",
    "name": "Evening",
    "weekdays": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"],
    "start": "16:00",
    "end": "20:00",
    "capacity_required_mw": "1.5",
    "dispatch_estimate": "4",
    "dispatch_duration": "01:00",
}


@pytest.fixture(autouse=True)
def quiet():
    cache.delete("competitions.live_map")
    with run_jobs_inline():
        yield


@pytest.fixture
def buyer():
    member = files.operator()
    files.draw_area(member)
    return member


@pytest.fixture
def browse(client, buyer):
    """Open or send a page as the buyer at an instant."""
    client.force_login(buyer.user)

    def opened(name, *args, at=files.DRAFT, post=None, **query):
        with clock.set_to(at):
            url = reverse(f"competitions:{name}", args=args)
            return client.get(url, query) if post is None else client.post(url, post)

    return opened


def begun(browse, **changes):
    """A new competition typed through all steps, up to the review."""
    assert browse("start", post=HEADER | changes).url.endswith("/boundary/")
    copy = WorkingCopy.objects.latest("created_at")
    browse(
        "typed_boundary",
        copy.pk,
        post={"areas": ["MONKTONHALL"], "postcodes": "eh218re, EH21 8", "area_buffer_km": "2"},
    )
    assert browse("typed_windows", copy.pk, post=WINDOW).status_code == 302
    return copy


def saved(browse, copy, at=files.DRAFT):
    fingerprint = browse("typed_review", copy.pk, at=at).context["fingerprint"]
    return browse("typed_save", copy.pk, at=at, post={"fingerprint": fingerprint, "confirmed": "yes"})
