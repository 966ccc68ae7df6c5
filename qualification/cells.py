"""Cells of the lists of qualification, drawn for each row without a template. Texts are escaped here; what comes back
is safe."""

from collections.abc import Iterable, Iterator
from html import escape
from typing import Any
from urllib.parse import quote

from django.utils.safestring import SafeString

from competitions.enums import AssetStatus
from marketplace.numbers import grouped_text, power_text, rounded_text
from marketplace.units import power_unit
from marketplace.web.addresses import address
from marketplace.web.cells import NOTHING, badge_html, named_html, ref_html, strong_html
from marketplace.web.figures import pill_html
from marketplace.web.form_style import CLASSES
from marketplace.web.list_cells import Head, Row, cell_html, rows_drawn

NEAR_KM = 0.01
STATUS_PILLS = {
    AssetStatus.OPERATIONAL: "green",
    AssetStatus.IN_DEVELOPMENT: "violet",
    AssetStatus.MOTHBALLED: "amber",
}


def asset_html(asset: Any) -> SafeString:
    """An asset by its ref, with its name."""
    return named_html(address("qualification:asset", asset.pk), asset.ref, asset.name)


def group_html(line: Any) -> str:
    """The group of a list's asset."""
    group = line.asset.group
    if group is None:
        return NOTHING
    return f'<a href="{address("qualification:group", group.pk)}">{escape(group.ref)}</a>'


def status_html(line: Any) -> SafeString:
    """The status of a list's asset."""
    return pill_html(line.status, STATUS_PILLS.get(line.asset.status, ""))


def eligible_html(line: Any) -> str:
    """In how many live competitions an asset is eligible."""
    css = "strong" if line.eligible_in else "dim"
    return f'<span class="{css}">{line.eligible_in}</span>'


def competition_html(competition: Any) -> SafeString:
    """A competition by its ref."""
    page = address("competitions:competition", competition.ref)
    return ref_html(page, competition.ref, competition.name)


def capacity_text(told: Any) -> str:
    """The relevant capacity of a verdict, or of a line that tells of one, with its unit."""
    return power_text(told.relevant_capacity_mw, power_unit(told.competition.power_type))


def result_html(row: Any) -> str:
    """The result of a verdict."""
    pill = pill_html(row.result, row.colour)
    return f'{pill} <span class="small dim">in the buffer</span>' if row.verdict.in_buffer else pill


def why_html(row: Any) -> str:
    """The way to what a verdict rests on."""
    page = address("qualification:why", row.verdict.competition_id)
    ref, competition = row.verdict.asset.ref, row.verdict.competition.ref
    told = f'Why<span class="sr">: {escape(ref)} in {escape(competition)}</span>'
    return f'<a class="small" href="{page}?q={quote(ref)}#assets">{told}</a>'


def entered_html(row: Any) -> SafeString:
    """The competition of an entry, with its name."""
    ref, name = row.competition.ref, row.competition.name
    return named_html(address("competitions:competition", ref), ref, name)


def own_capacity_html(row: Any) -> str:
    """What the company could offer in a competition."""
    return strong_html(
        power_text(row.eligible_mw, power_unit(row.competition.power_type)), is_strong=bool(row.eligible_mw)
    )


def eligible_assets_html(row: Any) -> str:
    """How many assets are eligible in a competition, by group when pointed at."""
    unit = power_unit(row.competition.power_type)
    told = "; ".join(
        f"{each.group.ref}: {grouped_text(each.assets)} eligible, {power_text(each.mw, unit)}"
        for each in row.groups
    )
    title = f' title="{escape(told)}"' if told else ""
    named = f"{row.eligible_count} eligible assets in {escape(row.competition.ref)}, and why"
    page = address("qualification:why", row.competition.pk)
    return f'<a href="{page}" aria-label="{named}"{title}>{grouped_text(row.eligible_count)}</a>'


def entry_html(row: Any) -> str:
    """The answer given, or why none can be."""
    badge = badge_html(row.state, row.label)
    lacking = escape(row.why_not)
    told = f' <span class="dim small" title="{lacking}">{lacking}</span>' if lacking else ""
    if row.eligible_count:
        return f"{badge}{told}"
    page = address("qualification:why", row.competition.pk)
    why = f'Why<span class="sr"> in {escape(row.competition.ref)}</span>'
    return f'{badge}{told} <a class="small" href="{page}">{why}</a>'


