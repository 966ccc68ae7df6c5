"""An input's class comes from its kind, once for all forms."""

import re
from pathlib import Path

from django import forms
from django.forms.renderers import DjangoTemplates

from accounts.forms.profile import QuestionFormSet
from marketplace.web.form_style import StyledForm, StyledRenderer
from tests.support.apps import PACKAGES

ROOT = Path(__file__).parents[2]


class Example(StyledForm):
    text = forms.CharField()
    long = forms.CharField(widget=forms.Textarea)
    number = forms.DecimalField()
    day = forms.DateField(widget=forms.DateInput(attrs={"type": "date"}))
    document = forms.FileField()
    choice = forms.ChoiceField(choices=[("a", "A")])
    agreed = forms.BooleanField()
    own = forms.CharField(widget=forms.TextInput(attrs={"class": "form-number"}))
    one_of = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)
    hidden = forms.CharField(widget=forms.HiddenInput)


def classes(name):
    return re.findall(r'class="([^"]*)"', str(Example()[name]))


def test_an_input_has_the_class_of_its_kind():
    for name in ("text", "long", "number", "day", "document"):
        assert classes(name) == ["form-control"], name
    assert classes("choice") == ["form-select"]
    assert classes("agreed") == ["form-check-input"]


def test_a_class_of_its_own_stays_and_choices_one_by_one_and_hidden_inputs_have_none():
    assert classes("own") == ["form-number"]
    assert classes("one_of") == classes("hidden") == []


def test_showing_a_form_twice_shows_it_alike():
    form = Example()
    assert str(form["text"]) == str(form["text"])


def test_the_forms_of_a_set_have_them_too():
    assert 'class="form-control"' in str(QuestionFormSet().forms[0]["answer"])


def test_no_form_writes_the_class_itself():
    own = [
        path.relative_to(ROOT).as_posix()
        for app in PACKAGES
        for path in (ROOT / app).rglob("*.py")
        if re.search(r"\bform-(control|select|check-input)\b(?!-)", path.read_text(encoding="utf-8"))
    ]
    assert own == ["marketplace/web/form_style.py"]


class Choosing(forms.Form):
    plain = forms.ChoiceField(
        choices=[("", "Any"), ("<a>", "<A> & B"), ("b", "B")], initial="b", required=False
    )
    grouped = forms.ChoiceField(choices=[("Big <ones>", [(1, "One"), (2, "Two")]), (3, "Three")], initial=2)
    several = forms.MultipleChoiceField(choices=[(True, "Yes"), (None, "Unknown")], initial=[True])
    told = forms.ChoiceField(
        choices=[("a", "A")], widget=forms.Select(attrs={"data-x": '"<', "autofocus": True, "hidden": False})
    )


def test_choices_are_drawn_as_django_draws_them():
    theirs, ours = Choosing(renderer=DjangoTemplates()), Choosing(renderer=StyledRenderer())
    for name in Choosing.base_fields:
        drawn = str(ours[name]).replace(' class="form-select"', "")
        assert drawn == re.sub(r"\n+", "\n", str(theirs[name])), name
