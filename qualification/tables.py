"""The lists of assets, entries, company qualification and meter lists."""

from html import escape
from typing import Any

from marketplace.web.cells import DueColumn
from marketplace.web.lists import Column, List, MomentColumn, NumberColumn, SelectColumn
from qualification.cells import (
    asset_html,
    capacity_text,
    clashing_asset_html,
    competition_html,
    eligible_assets_html,
    eligible_html,
    entered_html,
    entry_html,
    group_html,
    override_box_html,
    own_capacity_html,
    plain_asset_html,
    plain_competition_html,
    reasons_html,
    result_html,
    standing_html,
    status_html,
    why_html,
)


class Assets(List):
    """A provider's assets."""

    caption, nouns, file_name = "Assets", ("asset", "assets"), "assets"
    per_page = 50
    chip_name = "status"

    select = SelectColumn(
        form="changing",
        field="assets",
        box="asset-box",
        accessor="asset__pk",
        label="asset__ref",
        amount="deficit_mw",
        unit="MW for a deficit",
    )
    ref = Column(
        "Asset", accessor="asset__ref", css="name", sort="ref", draw=lambda line: asset_html(line.asset)
    )
    name = Column("Name", accessor="asset__name", sort=("name", "ref"), hidden=True)
    status = Column(
        "Status",
        accessor="status",
        phone="right",
        sort=("status", "ref"),
        draw=status_html,
    )
    kind = Column("Type", accessor="asset__asset_type__name", css="cut", sort=("asset_type__name", "ref"))
    place = Column("Place", accessor="place", css="nowrap", phone="hide", sort=("postcode", "ref"))
    group = Column(
        "Group",
        accessor="asset__group__ref",
        css="nowrap",
        phone="hide",
        sort=("group__ref", "ref"),
        draw=group_html,
    )
    voltage = NumberColumn("kV", accessor="asset__voltage_kv", hidden=True, sort=("voltage_kv", "ref"))
    deficit = NumberColumn("Deficit MW", accessor="deficit_mw")
    excess = NumberColumn("Excess MW", accessor="excess_mw")
    eligible = NumberColumn(
        "Eligible in", accessor="eligible_in", file_title="Eligible in live competitions", draw=eligible_html
    )
    import_meter = Column("Import meter", accessor="asset__import_meter_id", css="nowrap", hidden=True)
    export_meter = Column("Export meter", accessor="asset__export_meter_id", css="nowrap", hidden=True)


class PlannedAssets(List):
    """A provider's planned assets, each with how it stands in its competition."""

    caption, nouns = "Planned assets", ("planned asset", "planned assets")
    per_page = 50

    ref = Column("Ref", css="text-nowrap", sort="ref")
    name = Column("Name", accessor="planned__name", sort=("name", "ref"))
    competition = Column("Competition", sort=("competition__ref", "ref"))
    kind = Column("Type", accessor="planned__asset_type__name", sort=("asset_type__name", "ref"))
    capacity = Column("Capacity", number=True)
    result = Column("Result")


class Entries(List):
    """The live competitions with a provider's entries."""

    caption, nouns = "Competitions and your entries", ("competition", "competitions")
    css = "tbl is-tight rows-phone is-lines"
    file_name = "entries"
    chip_name = "entry"

    select = SelectColumn(
        form="answers",
        field="competitions",
        box="answer-box",
        accessor="competition__pk",
        label="competition__ref",
        amount="eligible_mw",
        unit="MW eligible",
        verbs="verbs",
    )
    competition = Column(
        "Competition", accessor="competition__ref", css="name", sort="ref", draw=entered_html
    )
    operator = Column(
        "Operator", accessor="competition__operator", css="cut", phone="hide", sort=("operator__name", "ref")
    )
    closes = MomentColumn(
        "Qualification closes",
        accessor="competition__qualification_close",
        phone="right",
        sort=("qualification_close", "ref"),
    )
    capacity = Column(
        "My eligible",
        accessor="eligible_mw",
        number=True,
        file_title="Your eligible capacity (MW or MVAr)",
        draw=own_capacity_html,
    )
    assets = NumberColumn("Assets", accessor="eligible_count", draw=eligible_assets_html)
    entry = Column("Entry", accessor="label", css="wrap", draw=entry_html)
    answer = Column("Answer", unseen=True)

    def is_selectable(self, record: Any) -> bool:
        """Whether the company can answer now."""
        return bool(record.can_enter or record.can_withdraw)


class CompetitionAssets(List):
    """The assets within a competition's boundary, as its operator sees them."""

    caption = "Assets within the boundary"
    per_page = 50
    keys_first = True

    select = SelectColumn(
        form="overriding",
        field="assets",
        box="override-box",
        accessor="0__asset__pk",
        label="0__asset__ref",
        draw=override_box_html,
    )
    provider = Column(
        "Provider",
        sort=("asset__provider__name", "asset__ref"),
        draw=lambda row: escape(str(row[0].asset.provider)),
    )
    asset = Column("Asset", sort="asset__ref", draw=clashing_asset_html)
    kind = Column(
        "Type",
        sort=("asset__asset_type__name", "asset__ref"),
        draw=lambda row: escape(row[0].asset.asset_type.name),
    )
    capacity = Column(
        "Relevant capacity",
        number=True,
        sort=("relevant_capacity_mw", "asset__ref"),
        draw=lambda row: capacity_text(row[0]),
    )
    status = Column("Status", draw=lambda row: standing_html(row[0]))
    why = Column("Why", draw=lambda row: reasons_html(row[0]))


