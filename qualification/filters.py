"""What the lists of qualification can be narrowed by."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet

from accounts.models import Member, Organisation
from competitions.enums import AssetCategory, AssetStatus
from competitions.models import Competition
from marketplace.geo.map_bounds import MAP_BOUNDS
from marketplace.web.form_style import StyledForm
from qualification.domain import criteria
from qualification.domain.criteria.location import Location
from qualification.models import Asset, AssetGroup, Verdict

SEARCH = forms.TextInput(attrs={"type": "search"})


class AssetFilter(filters.FilterSet):  # type: ignore[misc]
    """Assets by text, status, category and, for a provider, by its groups."""

    q = filters.CharFilter(label="Ref, name or meter ID", method="search", widget=SEARCH)
    status = filters.ChoiceFilter(choices=AssetStatus, empty_label="Any but archived")
    category = filters.ChoiceFilter(
        field_name="asset_type__category", label="Category", choices=AssetCategory, empty_label="Any"
    )
    group = filters.ModelChoiceFilter(
        label="Group",
        queryset=AssetGroup.objects.none(),
        empty_label="Any",
        null_label="In no group",
        null_value="none",
    )

    place = filters.ChoiceFilter(
        label="Place",
        choices=[("outside", "Outside Great Britain")],
        method="by_place",
        empty_label="Anywhere",
    )

    eligible = filters.ChoiceFilter(
        label="Eligibility",
        choices=[("yes", "Eligible in a live competition"), ("no", "Eligible in none")],
        method="by_eligibility",
        empty_label="Any",
    )

    class Meta:
        model = Asset
        form = StyledForm
        fields = ()

    def __init__(
        self, *args: Any, groups: QuerySet[AssetGroup], eligible: Exists | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.is_eligible = eligible
        if eligible is None:
            del self.filters["eligible"]
        self.filters["group"].queryset = groups
        if not groups:
            del self.filters["group"]

    def filter_queryset(self, assets: QuerySet[Asset]) -> QuerySet[Asset]:
        """Archived assets are out of sight unless they are asked for."""
        found: QuerySet[Asset] = super().filter_queryset(assets)
        return found if self.form.cleaned_data.get("status") else found.exclude(status=AssetStatus.ARCHIVED)

    def by_eligibility(self, assets: QuerySet[Asset], name: str, value: str) -> QuerySet[Asset]:
        assert self.is_eligible is not None  # the filter is there only with it
        return assets.filter(self.is_eligible if value == "yes" else ~self.is_eligible)

    def by_place(self, assets: QuerySet[Asset], name: str, place: str) -> QuerySet[Asset]:
        """Those that the maps don't reach, which are worth a look."""
        west, south, east, north = MAP_BOUNDS
        return assets.exclude(longitude__range=(west, east), latitude__range=(south, north))

    def search(self, assets: QuerySet[Asset], name: str, text: str) -> QuerySet[Asset]:
        return assets.filter(
            Q(ref__icontains=text)
            | Q(name__icontains=text)
            | Q(import_meter_id__startswith=text)
            | Q(export_meter_id__startswith=text)
        )


class VerdictFilter(filters.FilterSet):  # type: ignore[misc]
    """A competition's assets by text, result and failed criterion."""

    q = filters.CharFilter(label="Asset or provider", method="search", widget=SEARCH)
    result = filters.ChoiceFilter(
        label="Result",
        choices=[
            ("eligible", "Eligible"),
            ("not_eligible", "Not eligible"),
            ("overridden", "With an override"),
        ],
        method="by_result",
        empty_label="Any",
    )
    failed = filters.ChoiceFilter(
        label="Fails",
        choices=criteria.CHOICES,
        lookup_expr="contains",
        method="by_criterion",
        empty_label="Any",
    )

    class Meta:
        model = Verdict
        form = StyledForm
        fields = ()

    def search(self, verdicts: QuerySet[Verdict], name: str, text: str) -> QuerySet[Verdict]:
        return verdicts.filter(
            Q(asset__ref__icontains=text)
            | Q(asset__name__icontains=text)
            | Q(asset__provider__name__icontains=text)
        )

    def by_result(self, verdicts: QuerySet[Verdict], name: str, value: str) -> QuerySet[Verdict]:
        if value == "overridden":
            return verdicts.exclude(override="")
        return verdicts.filter(eligible=value == "eligible")

    def by_criterion(self, verdicts: QuerySet[Verdict], name: str, value: str) -> QuerySet[Verdict]:
        return verdicts.filter(failed__contains=[value])


