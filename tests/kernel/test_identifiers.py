"""Company and VAT numbers have one form, however they are typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.errors import Refused
from marketplace.identifiers import company_number, vat_number
from marketplace.postcodes import normal_postcode

SPACES = [" ", "\u00a0", "\u2009", "\u3000", "\t", "\u200b"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("SC123456", "SC123456"),
        ("sc 123 456", "SC123456"),
        ("\u00a0SC\u2009123\u200b456 ", "SC123456"),
        ("1234567", "01234567"),
        ("01234567", "01234567"),
        ("ni1234", "NI001234"),
        ("SC-123456", "SC123456"),
        ("IP00001R", "IP00001R"),
        ("ＳＣ１２３４５６", "SC123456"),
        ("", ""),
        ("  ", ""),
    ],
)
def test_a_british_company_number_has_one_form(typed, kept):
    assert company_number(typed, "GB") == kept


def test_a_number_of_another_country_is_not_padded():
    assert company_number("hrb 123 b", "DE") == "HRB123B"
    assert company_number("123", "IE") == "123"


@pytest.mark.parametrize("country", ["GB", "IE", "gb"])
@pytest.mark.parametrize(
    "typed",
    ["N/A", "n / a", "n.a.", "none", "TBC", "-", "?", "0", "00000000", "SC000000", "0000 0000", "unknown"],
)
def test_a_placeholder_is_no_company_number(typed, country):
    with pytest.raises(Refused):
        company_number(typed, country)


@pytest.mark.parametrize("typed", ["123456789", "SC1234567", "12 34 56 78 90", "SC12_345"])
def test_what_no_british_company_has_is_refused(typed):
    with pytest.raises(Refused, match="eight"):
        company_number(typed, "GB")


@given(st.from_regex(r"[1-9][0-9]{0,7}|(SC|NI|OC)[1-9][0-9]{0,5}", fullmatch=True), st.data())
def test_white_space_and_case_never_tell_two_numbers_apart(number, data):
    spaced = "".join(each + data.draw(st.sampled_from(["", *SPACES])) for each in number)
    assert company_number(spaced.lower(), "GB") == company_number(number, "GB")
    assert company_number(company_number(number, "GB"), "GB") == company_number(number, "GB")


def test_a_vat_number_has_one_form_too():
    assert vat_number("gb 123\u00a04567 89") == "GB123456789"
    assert vat_number("") == ""
    for typed in ["N/A", "none", "000 0000 00"]:
        with pytest.raises(Refused, match="leave it blank"):
            vat_number(typed)


@pytest.mark.parametrize("space", SPACES)
def test_white_space_of_any_kind_counts_for_nothing_in_a_postcode(space):
    assert normal_postcode(f"{space}eh21{space}8re{space}") == normal_postcode("EH21 8RE")
