"""The folder of a rehearsal: what ``round.toml`` may say, read into plain values."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from marketplace.keys import key_form

KNOWN = {
    "system_operator",
    "dps",
    "areas",
    "competitions",
    "meter_list",
    "overrides",
    "flex_service_provider",
    "decisions",
}

Value = TypeVar("Value")


class UnusableRound(Exception):
    """The folder can't be played; ``str`` is one sentence for the user."""


@dataclass(frozen=True)
class OperatorEntry:
    code: str
    name: str
    country: str
    region: str
    time_zone: str


@dataclass(frozen=True)
class AreaFile:
    path: Path
    layer: str | None
    reference_field: str


@dataclass(frozen=True)
class MeterFile:
    """A list of meter IDs and the reference of the area that it is for."""

    area: str
    path: Path


@dataclass(frozen=True)
class DpsEntry:
    reference: str
    name: str


@dataclass(frozen=True)
class ProviderEntry:
    code: str
    name: str
    assets: Path
    enters: frozenset[str] | None
    bids: Path | None
    dps_approved: tuple[str, ...] = ()

    def enters_competition(self, ref: str) -> bool:
        """Whether the provider enters the competition; ``enters`` None means all."""
        return self.enters is None or key_form(ref) in self.enters


@dataclass(frozen=True)
class Round:
    """One competition round as files."""

    operator: OperatorEntry
    areas: tuple[AreaFile, ...]
    competitions: Path
    providers: tuple[ProviderEntry, ...]
    decisions: Path | None
    decide_as_recommended: bool
    dps: tuple[DpsEntry, ...] = ()
    meter_lists: tuple[MeterFile, ...] = ()
    overrides: tuple[Path, ...] = ()


def read_round(folder: Path) -> Round:
    """The round described by ``folder``/round.toml. Raises :class:`UnusableRound` with the sentence to
    show."""
    path = folder / "round.toml"
    if not folder.is_dir():
        raise UnusableRound(f"There is no folder {folder}.")
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UnusableRound(f"There is no round.toml in {folder}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UnusableRound(f"round.toml can't be read: {error}.") from error
    _refuse_unknown(told)
    decisions = _table(told, "decisions", required=False)
    recommended = _get(decisions, "recommended", bool, "decisions", False)
    decisions_file = _get(decisions, "file", str, "decisions", "")
    if decisions and bool(decisions_file) == recommended:
        raise UnusableRound(
            "[decisions] in round.toml needs either a file or recommended = true, and not both."
        )
    providers = _providers(folder, told)
    dps = tuple(_dps(table) for table in _tables(told, "dps"))
    _check_approvals(providers, dps)
    return Round(
        operator=_operator(_table(told, "system_operator")),
        areas=tuple(_area_file(folder, table) for table in _tables(told, "areas")),
        competitions=_file(folder, _get(_table(told, "competitions"), "file", str, "competitions")),
        providers=providers,
        decisions=_file(folder, decisions_file) if decisions_file else None,
        decide_as_recommended=recommended,
        dps=dps,
        meter_lists=tuple(_meter_file(folder, table) for table in _tables(told, "meter_list")),
        overrides=tuple(
            _file(folder, _get(table, "file", str, "overrides")) for table in _tables(told, "overrides")
        ),
    )


def _refuse_unknown(told: Mapping[str, Any]) -> None:
    for key in told:
        if key not in KNOWN:
            raise UnusableRound(
                f"round.toml has an unknown key “{key}”; it may have {', '.join(sorted(KNOWN))}."
            )


def _operator(table: Mapping[str, Any]) -> OperatorEntry:
    place = "system_operator"
    return OperatorEntry(
        code=_get(table, "code", str, place),
        name=_get(table, "name", str, place),
        country=_get(table, "country", str, place, "GB"),
        region=_get(table, "region", str, place, ""),
        time_zone=_get(table, "time_zone", str, place, "Europe/London"),
    )


def _dps(table: Mapping[str, Any]) -> DpsEntry:
    reference = _get(table, "reference", str, "dps")
    return DpsEntry(reference, _get(table, "name", str, "dps", reference))


def _check_approvals(providers: tuple[ProviderEntry, ...], dps: tuple[DpsEntry, ...]) -> None:
    known = {key_form(each.reference) for each in dps}
    for provider in providers:
        for reference in provider.dps_approved:
            if key_form(reference) not in known:
                raise UnusableRound(
                    f"round.toml has {provider.code} approved on “{reference}”, which no [[dps]] names."
                )


def _area_file(folder: Path, table: Mapping[str, Any]) -> AreaFile:
    return AreaFile(
        path=_file(folder, _get(table, "file", str, "areas")),
        layer=_get(table, "layer", str, "areas", "") or None,
        reference_field=_get(table, "reference_field", str, "areas"),
    )


def _meter_file(folder: Path, table: Mapping[str, Any]) -> MeterFile:
    place = "meter_list"
    return MeterFile(_get(table, "area", str, place), _file(folder, _get(table, "file", str, place)))


def _providers(folder: Path, told: Mapping[str, Any]) -> tuple[ProviderEntry, ...]:
    providers = tuple(_provider(folder, table) for table in _tables(told, "flex_service_provider"))
    codes = [provider.code for provider in providers]
    for code in codes:
        if codes.count(code) > 1:
            raise UnusableRound(f"round.toml names the provider {code} twice.")
    return providers


def _provider(folder: Path, table: Mapping[str, Any]) -> ProviderEntry:
    place = "flex_service_provider"
    approved = table.get("dps_approved", [])
    if not (isinstance(approved, list) and all(isinstance(reference, str) for reference in approved)):
        raise UnusableRound("“dps_approved” in round.toml is a list of DPS references.")
    enters = table.get("enters", "all")
    if enters != "all" and not (isinstance(enters, list) and all(isinstance(ref, str) for ref in enters)):
        raise UnusableRound('“enters” in round.toml is "all" or a list of competition refs.')
    bids = _get(table, "bids", str, place, "")
    return ProviderEntry(
        code=_get(table, "code", str, place),
        name=_get(table, "name", str, place),
        assets=_file(folder, _get(table, "assets", str, place)),
        enters=None if enters == "all" else frozenset(key_form(ref) for ref in enters),
        bids=_file(folder, bids) if bids else None,
        dps_approved=tuple(dict.fromkeys(approved)),
    )


def _table(told: Mapping[str, Any], key: str, *, required: bool = True) -> Mapping[str, Any]:
    table = told.get(key)
    if table is None and not required:
        return {}
    if not isinstance(table, dict):
        raise UnusableRound(f"round.toml needs a table [{key}].")
    return table


def _tables(told: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    tables = told.get(key, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise UnusableRound(f"“{key}” in round.toml is written as [[{key}]], once for each.")
    return tables


def _get(
    table: Mapping[str, Any], key: str, kind: type[Value], place: str, default: Value | None = None
) -> Value:
    value = table.get(key, default)
    if value is None:
        raise UnusableRound(f"[{place}] in round.toml needs “{key}”.")
    if not isinstance(value, kind):
        raise UnusableRound(f"“{key}” of [{place}] in round.toml has the wrong kind of value.")
    return value


def _file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise UnusableRound(f"round.toml names {name}, which lies outside its folder.")
    if not path.is_file():
        raise UnusableRound(f"round.toml names {name}, which is not in the folder.")
    return path
