"""Dates are typed and shown as people in Britain write them."""

from datetime import date, datetime

import pytest
from django import forms
from django.conf.locale.en_GB import formats as british
from django.utils.formats import date_format, get_format


@pytest.mark.parametrize("typed", ["04/05/2026", "04/05/26", "2026-05-04"])
def test_a_date_is_typed_with_the_day_before_the_month_or_as_programs_write_it(typed):
    assert forms.DateField().clean(typed) == date(2026, 5, 4)


@pytest.mark.parametrize("typed", ["04/05/2026 17:30", "2026-05-04 17:30", "2026-05-04T17:30"])
def test_a_moment_too(typed):
    assert forms.DateTimeField().clean(typed).replace(tzinfo=None) == datetime(2026, 5, 4, 17, 30)


def test_a_date_of_the_other_order_is_refused():
    with pytest.raises(forms.ValidationError):
        forms.DateField().clean("05/31/2026")


@pytest.mark.parametrize(
    "name", ["DATE_FORMAT", "TIME_FORMAT", "DATETIME_FORMAT", "SHORT_DATE_FORMAT", "FIRST_DAY_OF_WEEK"]
)
def test_dates_are_shown_as_in_britain(name):
    assert get_format(name) == getattr(british, name)
    assert date_format(date(2026, 5, 4), "SHORT_DATE_FORMAT") == "04/05/2026"
