"""The forms of questions and answers about a competition."""

from django import forms


class QuestionForm(forms.Form):
    text = forms.CharField(
        label="Your question",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="The operator is not told who asks; the answer is published for everybody. Leave out what tells who you are.",
    )


class AnswerForm(forms.Form):
    published_text = forms.CharField(
        label="The question as everybody reads it",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Take out whatever tells who asks.",
    )
    answer = forms.CharField(label="Answer", max_length=5000, widget=forms.Textarea(attrs={"rows": 5}))
