"""Every form of the product, found by loading every module of it."""

import importlib
import pkgutil

from django import forms

from tests.support.apps import PACKAGES as APPS

OURS = {"accounts", "audit", "bidding", "competitions", "contracts", "jobs", "notifications", "qualification"}


def all_forms() -> list[type[forms.BaseForm]]:
    """The form classes, those of the admin too, by name."""
    for app in APPS:
        package = importlib.import_module(app)
        for module in pkgutil.walk_packages(package.__path__, f"{app}."):
            if ".migrations" not in module.name and ".management" not in module.name:
                importlib.import_module(module.name)
    found = {form for form in _below(forms.BaseForm) if form.__module__.split(".")[0] in APPS}
    return sorted(found, key=lambda form: (form.__module__, form.__qualname__))


def _below(base: type) -> set[type]:
    direct = set(base.__subclasses__())
    return direct.union(*map(_below, direct)) if direct else direct
