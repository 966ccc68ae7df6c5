"""Every field in every phase: what may change, by file and by page alike."""

from copy import deepcopy

import pytest
from django.urls import reverse

from competitions.domain.setting_up.terms import HEADER_FIELDS, terms_of
from competitions.domain.setting_up.working_copies import keep_rows
from competitions.enums import Phase
from competitions.models import Competition, PurchasingSystem, TermsRecord
from competitions.workbooks.specs import COMPETITIONS
from competitions.workbooks.typed import plan_typed, save_copy, sheets_of, shown_copy
from marketplace import clock
from marketplace.errors import Refused
from marketplace.jobs.publishing import run_jobs_inline
from tests.competitions import files
from tests.support.edits_by_phase import (
    ALL,
    ANNOUNCED,
    BEFORE_CLOSE,
    BEFORE_DECISION,
    CLOSED,
    DRAFT,
    INSTANTS,
)

pytestmark = pytest.mark.django_db
BOUNDARY, WINDOWS = "Competition Boundaries", "Service Windows"
EDITS = [
    ("Competition Name", "Another name", BEFORE_DECISION),
    ("Round", "Winter", BEFORE_CLOSE),
    ("Need Type", "Post Fault", BEFORE_CLOSE),
    ("Product Type", "Peak Reduction", BEFORE_CLOSE),
    ("Power Type", "Reactive Power", BEFORE_CLOSE),
    ("Need Direction", "Excess", BEFORE_CLOSE),
    ("Competition Type", "Availability", BEFORE_CLOSE),
    ("Pricing Type", "Fixed", BEFORE_CLOSE),
    ("Settlement Terms", "TERMS1", BEFORE_CLOSE),
    ("Availability Price (£/MW/h)", "3", BEFORE_CLOSE),
    ("Utilisation Price (£/MWh)", "7", BEFORE_CLOSE),
    ("Service Fee (£/MW)", "8", BEFORE_CLOSE),
    ("Minimum Budget (£)", "100", BEFORE_CLOSE),
    ("Maximum Budget (£)", "1000", BEFORE_CLOSE),
    ("Publish On", "02/01/2026 10:00", frozenset({DRAFT, ANNOUNCED})),
    ("Qualification Open", "05/01/2026 13:00", frozenset({DRAFT, ANNOUNCED})),
    ("Qualification Close", "19/01/2026 18:00", BEFORE_CLOSE),
    ("Bidding Open", "21/01/2026 10:00", BEFORE_CLOSE | {CLOSED}),
    ("Bidding Open", "21/01/2026 08:00", BEFORE_CLOSE),
    ("Bidding Close", "25/01/2026 17:00", BEFORE_DECISION),
    ("Bidding Close", "23/01/2026 16:00", BEFORE_CLOSE),
    ("Archive On", "01/06/2027 09:00", ALL),
    ("Area Buffer (km)", "2", BEFORE_CLOSE),
    ("Minimum Voltage (kV)", "11", BEFORE_CLOSE),
    ("Maximum Voltage (kV)", "33", BEFORE_CLOSE),
    ("DPS Reference", "DPS1", BEFORE_CLOSE),
    ("Asset Statuses", "Operational", BEFORE_CLOSE),
    ("Asset Categories", "Storage", BEFORE_CLOSE),
    ("Meter ID Required", "Yes", BEFORE_CLOSE),
    ("Meter ID In Zone", "Yes", BEFORE_CLOSE),
    ("Maximum Response Time", "00:30", BEFORE_CLOSE),
    ("Maximum Ramping Period", "00:30", BEFORE_CLOSE),
    ("Maximum Recovery Time", "00:30", BEFORE_CLOSE),
    ("Minimum Run Time", "00:30", BEFORE_CLOSE),
    ("Duplicate Asset Overrides", "EARLIER", BEFORE_CLOSE),
    ("Contact Email", "desk@example.org", ALL),
    ("Documents URL", "https://example.org/terms", ALL),
    ("Description", "More words", BEFORE_DECISION),
    (BOUNDARY, "SECOND", BEFORE_CLOSE),
    (WINDOWS, "21:00", BEFORE_CLOSE),
]
LABELS = {BOUNDARY: "Boundary", WINDOWS: "Service windows"}
KEYS = {column.header: column.key for column in COMPETITIONS.columns} | {
    BOUNDARY: "boundary",
    WINDOWS: "windows",
}
HEADER = files.HEADER | {"Archive On": "01/01/2027 09:00", "Utilisation Price (£/MWh)": 5}
REFS = [f"C{number}" for number in range(len(EDITS))]


def test_the_table_has_every_field_that_there_is():
    assert {KEYS[column] for column, _, _ in EDITS} == {*HEADER_FIELDS, "boundary", "windows"}


@pytest.fixture(scope="module")
def once(module_database):
    """An operator with one competition for each line of the table, all alike."""
    member = files.operator()
    PurchasingSystem.objects.create(operator=member.organisation, reference="DPS1", name="One")
    TermsRecord.objects.create(operator=member.organisation, ref="TERMS1")
    files.draw_area(member)
    files.draw_area(member, "SECOND", west=-2.0)
    report = files.upload(member, _edited(None, [*REFS, "EARLIER"]))
    assert report.created == len(REFS) + 1
    return member