class WhyFilter(filters.FilterSet):  # type: ignore[misc]
    """Assets against one competition: by text, result and failed criterion; what is not stored lies
    outside."""

    q = filters.CharFilter(label="Asset or provider", method="search", widget=SEARCH)
    result = filters.ChoiceFilter(
        label="Result",
        choices=[
            ("eligible", "Eligible"),
            ("not_eligible", "Not eligible"),
            ("overridden", "With an override"),
        ],
        method="by_result",
        empty_label="Any",
    )
    provider = filters.ModelChoiceFilter(
        label="Provider", queryset=Organisation.objects.none(), empty_label="Any"
    )
    failed = filters.ChoiceFilter(
        label="Fails", choices=criteria.CHOICES, method="by_criterion", empty_label="Any"
    )

    class Meta:
        model = Asset
        form = StyledForm
        fields = ()

    def __init__(self, *args: Any, competition: Competition, member: Member, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if member.is_fsp:
            del self.filters["provider"]
        else:
            owned = self.queryset.order_by().filter(provider=OuterRef("pk"))
            self.filters["provider"].queryset = (
                Organisation.objects.filter(Exists(owned)).only("name").order_by("name")
            )
        self.verdicts = Verdict.objects.filter(competition=competition, asset=OuterRef("pk"))

    def search(self, assets: QuerySet[Asset], name: str, text: str) -> QuerySet[Asset]:
        return assets.filter(
            Q(ref__icontains=text) | Q(name__icontains=text) | Q(provider__name__icontains=text)
        )

    def by_result(self, assets: QuerySet[Asset], name: str, value: str) -> QuerySet[Asset]:
        if value == "overridden":
            return assets.filter(Exists(self.verdicts.exclude(override="")))
        eligible = Exists(self.verdicts.filter(eligible=True))
        return assets.filter(eligible if value == "eligible" else ~eligible)

    def by_criterion(self, assets: QuerySet[Asset], name: str, value: str) -> QuerySet[Asset]:
        fails = Exists(self.verdicts.filter(failed__contains=[value]))
        return assets.filter(fails | ~Exists(self.verdicts) if value == Location.code else fails)


class QualifiedFilter(VerdictFilter):
    """An operator's assets across its competitions, as :class:`VerdictFilter`, and by competition, round and
    provider."""

    competition = filters.ModelChoiceFilter(
        label="Competition", queryset=Competition.objects.none(), empty_label="Any"
    )
    round = filters.ChoiceFilter(
        label="Round", field_name="competition__round_name", choices=(), empty_label="Any"
    )
    provider = filters.ModelChoiceFilter(
        label="Provider",
        field_name="asset__provider",
        queryset=Organisation.objects.none(),
        empty_label="Any",
    )
    near = filters.ChoiceFilter(
        label="Near misses",
        choices=[("yes", "Fails one criterion only")],
        method="by_nearness",
        empty_label="Any",
    )

    def __init__(self, *args: Any, competitions: QuerySet[Competition], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["competition"].queryset = competitions.order_by("ref")
        rounds = competitions.exclude(round_name="").order_by("round_name")
        names = rounds.values_list("round_name", flat=True).distinct()
        self.filters["round"].extra["choices"] = [(name, name) for name in names]
        seen = Verdict.objects.filter(competition__in=competitions, asset__provider=OuterRef("pk"))
        self.filters["provider"].queryset = (
            Organisation.objects.filter(Exists(seen)).only("name").order_by("name")
        )

    def by_nearness(self, verdicts: QuerySet[Verdict], name: str, value: str) -> QuerySet[Verdict]:
        return verdicts.filter(override="", failed__len=1)


class OwnVerdictFilter(filters.FilterSet):  # type: ignore[misc]
    """A provider's verdicts by asset, competition, failed criterion and group, and by the list's exclusive
    views."""

    q = filters.CharFilter(label="Asset", method="search", widget=SEARCH)
    competition = filters.ChoiceFilter(label="Competition", choices=(), empty_label="Any")
    failed = filters.ChoiceFilter(
        label="Fails", choices=criteria.CHOICES, method="by_criterion", empty_label="Any"
    )
    group = filters.ModelChoiceFilter(
        label="Group", field_name="asset__group", queryset=AssetGroup.objects.none(), empty_label="Any"
    )
    view = filters.CharFilter(method="by_view")

    class Meta:
        model = Verdict
        form = StyledForm
        fields = ()

    def __init__(
        self,
        *args: Any,
        competitions: Sequence[tuple[uuid.UUID, str, str]],
        groups: QuerySet[AssetGroup],
        views: Mapping[str, Q],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.views = views
        self.filters["competition"].extra["choices"] = [
            (str(key), f"{ref} {name}") for key, ref, name in competitions
        ]
        self.filters["group"].queryset = groups
        if not groups:
            del self.filters["group"]

    def search(self, verdicts: QuerySet[Verdict], name: str, text: str) -> QuerySet[Verdict]:
        return verdicts.filter(Q(asset__ref__icontains=text) | Q(asset__name__icontains=text))

    def by_criterion(self, verdicts: QuerySet[Verdict], name: str, value: str) -> QuerySet[Verdict]:
        return verdicts.filter(failed__contains=[value])

    def by_view(self, verdicts: QuerySet[Verdict], name: str, value: str) -> QuerySet[Verdict]:
        return verdicts.filter(self.views[value]) if value in self.views else verdicts
