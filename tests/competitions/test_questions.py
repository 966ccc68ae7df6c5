"""Questions about a competition: until bidding closes, answered for everybody, without telling who asked."""

import pytest
from django.urls import reverse

from competitions.domain.questions import ASKED_AGAIN, MOST_OPEN, answer_question, ask_question
from competitions.models import Question
from marketplace import clock
from marketplace.errors import NotAllowed, Refused
from marketplace.jobs.publishing import run_jobs_inline
from marketplace.notifications.models import Notification
from qualification.models import Entry
from tests.bidding import market as bidding
from tests.qualification import market as base

pytestmark = pytest.mark.django_db


@pytest.fixture
def of():
    with run_jobs_inline():
        yield bidding.market()


def ask(by, of, at=base.DURING, text="Is a 33 kV site in?"):
    with bidding.at(at):
        return ask_question(by=by, competition=of.competition, text=text, now=at)


def answer(by, question, at=base.DURING, published="Is a 33 kV site in?", text="Yes."):
    with bidding.at(at):
        return answer_question(by=by, question_id=question.pk, published_text=published, answer=text, now=at)


def shown(client, member, of, at=base.DURING):
    client.logout()
    if member is not None:
        client.force_login(member.user)
    with clock.set_to(at):
        page = client.get(reverse("competitions:competition_questions", args=[of.competition.ref]))
    return page.content.decode()


def test_it_is_asked_until_the_instant_of_bidding_close(of):
    ask(of.north, of, at=bidding.CLOSE - base.SECOND)
    for at in (bidding.CLOSE, bidding.AFTER):
        with pytest.raises(Refused, match="has passed"):
            ask(of.north, of, at=at)
    with pytest.raises(NotAllowed):
        ask(of.buyer, of)
    assert Question.objects.count() == 1


@pytest.mark.parametrize("gone", ["cancelled_at", "confirmed_at"])
def test_nothing_is_asked_about_what_is_over(of, gone):
    type(of.competition).objects.update(**{gone: base.DURING})
    with pytest.raises(Refused, match="Nothing can be asked"):
        ask(of.north, of)
    assert not Question.objects.exists()


def test_before_the_answer_only_asker_and_operator_read_it_and_the_operator_not_whose_it_is(of, client):
    ask(of.north, of)
    seen = {
        name: "33 kV site" in shown(client, member, of)
        for name, member in (("north", of.north), ("south", of.south), ("buyer", of.buyer), ("nobody", None))
    }
    assert seen == {"north": True, "south": False, "buyer": True, "nobody": False}
    told = shown(client, of.buyer, of).split('id="questions"')[1].split("</section")[0]
    assert "North" not in told
    [note] = Notification.objects.filter(kind="question_asked")
    assert note.user == of.buyer.user
    assert "North" not in str([note.title, note.lines])


def test_the_answer_is_everybodys_in_the_operators_words_and_the_entrants_are_told(of, client):
    Entry.objects.filter(provider=of.north.organisation).delete()
    question = ask(of.north, of, text="We at North ask: is 33 kV in?")
    answer(of.buyer, question, published="Is 33 kV in?")
    for member in (of.south, None, of.buyer, of.north):
        page = shown(client, member, of)
        assert "Is 33 kV in?" in page
        assert "We at North" not in page
    told = Notification.objects.filter(kind="question_answered")
    assert {note.user for note in told} == {of.north.user, of.south.user}
    assert {(note.title, str(note.lines)) for note in told} == {(told[0].title, str(told[0].lines))}


def test_it_is_answered_once_by_its_own_operator(of, client):
    question = ask(of.north, of)
    other = base.member(base.operator())
    with pytest.raises(Refused, match="no such question"):
        answer(other, question)
    with pytest.raises(NotAllowed):
        answer(of.south, question)
    client.force_login(other.user)
    assert client.get(reverse("competitions:answer", args=[question.pk])).status_code == 404
    answer(of.buyer, question)
    with pytest.raises(Refused, match="already"):
        answer(of.buyer, question, text="No.")
    question.refresh_from_db()
    assert question.answer == "Yes."


def test_by_page_it_is_asked_and_answered(of, client):
    with clock.set_to(base.DURING):
        client.force_login(of.north.user)
        client.post(reverse("competitions:ask", args=[of.competition.ref]), {"text": "May I?"})
        question = Question.objects.get()
        client.force_login(of.buyer.user)
        url = reverse("competitions:answer", args=[question.pk])
        assert client.post(url, {"published_text": "May one?", "answer": " "}).status_code == 422
        assert client.post(url, {"published_text": "May one?", "answer": "One may."}).status_code == 302
    question.refresh_from_db()
    assert (question.published_text, question.answer) == ("May one?", "One may.")


def test_a_provider_has_a_bounded_number_of_open_questions(of):
    for number in range(MOST_OPEN):
        ask(of.north, of, text=f"Question {number}")
    with pytest.raises(Refused, match="wait for an answer"):
        ask(of.north, of)
    ask(of.south, of)
    assert Question.objects.count() == MOST_OPEN + 1


def test_a_double_click_asks_once(of, django_capture_on_commit_callbacks):
    first = ask(of.north, of)
    told = Notification.objects.count()
    assert ask(of.north, of, at=base.DURING + base.SECOND, text=" Is a 33 kV site in? ") == first
    assert (Question.objects.count(), Notification.objects.count()) == (1, told)


def test_another_text_another_company_and_a_later_time_ask_anew(of):
    ask(of.north, of)
    ask(of.north, of, text="And one of 11 kV?")
    ask(of.south, of)
    ask(of.north, of, at=base.DURING + ASKED_AGAIN)
    assert Question.objects.count() == 4
