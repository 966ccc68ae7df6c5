"""The two checks of packages say no where they must: a licence that isn't free, a known fault, a service that was
not asked."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

CI = Path(__file__).resolve().parents[2] / ".ci"


def loaded(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, CI / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


licences, known_faults = loaded("licences"), loaded("known_faults")


@pytest.mark.parametrize("told", ["MIT", "Apache-2.0 OR GPL-3.0-only", "BSD-3-Clause AND (0BSD OR MIT)"])
def test_a_licence_is_free_when_all_that_must_be_kept_is(told):
    assert licences.is_free(told)


@pytest.mark.parametrize(
    "told", ["", "GPL-3.0-or-later", "MIT AND AGPL-3.0-only", "ask us first", "LicenseRef-own"]
)
def test_a_licence_that_is_not_known_as_free_is_none(told):
    assert not licences.is_free(told)


def test_a_known_fault_fails_and_names_the_version_that_mends_it():
    package = {"name": "a", "version": "1", "vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}
    unknown = {"name": "b", "skip_reason": "not found"}
    assert known_faults.judge({"dependencies": [package, unknown]}) == (1, "a 1: CVE-1, mended in 2")


def test_packages_that_the_service_did_not_look_at_never_pass():
    unknown, well = {"name": "b", "skip_reason": "not found"}, {"name": "c", "version": "1", "vulns": []}
    assert known_faults.judge({"dependencies": [unknown]})[0] == known_faults.NOT_RUN
    assert known_faults.judge({"dependencies": [unknown, well]})[0] == known_faults.NOT_RUN
    assert known_faults.judge({"dependencies": [well]})[0] == 0
