"""What is exported to monitoring: true whichever process answers, and silent about bids."""

import os
import re
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
import yaml
from django.test import Client

from api.webhooks.channel import Webhooks
from marketplace import clock
from marketplace.deliveries.enums import DeliveryState
from marketplace.health import figures, heartbeats
from marketplace.jobs.models import Job
from marketplace.notifications.actions import notify
from marketplace.notifications.models import Notification
from tests.accounts.people import NOW, provider
from tests.bidding import market as bidding

pytestmark = pytest.mark.django_db

MONITORING = Path(__file__).resolve().parents[2] / "deploy" / "monitoring"
TOKEN = "a token of the monitoring"


def metrics(settings, now=NOW):
    """Every sample by its name and labels."""
    settings.METRICS_TOKEN = TOKEN
    with clock.set_to(now):
        answer = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    lines = (line for line in answer.content.decode().splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_jobs_are_told_by_step_with_the_age_of_the_oldest(settings):
    def job(**told):
        return Job.objects.create(
            organisation_id=provider_id,
            requested_by_id=1,
            kind="k",
            title="t",
            created_at=NOW - told.pop("age"),
            **told,
        )

    provider_id = provider().organisation_id
    job(age=timedelta(seconds=30), state="apply_queued")
    job(age=timedelta(seconds=90), state="applying")
    job(age=timedelta(seconds=5), state="queued")
    told = metrics(settings)
    assert told['marketplace_jobs_waiting{step="apply"}'] == 1
    assert told['marketplace_jobs_working{step="apply"}'] == 1
    assert told['marketplace_jobs_oldest_age_seconds{step="apply"}'] == 90
    assert told['marketplace_jobs_waiting{step="make"}'] == 1
    assert told['marketplace_jobs_waiting{step="check"}'] == 0


def test_files_and_mails_that_tell_of_bids_are_in_no_number_but_age_all_the_same(settings):
    user = provider().user
    Job.objects.create(
        organisation_id=provider("TWO").organisation_id,
        requested_by_id=1,
        kind="bidding.bids",
        title="Bids",
        created_at=NOW - timedelta(minutes=5),
        state="queued",
        sealed_under=uuid.uuid4(),
    )
    for kind in ("bidding_closing", "competition_changed"):
        notify(kind, to=[user], key="one", title="t", lines=[], link="/", now=NOW - timedelta(minutes=3))
    told = metrics(settings)
    assert told['marketplace_jobs_waiting{step="make"}'] == 0
    assert told['marketplace_jobs_oldest_age_seconds{step="make"}'] == 300
    assert told['marketplace_deliveries_waiting{channel="notifications"}'] == 1
    Notification.objects.update(mail_state=DeliveryState.GIVEN_UP)
    told = metrics(settings)
    assert told['marketplace_deliveries_given_up{channel="notifications"}'] == 1
    assert told['marketplace_deliveries_waiting{channel="notifications"}'] == 0
    assert {"ballot.recorded", "bidding.closing", "job.done"} == set(Webhooks().uncounted().children[0][1])


def test_every_channel_tells_and_what_was_never_seen_is_absent(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(heartbeats, "_key", lambda name: f"never-seen:{name}")
    settings.BACKUP_STAMP = str(tmp_path / "last-backup")
    told = metrics(settings)
    channels = {
        name.partition('"')[2][:-2] for name in told if name.startswith("marketplace_deliveries_waiting")
    }
    assert channels == {"notifications", "login mails", "webhooks", "openadr"}
    assert "marketplace_beat_last_tick_age_seconds" not in told
    assert "marketplace_backup_age_seconds" not in told
    (tmp_path / "last-backup").touch()
    os.utime(tmp_path / "last-backup", (NOW.timestamp() - 60,) * 2)
    assert metrics(settings)["marketplace_backup_age_seconds"] == 60


def test_figures_of_a_part_that_is_away_leave_those_of_the_others(settings, monkeypatch):
    def away(*args):
        raise OSError

    monkeypatch.setattr(heartbeats, "age", away)
    told = metrics(settings)
    assert told["marketplace_figures_missing"] == 1
    assert "marketplace_gates_late" in told


def test_a_late_gate_and_an_overdue_answer_are_counted(settings):
    of = bidding.market()
    close = of.competition.bidding_close
    assert metrics(settings, close + timedelta(seconds=50))["marketplace_gates_late"] == 0
    told = metrics(settings, close + timedelta(seconds=70))
    assert told["marketplace_gates_late"] == 1
    assert (
        told["marketplace_dispatches_unacknowledged"]
        == told["marketplace_emergency_stops_unacknowledged"]
        == 0
    )


def test_no_metric_tells_of_bids_whichever_pages_of_them_are_asked_for(settings):
    of = bidding.market()
    browser = Client()
    browser.force_login(of.north.user)
    before = metrics(settings, bidding.BIDDING)
    for address in ("/bidding/", "/bidding/competitions/"):
        browser.get(address)
    told = metrics(settings, bidding.BIDDING)
    grown = {name for name in told if told[name] != before.get(name)}
    assert any('view="of bids"' in name for name in grown)
    assert [name for name in told if re.search(r'view="[^"]*(bidding|ballot)', name)] == []
    assert not any(str(each) in "".join(told) for each in (of.competition.pk, of.north.organisation_id))


def test_what_two_web_processes_counted_is_told_as_one(settings, tmp_path, monkeypatch):
    monkeypatch.setenv(figures.FOLDER, str(tmp_path))
    counts = "from prometheus_client import Counter; Counter('answers', 'Told.').inc(3)"
    for _ in range(2):
        subprocess.run([sys.executable, "-c", counts], check=True)
    told = metrics(settings)
    assert told["answers_total"] == 6
    assert "marketplace_gates_late" in told


ONLY_WITH_A_COPY = {"marketplace_replica_behind_seconds"}
"""What is told only where there is a copy of the database."""


def test_dashboard_and_alerts_ask_for_metrics_that_are_exported(settings, tmp_path):
    settings.BACKUP_STAMP = str(tmp_path / "last-backup")
    (tmp_path / "last-backup").touch()
    for name in (heartbeats.BEAT, *map(heartbeats.worker_of, settings.CELERY_TASK_QUEUES)):
        heartbeats.note(name)
    Client().get("/how-it-works/")
    exported = {name.partition("{")[0] for name in metrics(settings)} | ONLY_WITH_A_COPY
    files = [(MONITORING / name).read_text() for name in ("alerts.yml", "dashboard.json")]
    asked = {name for text in files for name in re.findall(r"\b(?:marketplace|django)_[a-z_]+", text)}
    assert len(asked) > 15
    assert asked - exported == set()
    ours = {name for name in exported if name.startswith("marketplace_")}
    assert ours - asked == set(), "on no panel and in no alert"


def test_every_alert_says_what_it_means_and_how_urgent_it_is():
    [group] = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    assert {rule["labels"]["severity"] for rule in group["rules"]} == {"page", "ticket"}
    assert all(rule["annotations"]["summary"] and rule["expr"] for rule in group["rules"])
