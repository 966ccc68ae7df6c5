"""Settlement terms kept by an operator, named in the competition file, frozen when bidding opens."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from accounts.enums import Role
from competitions.domain.terms_keeping import change_terms, create_terms, make_default
from competitions.domain.terms_versions import default_at, terms_of_member, version_for, versions_of_member
from competitions.models import DefaultTerms, TermsRecord, TermsVersion
from competitions.signals import competition_edited
from marketplace.audit.models import AuditEntry
from marketplace.errors import NotAllowed, Refused
from tests.competitions import files
from tests.qualification import market
from tests.support.edits_by_phase import INSTANTS, Phase

pytestmark = pytest.mark.django_db
THRESHOLD = {"utilisation": {"curve": "threshold_50"}}
DAY = timedelta(days=1)


@pytest.fixture
def buyer():
    member = files.operator()
    files.draw_area(member)
    return member


def changed(by, record, at, fields=THRESHOLD):
    return change_terms(by=by, terms=record, name="Standard terms", fields=fields, now=at)


def test_the_first_terms_are_the_default_and_the_next_are_not(buyer):
    first = files.made_terms(buyer)
    files.made_terms(buyer, "special")
    assert (first.number, str(first)) == (1, "standard version 1")
    assert default_at(buyer.organisation_id, files.DRAFT) == first.record
    actions = list(AuditEntry.objects.filter(action__contains="terms").values_list("action", flat=True))
    assert sorted(actions) == [
        "default settlement terms chosen",
        "settlement terms created",
        "settlement terms created",
    ]


def test_a_change_makes_the_next_version_and_none_where_nothing_differs(buyer):
    first = files.made_terms(buyer)
    assert changed(buyer, first.record, files.DRAFT, fields={}) == first
    second = changed(buyer, first.record, files.DRAFT)
    assert (second.number, second.fields["utilisation"]["curve"]["points"][1]) == (2, ["0.5", "0"])
    assert TermsVersion.objects.get(number=1).fields["utilisation"]["curve"]["points"][1] == ["1", "1"]
    with pytest.raises(Refused, match="Version 2 of standard was made since"):
        change_terms(by=buyer, terms=first.record, name="Other", fields={}, seen=1, now=files.DRAFT)
    assert TermsVersion.objects.count() == 2


def test_the_database_keeps_a_version_as_it_is(buyer):
    first = files.made_terms(buyer)
    with pytest.raises(IntegrityError, match="never changed or removed"), transaction.atomic():
        TermsVersion.objects.filter(pk=first.pk).update(name="Other")
    with pytest.raises(IntegrityError), transaction.atomic():
        TermsRecord.objects.create(operator=buyer.organisation, ref="STANDARD")


def test_terms_that_can_not_be_a_taken_ref_and_others_are_refused_and_nothing_is_kept(buyer):
    files.made_terms(buyer)
    for ref, fields, sentence in (
        ("odd", {"baseline": {"other": [3, 4, 2]}}, "is not the middle"),
        ("Standard", {}, "You have settlement terms with the ref “Standard” already"),
        ("with space", {}, "Use up to 40 letters"),
    ):
        with pytest.raises(Refused, match=sentence):
            files.made_terms(buyer, ref, fields=fields)
    with pytest.raises(Refused, match="need a name"):
        create_terms(by=buyer, ref="noname", name=" ", fields={}, now=files.DRAFT)
    others = [
        market.member(buyer.organisation, (Role.PROCUREMENT, Role.BIDS, Role.ACCOUNT, Role.OPERATIONS)),
        market.member(market.provider()),
    ]
    for other in others:
        with pytest.raises(NotAllowed):
            files.made_terms(other, "another")
    assert (TermsRecord.objects.count(), TermsVersion.objects.count(), DefaultTerms.objects.count()) == (
        1,
        1,
        1,
    )


def test_terms_of_another_operator_are_nobodys_elses(buyer):
    first, other = files.made_terms(buyer), files.operator("OTHER")
    assert not terms_of_member(other).exists()
    assert not versions_of_member(other).exists()
    assert not terms_of_member(market.member(market.provider())).exists()
    with pytest.raises(Refused, match="You have no such settlement terms"):
        changed(other, first.record, files.DRAFT)
    with pytest.raises(Refused, match="You have no such settlement terms"):
        make_default(by=other, terms=first.record, now=files.DRAFT)


def test_the_file_names_terms_in_any_case_and_gives_them_back(buyer):
    files.made_terms(buyer)
    files.made_terms(buyer, "special")
    assert files.counts(files.upload(buyer, files.competition(header={"Settlement Terms": "SPECIAL"}))) == (
        1,
        0,
        0,
        [],
    )
    assert files.stored().settlement_terms.ref == "special"
    assert files.counts(files.upload(buyer, files.downloaded(buyer))) == (0, 0, 1, [])
    assert files.counts(files.upload(buyer, files.header_only(**{"Settlement Terms": "Special"}))) == (
        0,
        0,
        1,
        [],
    )
    assert files.counts(files.upload(buyer, files.header_only())) == (0, 0, 1, [])
    assert files.counts(files.upload(buyer, files.header_only(**{"Settlement Terms": None}))) == (0, 1, 0, [])
    assert files.stored().settlement_terms is None
    assert version_for(files.stored(), files.PUBLISHED).record.ref == "standard"


def test_an_unknown_ref_is_an_error_at_its_cell(buyer):
    files.made_terms(buyer)
    files.made_terms(files.operator("OTHER"), "theirs")
    report = files.upload(buyer, files.competition(header={"Settlement Terms": "standart"}))
    assert [(error["sheet"], error["row"], error["column"], error["message"]) for error in report.errors] == [
        (
            "Competitions",
            2,
            "Settlement Terms",
            "You have no settlement terms with the ref “standart”. Did you mean “standard”?",
        )
    ]
    report = files.upload(buyer, files.competition(header={"Settlement Terms": "theirs"}))
    assert [error["message"] for error in report.errors] == [
        "You have no settlement terms with the ref “theirs”."
    ]
    assert report.created == 0


def test_a_competition_has_the_version_that_was_current_when_its_bidding_opened(buyer):
    first = files.made_terms(buyer)
    files.upload(buyer, files.competition())
    opening = files.stored().bidding_open
    second = changed(buyer, first.record, opening - DAY)
    assert version_for(files.stored(), opening - 2 * DAY) == first
    assert version_for(files.stored(), opening - DAY) == second
    third = changed(buyer, first.record, opening, fields={"penalty": {"price": "5"}})
    for later in (opening, opening + DAY, INSTANTS[Phase.CONFIRMED]):
        assert version_for(files.stored(), later) == second
    assert third.number == 3


def test_another_default_counts_for_competitions_whose_bidding_has_not_opened(buyer):
    first = files.made_terms(buyer)
    files.upload(buyer, files.competition())
    opening = files.stored().bidding_open
    second = files.made_terms(buyer, "special", at=files.DRAFT)
    make_default(by=buyer, terms=second.record, now=opening - DAY)
    assert version_for(files.stored(), opening - 2 * DAY) == first
    assert version_for(files.stored(), opening + DAY) == second
    make_default(by=buyer, terms=first.record, now=opening)
    assert version_for(files.stored(), opening + DAY) == second
    with pytest.raises(Refused, match="standard is the default already"):
        make_default(by=buyer, terms=first.record, now=opening + DAY)


def test_a_competition_has_no_terms_where_there_were_none_when_bidding_opened(buyer):
    files.upload(buyer, files.competition())
    opening = files.stored().bidding_open
    files.made_terms(buyer, at=opening + DAY)
    assert version_for(files.stored(), opening + 2 * DAY) is None


def test_providers_are_told_of_a_new_version_while_bidding_has_not_opened(buyer):
    first = files.made_terms(buyer)
    files.upload(buyer, files.competition())
    opening, heard = files.stored().bidding_open, []

    def hear(sender, competition, changes, **signal):
        heard.append((competition.ref, list(changes)))

    competition_edited.connect(hear)
    try:
        changed(buyer, first.record, INSTANTS[Phase.DRAFT])
        assert heard == []
        changed(buyer, first.record, opening - DAY, fields={"penalty": {"price": "5"}})
        assert heard == [("C1", [("settlement_terms", "standard version 2", "standard version 3")])]
        changed(buyer, first.record, opening, fields={})
        assert len(heard) == 1
    finally:
        competition_edited.disconnect(hear)


def test_providers_are_told_when_the_first_terms_become_the_default(buyer):
    files.upload(buyer, files.competition())
    opening, heard = files.stored().bidding_open, []

    def hear(sender, competition, changes, **signal):
        heard.append((competition.ref, list(changes)))

    competition_edited.connect(hear)
    try:
        files.made_terms(buyer, at=opening - DAY)
        assert heard == [("C1", [("settlement_terms", None, "standard version 1")])]
        files.made_terms(buyer, "special", at=opening - DAY)
        assert len(heard) == 1
    finally:
        competition_edited.disconnect(hear)
