"""The form of a ballot, with a row for each window, and what fills it in."""

import re
import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.functional import cached_property, lazy

from bidding.domain.ballots.limits import BidTerms, Breach, OfferedAsset
from bidding.domain.ballots.named_assets import AssetNames, NamedAssets
from bidding.domain.ballots.offers import BallotOffer, BiddingContext, OfferedGroup, PresentBallot
from bidding.domain.ballots.submitting import LONGEST_LABEL
from bidding.forms.ballot_rows import BidRow, all_rows, as_uuid, texts_of
from competitions.models import Competition
from marketplace.numbers import count_text, power_text
from marketplace.units import power_unit

MOST_BOXES = 60
"""Qualified assets up to which the form shows a box for each."""


MOST_TYPED = 1_000_000


MOST_NAMED = 50_000
"""Refs and groups that may be typed into one field; more come by file."""


KEEP, ALL, SOME = "keep", "all", "some"


ALL_ASSETS = "All qualified assets that are in no other ballot"
ALL_AND_SOME = (
    "All assets are chosen, and some are named as well. To bid with the named ones alone choose “{}”; to bid with all of "
    "them name none."
)


class BallotForm(forms.Form):
    """A ballot: its label, its assets, and a line for each bid.

    Of its assets only what says most in least is sent: keep them, all, or those chosen, and what differs. Up
    to ``MOST_BOXES`` assets have a box each; of more, refs and groups are typed, with commas or lines
    between.
    """

    label = forms.CharField(label="Ballot", max_length=LONGEST_LABEL, help_text="Your own name for it.")
    choice = forms.ChoiceField(
        label="Assets",
        choices=[(KEEP, "Those it has"), (ALL, ALL_ASSETS), (SOME, "Those chosen here")],
        widget=forms.RadioSelect,
    )
    assets = forms.TypedMultipleChoiceField(
        label="Chosen assets", required=False, coerce=uuid.UUID, widget=forms.CheckboxSelectMultiple
    )
    groups = forms.MultipleChoiceField(
        label="Groups",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="A group stands for those of its assets that are in no other ballot now.",
    )
    add = forms.CharField(
        label="Add",
        required=False,
        max_length=MOST_TYPED,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="Refs of assets, or group:REF, with commas or lines between.",
    )
    leave_out = forms.CharField(
        label="Leave out",
        required=False,
        max_length=MOST_TYPED,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false"}),
        help_text="The same; counts after all others.",
    )
    find = forms.CharField(label="Find assets whose ref contains", required=False, max_length=64)
    picked = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        competition: Competition,
        bidding: BiddingContext,
        asset_groups: Sequence[OfferedGroup] = (),
        initial: Mapping[str, Any] | None = None,
        rows: Sequence[Mapping[str, Any]] = (),
        label: str | None = None,
    ) -> None:
        super().__init__(data, initial=dict(initial or {}))
        self.competition, self.bidding = competition, bidding
        self.present = bidding.ballots.get(label) if label is not None else None
        self.asset_groups = [group for group in asset_groups if group.assets & bidding.keys]
        self._offer_assets(label)
        if label is not None:
            self.fields["label"].disabled = True
            self.initial["label"] = label
        self.rows = self._rows(data, rows)

    def _offer_assets(self, label: str | None) -> None:
        assets = self.bidding.assets
        held = {
            key: each for each in self.bidding.ballots.values() if each.label != label for key in each.assets
        }
        free = self.bidding.keys.difference(held)
        words = lazy(self._counted_words, str)
        choices = [(ALL, words(ALL_ASSETS, free)), (SOME, "Those chosen here")]
        own = self.present.assets if self.present is not None else frozenset()
        if own:
            choices.insert(0, (KEEP, words("Those it has", own)))
            self.offered_count = len(free - own)
        self.fields["choice"].choices = choices  # type: ignore[attr-defined]
        self.has_boxes = len(assets) <= MOST_BOXES
        if self.has_boxes:
            ordered = sorted(assets.items(), key=lambda item: item[1].ref)
            boxes = [(str(key), _asset_words(asset, held.get(key), self.unit)) for key, asset in ordered]
            self.fields["assets"].choices = boxes  # type: ignore[attr-defined]
        else:
            choices[-1] = (SOME, "Only those named below")
            self.fields["choice"].choices = choices  # type: ignore[attr-defined]
            del self.fields["assets"]
        groups = [(each.ref, self._group_words(each, held)) for each in self.asset_groups]
        self.fields["groups"].choices = groups  # type: ignore[attr-defined]

    offered_count = 0

    def _counted_words(self, what: str, keys: Collection[uuid.UUID]) -> str:
        return f"{what} ({self._sums(keys)})"

    def _sums(self, keys: Collection[uuid.UUID]) -> str:
        mw = self.bidding.mw_of(frozenset(keys))
        return f"{count_text(len(keys))}, together {power_text(mw, self.unit)}"

    @property
    def unit(self) -> str:
        return power_unit(self.competition.power_type)

    def _group_words(self, group: OfferedGroup, held: Mapping[uuid.UUID, PresentBallot]) -> str:
        qualified = [key for key in group.assets if key in self.bidding.assets]
        free = [key for key in qualified if key not in held]
        name = group.ref if group.name == group.ref else f"{group.ref} {group.name}"
        elsewhere = len(qualified) - len(free)
        return (
            f"{name} ({self._sums(free)}{f'; {count_text(elsewhere)} in other ballots' if elsewhere else ''})"
        )

    def _rows(self, data: QueryDict | None, rows: Sequence[Mapping[str, Any]]) -> list[BidRow]:
        labels = {key: window.label for key, window in self.bidding.windows.items()}
        given = all_rows(data, self.competition, self.bidding.windows) if data is not None else rows
        fields = ("capacity", "run_time", *self.competition.price_fields)
        return [
            BidRow(number, row["window"], labels.get(row["window"], ""), texts_of(row, fields))
            for number, row in enumerate(given)
        ]

    def is_valid(self) -> bool:
        rows = [row.is_valid() for row in self.rows]
        return super().is_valid() and all(rows)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in ("add", "leave_out"):
            if cleaned.get(name):
                if len(_named_parts(cleaned[name])) > MOST_NAMED:
                    self.add_error(
                        name,
                        f"At most {count_text(MOST_NAMED)} refs can be typed here; use the bids file for more.",
                    )
                elif sentence := self._named(cleaned[name]).problem(self.competition.ref):
                    self.add_error(name, sentence)
        if cleaned.get("choice") == ALL and self._names_some(cleaned) and not self.errors:
            self.add_error("choice", ALL_AND_SOME.format(dict(self.fields["choice"].choices)[SOME]))  # type: ignore[attr-defined]
        named_at_all = any(cleaned.get(name) for name in ("assets", "groups", "add"))
        if cleaned.get("choice") == SOME and not named_at_all and not self.errors:
            self.add_error("assets" if self.has_boxes else "add", "Choose at least one asset, or take all.")
        return cleaned

    def _names_some(self, cleaned: Mapping[str, Any]) -> bool:
        """Whether groups, or refs in the field to add, are named beside the choice of all."""
        added = self._named(cleaned.get("add") or "")
        return bool(cleaned.get("groups") or added.refs or added.grouped)

    @cached_property
    def _names(self) -> AssetNames:
        return AssetNames.of(self.bidding.assets, self.asset_groups)

    def _named(self, text: str) -> NamedAssets:
        if not text.strip():
            return NamedAssets()
        return self._names.read(_named_parts(text)[:MOST_NAMED])

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """All that is wrong, from top to bottom: the ID of the field, what it is in, and the sentence."""
        found = []
        for row in self.rows:
            for name, sentences in row.errors.items():
                found += [(row.id_of(name), row.label, sentence) for sentence in sentences]
        for field in self:
            found += [(field.auto_id, str(field.label), str(sentence)) for sentence in field.errors]
        return found

    @property
    def has_asset_errors(self) -> bool:
        """Whether something is wrong in the ballot's name or its assets."""
        return self.is_bound and any(field.errors for field in self)

    @property
    def bid_rows(self) -> list[tuple[BidRow, BidTerms]]:
        """The lines that hold a bid, once the form is valid."""
        return [(row, terms) for row in self.rows if (terms := row.terms) is not None]

    @property
    def offer(self) -> BallotOffer:
        """The ballot as worded, once the form is valid."""
        bids = tuple(terms for _, terms in self.bid_rows)
        seen = {"seen_assets": self.cleaned_data["picked"], "seen_version": self.cleaned_data["version"]}
        return replace(self.asset_offer(self.cleaned_data), bids=bids, **seen)

    @property
    def sent(self) -> dict[str, Any]:
        """What was sent about the assets, as it came."""
        data = cast("QueryDict", self.data)
        boxes = [key for text in data.getlist("assets") if (key := as_uuid(text)) in self.bidding.assets]
        texts = {name: data.get(name, "") for name in ("label", "choice", "add", "leave_out")}
        return {**texts, "assets": boxes, "groups": data.getlist("groups")}

    @property
    def typed(self) -> dict[str, Any]:
        """What stands in the fields about the assets before anything is sent."""
        boxes = [as_uuid(str(text)) for text in self.initial.get("assets") or ()]
        return {**self.initial, "assets": [key for key in boxes if key in self.bidding.assets]}

    def asset_offer(self, given: Mapping[str, Any]) -> BallotOffer:
        """What is said of the assets, of fields cleaned or as they came; what can't be read counts for
        nothing."""
        choice, label = given.get("choice"), str(given.get("label") or "")
        boxes = frozenset(given.get("assets") or ()) if choice == SOME and self.has_boxes else frozenset()
        added = self._named(str(given.get("add") or ""))
        out = self._named(str(given.get("leave_out") or ""))
        chosen = set(given.get("groups") or ())
        grouped = added.grouped.union(*(each.assets for each in self.asset_groups if each.ref in chosen))
        return BallotOffer(
            label,
            None if choice == ALL or added.takes_all else boxes | added.refs,
            (),
            keeps=choice == KEEP,
            grouped=grouped & self.bidding.keys,
            without=out.refs | out.grouped,
        )

    def show(self, breaches: Sequence[Breach]) -> None:
        """Put each breach beside its field."""
        names = {"capacity_mw": "capacity", "maximum_run_time": "run_time", "window_id": "capacity"}
        rows = [row for row, _ in self.bid_rows]
        for breach in breaches:
            if breach.bid is not None:
                row = rows[breach.bid]
                name = names.get(breach.field, breach.field)
                row.add_error(name, breach.sentence, breach.repair)
            elif breach.field == "label":
                self.add_error("label", breach.sentence)
            elif breach.field == "assets":
                self.add_error("assets" if self.has_boxes else "choice", breach.sentence)
            else:
                self.add_error(None, breach.sentence)


def _named_parts(text: str) -> list[str]:
    return [part for part in re.split(r"[,\n\r]", text) if part.strip()]


def _asset_words(asset: OfferedAsset, ballot: PresentBallot | None, unit: str) -> str:
    words = f"{asset.ref} ({power_text(asset.capacity_mw, unit)})"
    return f"{words}, in ballot {ballot.label}" if ballot else words


class EarlierBallotForm(forms.Form):
    """Which earlier ballot a new one starts from."""

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)
        self.fields["from"] = forms.UUIDField()