@pytest.fixture
def buyer(once):
    return deepcopy(once)


def reach(phase):
    """Move the competitions to what their clock alone does not bring about."""
    if phase is Phase.CONFIRMED:
        Competition.objects.update(confirmed_at=INSTANTS[phase])
    if phase is Phase.CANCELLED:
        Competition.objects.update(cancelled_at=INSTANTS[phase], cancellation_reason="No need")
    assert {one.phase(INSTANTS[phase]) for one in Competition.objects.all()} == {phase}


def _edited(edits, refs):
    """A file in which each competition has one field changed."""
    headers, boundaries, windows = [], [], []
    for number, ref in enumerate(refs):
        column, value, _ = edits[number] if edits else ("", None, None)
        named = {"Competition Ref": ref}
        headers.append(named | dict.fromkeys(column for column, *_ in EDITS if column not in LABELS) | HEADER)
        if column == BOUNDARY or not edits:
            boundaries.append(named | files.BOUNDARY | ({"Value": value} if edits else {}))
        if column == WINDOWS or not edits:
            windows.append(named | files.WINDOW | ({"End Time": value} if edits else {}))
        if column not in ("", BOUNDARY, WINDOWS):
            headers[-1][column] = value
    return files.workbook(headers, boundaries, windows)


@pytest.mark.parametrize("phase", INSTANTS)
def test_by_file_each_field_changes_in_its_phases_only(buyer, phase):
    reach(phase)
    before = {one.ref: terms_of(one) for one in Competition.objects.all()}
    report = files.upload(buyer, _edited(EDITS, REFS), INSTANTS[phase])
    after = {one.ref: terms_of(one) for one in Competition.objects.all()}
    errors = {(error["column"], error["message"]) for error in report.errors}
    for ref, (column, _, allowed) in zip(REFS, EDITS, strict=True):
        assert (after[ref] != before[ref]) is (phase in allowed), (column, phase)
        if phase not in allowed:
            assert any(_names(column, phase, message) for _, message in errors), (column, phase)
    refused = [column for column, _, allowed in EDITS if phase not in allowed]
    assert report.updated == len(EDITS) - len(refused)


def _names(column, phase, sentence):
    """Whether a refusal names the field and the phase."""
    return sentence.startswith(LABELS.get(column, column)) and f"in the phase “{phase.label}”" in sentence


@pytest.mark.parametrize("phase", INSTANTS)
def test_by_page_each_field_changes_in_its_phases_only(buyer, phase):
    """Of a cancelled competition, whose page offers no change, nothing; a file may still move its archiving."""
    reach(phase)
    zone, now = buyer.organisation.zone, INSTANTS[phase]
    with run_jobs_inline(), clock.set_to(now):
        for ref, (column, value, allowed) in zip(REFS, EDITS, strict=True):
            stored = files.stored(ref)
            before = terms_of(stored)
            sheets = sheets_of(before, zone)
            shown = shown_copy(buyer, stored.pk)
            copy = keep_rows(by=buyer, copy=shown, rows=_typed(sheets, column, value), now=now)
            if phase in allowed and phase is not Phase.CANCELLED:
                seen = plan_typed(by=buyer, sheets=copy.sheets, now=now).fingerprint()
                save_copy(by=buyer, copy_id=copy.pk, seen=seen, now=now, is_confirmed=True)
                assert terms_of(files.stored(ref)) != before, (column, phase)
            else:
                with pytest.raises(Refused) as refusal:
                    save_copy(by=buyer, copy_id=copy.pk, seen="", now=now, is_confirmed=True)
                if phase is Phase.CANCELLED:
                    assert refusal.value.sentence.startswith(f"{ref} was cancelled"), (column, phase)
                else:
                    assert _names(column, phase, refusal.value.sentence), (column, phase)
                assert terms_of(files.stored(ref)) == before, (column, phase)


def _typed(sheets, column, value):
    if column == BOUNDARY:
        return {BOUNDARY: [sheets[BOUNDARY][0] | {"value": value}]}
    if column == WINDOWS:
        return {WINDOWS: [sheets[WINDOWS][0] | {"end": value}]}
    return {"Competitions": [sheets["Competitions"][0] | {KEYS[column]: value}]}


@pytest.mark.parametrize("phase", INSTANTS)
def test_the_page_disables_what_no_edit_could_change_and_says_why(buyer, phase, client):
    reach(phase)
    client.force_login(buyer.user)
    with run_jobs_inline(), clock.set_to(INSTANTS[phase]):
        pages = reverse("competitions:typed_header", args=[files.stored("C0").pk])
        header = client.get(pages).context["form"]
        boundary = client.get(pages.replace("header", "boundary")).context
        windows = client.get(pages.replace("header", "windows")).context
        disabled = {
            key for form in (header, boundary["form"]) for key in form.fields if form.fields[key].disabled
        }
        disabled |= {key for key, page in (("boundary", boundary), ("windows", windows)) if page["lock"]}
    changeable = {KEYS[column] for column, _, allowed in EDITS if phase in allowed}
    assert disabled == {*HEADER_FIELDS, "boundary", "windows", "ref"} - changeable
    for key in disabled & set(header.fields) - {"ref"}:
        assert f"in the phase “{phase.label}”" in header.fields[key].help_text
        assert header[key].label.removesuffix(" (required)") in header.fields[key].help_text