class QualifiedAssets(List):
    """The assets within the boundaries of all competitions of an operator."""

    caption = "Qualified assets"
    file_name = "qualified-assets"
    per_page = 50

    competition = Column(
        "Competition",
        accessor="verdict__competition__ref",
        css="name",
        sort=("competition__ref", "asset__provider__name", "asset__ref"),
    )
    provider = Column(
        "Provider",
        accessor="verdict__asset__provider__name",
        css="cut",
        sort=("asset__provider__name", "asset__ref"),
    )
    asset = Column("Asset", accessor="verdict__asset__ref", css="name", sort="asset__ref")
    capacity = NumberColumn(
        "MW",
        accessor="verdict__relevant_capacity_mw",
        sort=("relevant_capacity_mw", "asset__ref"),
        file_title="Relevant capacity (MW or MVAr)",
    )
    result = Column("Result", accessor="result")
    fails = Column("Fails", accessor="fails")
    entry = Column("Entry", accessor="entry_label")


class OwnVerdicts(List):
    """A provider's assets in the live competitions, a row for each asset in each."""

    caption, nouns = "Assets in live competitions", ("verdict", "verdicts")
    most_rows = 10_000
    file_name = "asset-qualification"
    per_page = 50
    chip_name = "view"

    asset = Column(
        "Asset",
        accessor="verdict__asset__ref",
        css="name",
        sort="asset__ref",
        draw=lambda row: asset_html(row.verdict.asset),
    )
    competition = Column(
        "Competition",
        accessor="verdict__competition__ref",
        phone="wide",
        sort=("competition__ref", "asset__ref"),
        draw=lambda row: competition_html(row.verdict.competition),
    )
    operator = Column(
        "Operator",
        accessor="verdict__competition__operator",
        css="cut",
        hidden=True,
        sort=("competition__operator__name", "competition__ref", "asset__ref"),
    )
    closes = DueColumn(
        "Qualification closes",
        accessor="verdict__competition__qualification_close",
        sort=("competition__qualification_close", "competition__ref", "asset__ref"),
    )
    capacity = NumberColumn(
        "Capacity",
        accessor="verdict__relevant_capacity_mw",
        css="nowrap",
        sort=("relevant_capacity_mw", "asset__ref"),
        file_title="Relevant capacity (MW or MVAr)",
        draw=lambda row: capacity_text(row.verdict),
    )
    result = Column("Result", accessor="result", phone="right", draw=result_html)
    fails = Column("Fails", accessor="fails", default="–")
    entry = Column("Entry", accessor="entry", hidden=True)
    why = Column("Why", unseen=True, draw=why_html)


class AssetsAndWhy(List):
    """Assets against one competition: eligible or not, and why."""

    caption = "Assets and why"
    per_page = 50
    keys_first = True

    provider = Column("Provider", sort=("provider__name", "ref"))
    asset = Column("Asset", sort="ref", draw=lambda line: plain_asset_html(line.asset))
    status = Column("Status", draw=standing_html)
    capacity = Column("Relevant capacity", number=True, draw=capacity_text)
    why = Column("Why", draw=lambda line: reasons_html(line, explain=True))


class Verdicts(List):
    """One asset against the live competitions."""

    caption = "Verdicts in live competitions"

    competition = Column("Competition", draw=lambda line: plain_competition_html(line.competition))
    status = Column("Status", draw=standing_html)
    capacity = Column("Relevant capacity", number=True, draw=capacity_text)
    why = Column("Why", draw=lambda line: reasons_html(line, explain=True))


class OpenSystems(List):
    """The open DPSs of all operators, for a provider."""

    caption = "Company qualifications open to applications"
    nouns = ("company qualification", "company qualifications")

    name = Column("Company qualification", css="name", sort=("name", "reference"))
    operator = Column("Operator", accessor="system__operator", sort=("operator__name", "reference"))
    company = Column("Your company")
    application = Column("Application", css="text-nowrap")


class OwnApplications(List):
    """A provider's applications to DPSs."""

    caption, nouns = "Table of your applications", ("application", "applications")
    page_name = "applications"
    sort_name = "sort_applications"

    application = Column("Application")
    operator = Column("Operator", sort=("purchasing_system__operator__name", "-submitted_at"))
    status = Column("Status")
    submitted = Column("Submitted", css="text-nowrap", sort="submitted_at")
    decided = Column("Decided", sort="decided_at")


class Applications(List):
    """The applications to an operator's DPSs."""

    caption, nouns = "Table of applications", ("application", "applications")

    company = Column("Company", sort=("provider__name", "-submitted_at"))
    system = Column("Company qualification", sort=("purchasing_system__reference", "-submitted_at"))
    status = Column("Status")
    submitted = Column("Submitted", css="text-nowrap", sort="submitted_at")
    decided = Column("Decided", css="text-nowrap", sort="decided_at")
    attachments = Column("Attachments", number=True, sort="attachment_count")


class MeterLists(List):
    """An operator's areas, each with how many meters its list holds."""

    caption = "Meter lists"
    per_page = 50

    area = Column("Area", sort="reference")
    meters = NumberColumn("Meters", accessor="meter_count")
    replaced = Column("Last replaced")
