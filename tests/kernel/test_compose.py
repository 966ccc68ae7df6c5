"""The compose file: valid, confined, and each of its services watched and given time to end."""

import io
import json
from pathlib import Path
from urllib.error import HTTPError

import jsonschema
import pytest
import yaml
from django.core.exceptions import ImproperlyConfigured

from marketplace import demo
from marketplace import settings as product
from marketplace.health import ask, heartbeats

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "tests/data/compose/compose_spec.json").read_text())
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
LONGEST_END_SECONDS = 8
"""What a worker needs to end."""


def test_it_is_valid_by_the_compose_specification():
    assert list(jsonschema.Draft7Validator(SCHEMA).iter_errors(COMPOSE)) == []
    spoiled = COMPOSE | {"services": {"web": {"biuld": "."}}}
    assert list(jsonschema.Draft7Validator(SCHEMA).iter_errors(spoiled)) != []


def test_each_queue_has_a_worker_with_the_processes_of_the_demo():
    workers = {
        name.removeprefix("worker-"): each["command"] for name, each in SERVICES.items() if "worker" in name
    }
    counts = {queue: int(command[command.index("-c") + 1]) for queue, command in workers.items()}
    assert counts.keys() == demo.QUEUES.keys()
    assert all(counts[queue] >= number for queue, number in demo.QUEUES.items())


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_is_confined(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    if name in OURS:
        assert "cap_add" not in service
        assert service["tmpfs"]


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in ("migrate", "proxy")])
def test_every_service_that_runs_on_is_watched_and_has_time_to_end(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert int(SERVICES[name]["stop_grace_period"].removesuffix("s")) > LONGEST_END_SECONDS


def test_no_secret_lies_in_the_environment():
    for name, service in OURS.items():
        named = {f"/run/secrets/{each}" for each in service["secrets"]}
        assert {
            text
            for key, text in service["environment"].items()
            if key.endswith("_FILE") and "ALIVE" not in key
        } == named, name
    assert all(
        each in COMPOSE["secrets"] for service in SERVICES.values() for each in service.get("secrets", [])
    )


def test_a_secret_comes_from_its_file_and_from_one_place_only(monkeypatch, tmp_path):
    (tmp_path / "token").write_text("told by the file\n")
    monkeypatch.setenv("METRICS_TOKEN_FILE", str(tmp_path / "token"))
    monkeypatch.setenv("METRICS_TOKEN", "")
    assert product.secret("METRICS_TOKEN") == "told by the file"
    monkeypatch.setenv("METRICS_TOKEN", "told by the variable")
    with pytest.raises(ImproperlyConfigured, match="both set"):
        product.secret("METRICS_TOKEN")
    monkeypatch.setenv("METRICS_TOKEN_FILE", "")
    assert product.secret("METRICS_TOKEN") == "told by the variable"
    monkeypatch.setenv("METRICS_TOKEN", "")
    monkeypatch.setenv("METRICS_TOKEN_FILE", str(tmp_path / "nothing"))
    with pytest.raises(ImproperlyConfigured, match="can't be read"):
        product.secret("METRICS_TOKEN")


def test_a_sign_of_life_touches_the_file_that_the_health_check_looks_at(settings, tmp_path, monkeypatch):
    settings.ALIVE_FILE = str(tmp_path / "alive")
    monkeypatch.setattr(heartbeats, "_key", lambda name: f"of-a-test:{name}")
    heartbeats._noted.clear()
    heartbeats.note("worker files")
    assert (tmp_path / "alive").exists()
    heartbeats.forget("worker files")


def test_the_health_check_of_web_asks_as_one_of_the_sites_names(monkeypatch, capsys):
    asked = []

    def open_it(request, timeout):
        asked.append(request)
        raise HTTPError(request.full_url, 503, "not ready", {}, io.BytesIO(b'{"ready": false}'))

    monkeypatch.setattr(ask, "urlopen", open_it)
    monkeypatch.setenv("ALLOWED_HOSTS", "marketplace.example, other.example")
    assert ask.main("http://127.0.0.1:8000/readyz") == 1
    assert asked[0].get_header("Host") == "marketplace.example"
    assert "false" in capsys.readouterr().out
