"""Assets as people name them for a ballot: refs, groups (``group:REF``) and ``all``, with commas between.
Pure.

A ref may hold commas itself: the longest run of parts between commas that is a ref counts.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from bidding.domain.ballots.limits import OfferedAsset, listed
from bidding.domain.ballots.offers import BiddingContext, Keys, OfferedGroup
from marketplace.errors import Refused
from marketplace.keys import key_form
from marketplace.numbers import count_text, counted

ALL, GROUP = "all", "group:"
MOST_PARTS = 10_000_000
KEPT_PARTS = 1_000_000
TOO_MANY_NAMED = (
    f"The cells of the column Assets name more than {count_text(MOST_PARTS)} assets in all. Name groups (group:REF), or give the "
    "assets in the sheet Ballot Assets."
)


@dataclass(frozen=True)
class NamedAssets:
    """What was named: assets one by one, those of groups, all of them; and the parts that name nothing."""

    refs: Keys = frozenset()
    grouped: Keys = frozenset()
    takes_all: bool = False
    unknown: tuple[str, ...] = ()

    def problem(self, competition: str) -> str:
        """What is wrong with it, in a sentence; empty when nothing is."""
        if self.takes_all and (self.refs or self.grouped or self.unknown):
            return "“all” stands alone: it takes every asset that is in no other ballot."
        groups = [part for part in self.unknown if _spelled([part]).startswith(GROUP)]
        if groups:
            return f"You have no such group with assets qualified in {competition}: {listed(groups)}."
        if self.unknown:
            return f"Not among your qualified assets in {competition}: {listed(self.unknown)}."
        return ""


@dataclass
class AssetNames:
    """The names that may stand in a cell or a field: refs of an FSP's qualified assets, and its groups among
    them."""

    refs: Mapping[str, uuid.UUID]
    groups: Mapping[str, Keys]
    beginnings: frozenset[str] = field(init=False)
    """Every run of parts that a name of several parts goes on after, so that no text is compared with all
    lengths."""

    _known: dict[tuple[str, ...], NamedAssets] = field(init=False, default_factory=dict)
    _parts: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        several = (name.split(",") for name in (*self.refs, *self.groups) if "," in name)
        self.beginnings = frozenset(
            ",".join(parts[:size]) for parts in several for size in range(1, len(parts))
        )

    @classmethod
    def of(
        cls, assets: Mapping[uuid.UUID, OfferedAsset], groups: Iterable[OfferedGroup] = ()
    ) -> "AssetNames":
        qualified = frozenset(assets)
        return cls(
            {_spelled(asset.ref.split(",")): key for key, asset in assets.items()},
            {_spelled(f"{GROUP}{group.ref}".split(",")): group.assets & qualified for group in groups},
        )

    def read(self, parts: Sequence[str]) -> NamedAssets:
        """What the parts between commas name; cells that come again are remembered.

        Raises ``Refused`` once a file's cells hold more parts than any market needs.
        """
        cell = tuple(parts)
        known = self._known.get(cell)
        if known is not None:
            return known
        self._parts += len(cell)
        if self._parts > MOST_PARTS:
            raise Refused(TOO_MANY_NAMED)
        named = self._read(cell)
        if self._parts <= KEPT_PARTS:
            self._known[cell] = named
        return named

    def _read(self, parts: Sequence[str]) -> NamedAssets:
        refs: set[uuid.UUID] = set()
        grouped: set[uuid.UUID] = set()
        unknown: list[str] = []
        takes_all, place = False, 0
        forms = [(form, number) for number, part in enumerate(parts) if (form := key_form(part))]
        while place < len(forms):
            name, size = self._longest_run(forms, place)
            if name == ALL:
                takes_all = True
            elif name in self.groups:
                grouped |= self.groups[name]
            elif name in self.refs:
                refs.add(self.refs[name])
            else:
                unknown.append(parts[forms[place][1]].strip())
            place += size
        return NamedAssets(frozenset(refs), frozenset(grouped), takes_all, tuple(unknown))

    def by_ref(self, ref: str) -> uuid.UUID | None:
        """The asset of exactly this ref, whatever it looks like."""
        return self.refs.get(_spelled(ref.split(",")))

    def _longest_run(self, forms: Sequence[tuple[str, int]], place: int) -> tuple[str, int]:
        """The longest name that begins at the place, and how many parts it has; a part that begins none is
        one."""
        run = _in_group_form(forms[place][0])
        found, size = (run, 1), 1
        while run in self.beginnings and place + size < len(forms):
            run = f"{run},{forms[place + size][0]}"
            size += 1
            if run in self.groups or run in self.refs:
                found = (run, size)
        return found


def _spelled(parts: Iterable[str]) -> str:
    return _in_group_form(",".join(form for part in parts if (form := key_form(part))))


def _in_group_form(text: str) -> str:
    return GROUP + text.removeprefix(GROUP).strip() if text.startswith(GROUP) else text


def counted_assets(count: int, added: int = 0, removed: int = 0) -> str:
    """“5,051 assets”, with what changed: “5,051 assets, +1 −0”."""
    text = counted(count, "asset")
    return f"{text}, +{count_text(added)} −{count_text(removed)}" if added or removed else text


def assets_in_words(bidding: BiddingContext, before: Keys, after: Keys, *, is_new: bool = False) -> str:
    """How many assets a ballot would hold, how many come and go, and the first of them by ref."""
    if is_new:
        return (
            f"{counted_assets(len(after))}: {listed(_refs(bidding, after))}" if after else counted_assets(0)
        )
    added, removed = _refs(bidding, after - before), _refs(bidding, before - after)
    told = [f"{what} {listed(refs)}" for what, refs in (("added", added), ("taken out", removed)) if refs]
    counts = counted_assets(len(after), len(after - before), len(before - after))
    return f"{counts}: {'; '.join(told)}" if told else counts


def _refs(bidding: BiddingContext, keys: Keys) -> list[str]:
    return sorted(asset.ref for asset in bidding.among(keys))
