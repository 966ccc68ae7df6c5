"""The names that people give when they are long: as long as the fields let them be, or as a sentence."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Model

from accounts.models import Organisation, User
from competitions.models import Area, Competition, PurchasingSystem, Question, ServicePeriod, ServiceWindow
from qualification.models import Asset, AssetGroup, PlannedAsset
from tests.bidding.market import Market
from tests.walk import Sample

WORDS = "Northern and Central Borders distributed flexibility partnership for evening peaks in winter and in spring"
REF = "NRN2627_MONKTONHALL_PRIMARY_WINTER_PEAK"
ROUND = "Autumn and winter tender of 2026/27 for the northern area"
NAMED: tuple[tuple[type[Model], str, int], ...] = (
    (Organisation, "name", 100),
    (User, "name", 60),
    (Competition, "name", 100),
    (PurchasingSystem, "name", 100),
    (ServicePeriod, "name", 60),
    (ServiceWindow, "name", 56),
    (Area, "display_name", 100),
    (Asset, "name", 100),
    (AssetGroup, "name", 100),
    (PlannedAsset, "name", 100),
)
COUNTED: tuple[tuple[type[Model], str, int], ...] = (
    (Asset, "ref", 40),
    (AssetGroup, "ref", 40),
    (Area, "reference", 60),
)


def lengthen(of: Market, samples: Mapping[str, Sample]) -> dict[str, Sample]:
    """Give everything a long name; what the addresses are then."""
    for model, field, most in NAMED:
        for number, each in enumerate(model._default_manager.all()):
            model._default_manager.filter(pk=each.pk).update(**{field: f"{WORDS[: most - 4]} {number:03}"})
    for model, field, most in COUNTED:
        for number, each in enumerate(model._default_manager.all()):
            model._default_manager.filter(pk=each.pk).update(
                **{field: f"{REF}_{'SITE' * 9}"[: most - 4] + f"_{number:03}"}
            )
    Question.objects.update(text=f"May a battery behind {'x' * 60} take part? {WORDS}")
    old, round_name = of.competition.ref, of.competition.round_name
    Competition.objects.filter(pk=of.competition.pk).update(ref=REF, round_name=ROUND)
    renamed = {old: REF, round_name: ROUND}
    return {
        name: replace(each, arguments=_renamed(each.arguments, renamed)) for name, each in samples.items()
    }


def _renamed(arguments: Mapping[str, Any], renamed: Mapping[str, str]) -> dict[str, Any]:
    return {
        key: renamed.get(value, value) if isinstance(value, str) else value
        for key, value in arguments.items()
    }
