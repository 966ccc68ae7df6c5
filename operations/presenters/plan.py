"""From which contracts a plan may be filled: those of one competition, or of one area with one direction and power."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from contracts.models import Contract
from marketplace.numbers import counted
from operations.domain.dispatch_queries import areas_of_competitions


def choices_of(contracts: Sequence[Contract]) -> list[tuple[str, str]]:
    """What a plan may be filled from, with how many contracts each holds."""
    groups: dict[str, tuple[str, int]] = {}
    areas = _areas(contracts)
    for contract in contracts:
        for key, title in _keys(contract, areas):
            groups[key] = (title, groups.get(key, (title, 0))[1] + 1)
    ordered = sorted(groups.items(), key=lambda each: (not each[0].startswith("area"), each[1][0]))
    return [(key, f"{title} ({counted(number, 'contract')})") for key, (title, number) in ordered]


def among_of(contracts: Sequence[Contract], choice: str) -> list[Contract]:
    """The contracts of a choice."""
    areas = _areas(contracts)
    return [each for each in contracts if any(key == choice for key, _ in _keys(each, areas))]


def _areas(contracts: Sequence[Contract]) -> Mapping[UUID, list[str]]:
    return areas_of_competitions({each.competition_id for each in contracts})


def _keys(contract: Contract, areas: Mapping[UUID, list[str]]) -> Iterator[tuple[str, str]]:
    competition = contract.competition
    yield f"competition {competition.pk}", f"{competition.ref} {competition.name}"
    for reference in areas.get(competition.pk, ()):
        need = f"{competition.get_need_direction_display()}, {competition.get_power_type_display()}"
        key = f"area {reference} {competition.need_direction} {competition.power_type}"
        yield key, f"Area {reference}: {need}"
