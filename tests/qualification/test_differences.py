"""What a row of the assets file changes, told when it is looked at."""

from hypothesis import given
from hypothesis import strategies as st

from qualification.workbooks.drafts import Difference

VALUES = st.dictionaries(st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(0, 2)))


@given(VALUES, VALUES)
def test_it_holds_each_key_of_the_later_state_whose_value_differs(before, after):
    told = Difference(before, after)
    assert dict(told) == {key: (before.get(key), new) for key, new in after.items() if before.get(key) != new}
    assert len(told) == len(dict(told))
    assert all((key in told) == (before.get(key) != after[key]) for key in after)


def test_it_follows_the_order_of_the_columns():
    assert list(Difference({}, {"ref": "A", "name": "B", "voltage_kv": None, "region": "C"})) == [
        "ref",
        "name",
        "region",
    ]
