"""The files to run it by fit the product, and what they are for takes them."""

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
