"""The files to run it by fit the product, and what they are for takes them."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
UNITS, CHART = DEPLOY / "systemd", DEPLOY / "helm"
PLACE = "/opt/marketplace/.venv/bin/"
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not here")
needs_caddy = pytest.mark.skipif(not shutil.which("caddy"), reason="caddy is not here")
needs_promtool = pytest.mark.skipif(
    not shutil.which("promtool"), reason="promtool (Debian: prometheus) is not here"
)


def test_every_queue_has_a_worker_everywhere():
    queues = set(settings.CELERY_TASK_QUEUES)
    target = (UNITS / "marketplace.target").read_text()
    assert set(re.findall(r"marketplace-worker@(\w+)\.service", target)) == queues
    assert set(yaml.safe_load((CHART / "values.yaml").read_text())["workers"]) == queues


def test_the_units_allow_what_the_confinement_of_readers_is_made_of():
    common = (UNITS / "marketplace-.service.d" / "common.conf").read_text()
    told = dict(line.split("=", 1) for line in common.splitlines() if "=" in line and line[0] != "#")
    assert {"user", "net", "ipc", "uts"} <= set(told["RestrictNamespaces"].split())
    allowed = set(told["SystemCallFilter"].split())
    assert {"@system-service", "seccomp"} <= allowed  # the first holds unshare and capset
    assert {f"landlock_{each}" for each in ("create_ruleset", "add_rule", "restrict_self")} <= allowed


@needs_systemd
def test_systemd_takes_the_units(tmp_path):
    units = tmp_path / "units"
    shutil.copytree(UNITS, units)
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("python", "gunicorn", "celery"):
        (programs / name).symlink_to("/bin/true")
    for unit in units.glob("*.service"):
        unit.write_text(unit.read_text().replace(PLACE, f"{programs}/"))
    names = [path for path in units.iterdir() if path.is_file() and "@" not in path.name]
    ended = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names, units / "marketplace-worker@files.service"],
        env={**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in ended.stderr.splitlines() if "marketplace" in line] == []
    assert ended.returncode == 0


@needs_nginx
def test_nginx_takes_its_configuration(tmp_path):
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=marketplace.example"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], capture_output=True, check=True)
    site = tmp_path / "site.conf"
    told = (DEPLOY / "nginx" / "marketplace.conf").read_text()
    site.write_text(told.replace("/etc/marketplace/tls", str(tmp_path)))
    main = tmp_path / "nginx.conf"
    main.write_text(f"events {{}}\npid {tmp_path}/pid;\nhttp {{ access_log off; include {site}; }}\n")
    ended = subprocess.run(["nginx", "-t", "-c", main], capture_output=True, text=True, check=False)
    assert "test is successful" in ended.stderr


@needs_caddy
def test_caddy_takes_its_configuration_and_refuses_what_web_refuses(tmp_path):
    ended = subprocess.run(
        [
            "caddy",
            "adapt",
            "--adapter",
            "caddyfile",
            "--validate",
            "--config",
            DEPLOY / "caddy" / "Caddyfile",
        ],
        env={**os.environ, "SITE_HOST": "marketplace.example", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    made = json.loads(ended.stdout)
    site = made["apps"]["http"]["servers"]["srv0"]["routes"][0]["handle"][0]["routes"][0]["handle"]
    assert site[0] == {"handler": "request_body", "max_size": settings.LARGEST_REQUEST}


@needs_promtool
def test_each_alert_fires_where_it_must_and_none_while_all_is_well():
    rules = yaml.safe_load((DEPLOY / "monitoring" / "alerts.yml").read_text())["groups"][0]["rules"]
    cases = (DEPLOY / "monitoring" / "alerts_test.yml").read_text()
    assert [rule["alert"] for rule in rules if f'alertname="{rule["alert"]}"' not in cases] == []
    for asked in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts_test.yml"]):
        ended = subprocess.run(
            ["promtool", *asked], cwd=DEPLOY / "monitoring", capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr


def test_the_chart_renders_by_helm_to_what_kubernetes_takes():
    helm = pytest.importorskip(
        "helm_python", reason="pip install helm-python-sdk kubernetes-validate (350 MB)"
    )
    kubernetes = pytest.importorskip("kubernetes_validate")
    assert helm.lint(str(CHART))["errors"] == []
    with helm.Chart.load(str(CHART)) as chart:
        made = chart.render({}, name="market", namespace="market").values()
    objects = [each for text in made for each in yaml.safe_load_all(text) if each]
    for each in objects:
        kubernetes.validate(each, "1.30", strict=True)
    assert len(objects) == 11
