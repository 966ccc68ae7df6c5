"""Text that can't be kept is refused wherever it is typed, in a sentence that says what was found."""

import inspect

import pytest
from django import forms
from django.contrib.auth.forms import UsernameField
from django.urls import get_resolver

from marketplace.text import BadText, checked_line, checked_lines, text_fault


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\x00b", "(NUL, U+0000)"),
        ("a\x07b", "(U+0007)"),
        ("a\x85b", "(U+0085)"),
        ("a\tb", "(tab, U+0009)"),
        ("a\u202eb", "(right-to-left override, U+202E)"),
        ("a\u2066b", "(left-to-right isolate, U+2066)"),
        ("a\ud800b", "(U+D800)"),
        ("a\uffffb", "(U+FFFF)"),
        ("a\U0001fffeb", "(U+1FFFE)"),
        ("a\nb", "must be a single line"),
    ],
)
def test_what_is_refused_is_named_with_its_field(text, told):
    fault = text_fault(text, field="Asset Name")
    assert told in fault
    assert fault.startswith("“Asset Name” ")
    with pytest.raises(BadText, match=r"."):
        checked_line(text)


@pytest.mark.parametrize(
    "text", ["", "Café", "Blyth\u200b", "\u0639\u0631\u0628\u064a \u200e(1)", "👩\u200d🔬", "a\u00a0b"]
)
def test_every_language_is_kept(text):
    assert checked_line(text) == text


def test_text_of_several_lines_keeps_its_lines_and_tabs():
    assert checked_lines("one\r\ntwo\rthree\n\tfour") == "one\ntwo\nthree\n\tfour"
    assert "NUL" in text_fault("one\n\x00", multiline=True)


def test_a_form_says_which_field_holds_what():
    class Note(forms.Form):
        title = forms.CharField(label="Title")
        body = forms.CharField(widget=forms.Textarea)
        email = forms.EmailField()
        password = forms.CharField(widget=forms.PasswordInput)

    form = Note({"title": "a\u202eb", "body": "1\r\n2\x01", "email": "a@b\u202e.example", "password": "a\tb"})
    assert set(form.errors) == {"title", "body", "email"}
    assert form.errors["title"] == [
        "“Title” holds an invisible character that turns the direction of text (right-to-left override, U+202E): "
        "type the text again."
    ]
    assert Note({"title": "a", "body": "1\r\n2\t3", "email": "a@b.example", "password": "x"}).is_valid()


def every_form_field(base=forms.Field):
    for kind in base.__subclasses__():
        yield kind
        yield from every_form_field(kind)


def passes_the_check(kind):
    """Whether what a kind of CharField reads comes from CharField's own reading."""
    above = kind.__mro__[: kind.__mro__.index(forms.CharField)]
    own = [vars(each)["to_python"] for each in above if "to_python" in vars(each)]
    return all("super().to_python(" in inspect.getsource(reads) for reads in own)


def test_every_field_for_text_goes_through_the_check():
    """A kind of field of our own is a CharField that keeps the check."""
    assert get_resolver().url_patterns  # loads every app's forms
    kinds = {kind for kind in every_form_field() if not kind.__module__.startswith(("tests.", "django"))}
    ours = {
        kind.__name__
        for kind in kinds
        if not issubclass(kind, forms.DateTimeField)  # keeps nothing of the text
        and not (issubclass(kind, forms.CharField) and passes_the_check(kind))
    }
    assert ours == set()
    django = [
        forms.CharField,
        forms.EmailField,
        forms.URLField,
        forms.SlugField,
        forms.RegexField,
        UsernameField,
    ]
    assert all(passes_the_check(kind) for kind in django)
