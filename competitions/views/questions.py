"""Asking about a competition, and answering for everybody."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from accounts.enums import Role
from accounts.requests import MemberRequest
from competitions.domain.queries import competitions_visible_to
from competitions.domain.questions import answer_question, ask_question, operator_questions
from competitions.forms.questions import AnswerForm, QuestionForm
from marketplace import clock
from marketplace.errors import Refused
from marketplace.web.access import member
from marketplace.web.refusals import refusal_shown


@require_POST
@member(kind="fsp")
def ask(request: MemberRequest, ref: str) -> HttpResponse:
    """Ask about a competition."""
    now = clock.now()
    competition = get_object_or_404(competitions_visible_to(request.member, now), ref__iexact=ref)
    form = QuestionForm(request.POST)
    with refusal_shown(request):
        if not form.is_valid():
            raise Refused("Write a question of up to 2,000 characters.")
        ask_question(by=request.member, competition=competition, text=form.cleaned_data["text"], now=now)
        messages.success(request, "Your question is with the operator. You are told when it is answered.")
    return redirect("competitions:competition_questions", competition.ref)


@require_http_methods(["GET", "POST"])
@member(kind="so", role=Role.PROCUREMENT)
def answer(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Publish the answer to a question about one's own competition."""
    question = get_object_or_404(operator_questions(request.member), pk=pk)
    form = AnswerForm(request.POST or None, initial={"published_text": question.text})
    if request.method == "POST" and form.is_valid():
        try:
            answer_question(by=request.member, question_id=question.pk, now=clock.now(), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, "The answer is published.")
            return redirect("competitions:competition_questions", question.competition.ref)
    status = 422 if form.errors else 200
    return render(request, "competitions/answer.html", {"question": question, "form": form}, status=status)
