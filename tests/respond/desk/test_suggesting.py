"""Past answers: learnt from closed cases without personal details, found by likeness, counted in use."""

from __future__ import annotations

import pytest

from keskio.events.api import events_after
from keskio.kernel.clock import now_micros
from keskio.kernel.holdings import Person
from keskio.respond.desk.actions import hide, take
from keskio.respond.desk.holdings import HOLDINGS
from keskio.respond.desk.learning import AnswerLearner, learn_from
from keskio.respond.desk.models import PastAnswer, Posting, Word
from keskio.respond.desk.suggesting import suggestions
from keskio.respond.inbox.actions import close, reopen, reply
from keskio.respond.inbox.models import Case
from tests.respond.desk.conftest import Opened

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
INVOICE = "Lasku 20481 on maksettu kahteen kertaan, palauttakaa rahat."
ANSWER = (
    "Hei Aino, hyvitimme ylimääräisen maksun. Raha on tilillä kahdessa päivässä. Terveisin Ville"
)


def answered(opened: Opened, text: str, answer: str, **about: object) -> Case:
    case = opened(text, **about)
    reply(case.pk, answer, by="editor")
    close(case.pk, by="editor")
    return case


def learn() -> None:
    learner = AnswerLearner()
    while learner.turn(now_micros()):
        pass


def test_a_closed_case_teaches_its_last_answer_without_personal_details(opened: Opened) -> None:
    answered(opened, INVOICE, ANSWER, themes=["laskutus"])

    learn()

    learnt = PastAnswer.objects.get()
    assert learnt.asked == "Lasku [numero] on maksettu kahteen kertaan, palauttakaa rahat."
    assert learnt.answer.startswith("Hei [nimi], hyvitimme ylimääräisen maksun.")
    assert "Ville" not in learnt.answer


def test_the_same_case_teaches_once(opened: Opened) -> None:
    case = answered(opened, INVOICE, ANSWER)
    learn()
    reopen(case.pk, by="editor")
    close(case.pk, by="editor")
    learn()

    assert PastAnswer.objects.count() == 1
    assert learn_from([case.pk]) == 0
    assert len(events_after(0, 1000)) > 0


def test_suggestions_find_the_likest_question_in_another_form(opened: Opened) -> None:
    answered(opened, INVOICE, ANSWER)
    answered(opened, "Mihin aikaan myymälä on auki lauantaina?", "Lauantaisin olemme auki 10–15.")
    answered(opened, "Renkaat ovat loppu.", "Uusia renkaita tulee viikolla, soitamme teille.")
    learn()

    found = suggestions("Olen maksanut laskun kahdesti, haluan rahani takaisin", language="fi")

    assert [one.answer[:13] for one in found] == ["Hei [nimi], h"]
    assert suggestions("Onko teillä kypäriä?", language="fi") == []
    assert suggestions("Olen maksanut laskun kahdesti", language="en") == []


def test_a_case_is_not_suggested_its_own_answer_nor_what_was_hidden(opened: Opened) -> None:
    case = answered(opened, INVOICE, ANSWER)
    learn()

    assert suggestions(INVOICE, language="fi", case=case.pk) == []
    hide(PastAnswer.objects.get())
    assert suggestions(INVOICE, language="fi") == []


def test_answers_that_say_the_same_are_suggested_once(opened: Opened) -> None:
    for _ in range(3):
        answered(opened, INVOICE, ANSWER)
    learn()

    assert len(suggestions(INVOICE, language="fi")) == 1


def test_an_answer_is_counted_once_for_a_case_and_served_when_it_ends_well(opened: Opened) -> None:
    answered(opened, INVOICE, ANSWER)
    learn()
    other = opened(INVOICE)
    past = PastAnswer.objects.get()

    take(past, other.pk)
    take(past, other.pk)
    close(other.pk, by="editor")
    learn()
    past.refresh_from_db()
    assert (past.used, past.satisfied) == (1, 1)

    reopen(other.pk, by="editor")
    learn()
    past.refresh_from_db()
    assert (past.used, past.satisfied) == (1, 0)


def test_erasure_takes_past_answers_with_the_places_of_their_words(
    opened: Opened, aino: int
) -> None:
    answered(opened, INVOICE, ANSWER)
    learn()
    person = Person(records=(aino,))
    held = {holding.key: holding for holding in HOLDINGS}["desk_pastanswer"]

    assert len(held.export(person)) == 1
    assert held.erase(person, now_micros()) == 1

    assert (PastAnswer.objects.count(), Posting.objects.count()) == (0, 0)
    assert sum(Word.objects.values_list("questions", flat=True)) == 0
    assert held.erase(person, now_micros()) == 0