def standing_html(line: Any) -> SafeString:
    """How an asset stands in a competition."""
    if line.is_pending:
        return badge_html("queued", "Being judged")
    return badge_html(line.standing, line.standing.label)


def reasons_html(line: Any, *, explain: bool = False) -> str:
    """Why an asset stands so in a competition; with ``explain`` also what would make it pass, and what it passes."""
    return "".join((*_because(line, explain), *_besides(line)))


def _because(line: Any, explain: bool) -> Iterator[str]:
    if line.reasons:
        yield '<ul class="mb-0 ps-3">'
        for reason, remedy in line.why:
            told = _aside(f"To pass: {escape(remedy)}") if explain and remedy else ""
            yield f"<li>{escape(reason)} {told}</li>"
        yield "</ul>"
        if line.in_buffer:
            yield _aside("It lies in the buffer around the boundary.")
        if explain and line.passed:
            yield _aside(f"Passes: {escape(', '.join(each.lower() for each in line.passed_labels))}.")
    elif line.is_pending:
        yield "Its data changed. "
    elif line.in_buffer:
        yield "It passes all criteria; it lies in the buffer around the boundary. "
    else:
        yield "It passes all criteria. "


def _besides(line: Any) -> Iterator[str]:
    if line.kilometres:
        near = line.kilometres < NEAR_KM
        far = "Less than 10 m" if near else f"{rounded_text(line.kilometres, 2)} km"
        yield _aside(f"{far} from the boundary.")
    if line.asset.is_place_approximate and not line.is_frozen:
        yield _aside("Its place is approximate: the centre of its postcode.")
    if line.override:
        decided = "Qualified" if line.override.decision == "qualify" else "Disqualified"
        copied = line.override.copied_from
        source = f" (copied from {escape(copied)})" if copied else ""
        why = f"{escape(line.override.reason)}{source}"
        yield f"<div><strong>{decided} by the operator:</strong> {why}</div>"
    if line.is_frozen:
        yield _aside("As fixed when qualification closed.")


def _aside(html: str) -> str:
    return f'<div class="text-secondary">{html}</div>'


def plain_asset_html(asset: Any) -> str:
    """An asset by its ref, its name below."""
    page = address("qualification:asset", asset.pk)
    return f'<a href="{page}">{escape(asset.ref)}</a>{_aside(escape(asset.name))}'


def override_box_html(row: Any) -> str:
    """The box by which an asset is chosen for an override."""
    line, _, is_chosen = row
    asset, chosen = line.asset, "checked" if is_chosen else ""
    return (
        f'<input class="{CLASSES["checkbox"]} override-box" type="checkbox" form="overriding" name="assets" '
        f'value="{asset.pk}" {chosen} aria-label="Select {escape(asset.ref)} of {escape(str(asset.provider))}">'
    )


def clashing_asset_html(row: Any) -> str:
    """An asset with its name, and who else lists its meter ID."""
    line, others, _ = row
    told = f"Its meter ID is also listed by {escape(', '.join(others))}." if others else ""
    return f"{plain_asset_html(line.asset)}{_aside(told) if told else ''}"


def plain_competition_html(competition: Any) -> str:
    """A competition by its ref, its name below."""
    page = address("competitions:competition", competition.ref)
    return f'<a href="{page}">{escape(competition.ref)}</a> {_aside(escape(competition.name))}'


ENTERED_HEADS = (
    Head("Service window"),
    Head("Required", "num"),
    Head("Eligible, of those that entered", "num"),
    Head("Providers", "num"),
)


def entered_rows_html(rows: Iterable[Any]) -> SafeString:
    """Window by window what is required and what those that entered could offer, under :data:`ENTERED_HEADS`."""
    _, *figures = (each.title for each in ENTERED_HEADS)
    drawn = []
    for row in rows:
        texts = (
            grouped_text(row.window.capacity_required_mw),
            grouped_text(row.entered_mw),
            str(row.entrants),
        )
        cells = [cell_html(text, "num", label) for text, label in zip(texts, figures, strict=True)]
        drawn.append(Row([cell_html(escape(str(row.window)), "p-wide", is_head=True), *cells]))
    return rows_drawn(drawn, len(ENTERED_HEADS))
