"""The way through a survey, what is an answer, how it counts, and who is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keskio.engine.survey import flow
from keskio.engine.survey.answering import NoAnswer, checked, moved, read_given
from keskio.engine.survey.asking import Asked, Known, Refusal, Terms, refusal_of, terms_of
from keskio.engine.survey.form import Question, Quota
from keskio.engine.survey.measuring import (
    TwoDefinitions,
    alike,
    difference,
    metrics_of,
    summary_of,
    together,
)
from keskio.engine.times import DAY
from tests.engine.survey.test_survey_definitions import survey_of
from tests.engine.survey.texts import EVERYTHING, NPS

SURVEY = survey_of(NPS)
WHOLE = survey_of(EVERYTHING)


def test_a_branch_is_taken_only_where_its_condition_holds() -> None:
    assert [q.key for q in flow.path_of(SURVEY, {})] == ["score"]
    assert [q.key for q in flow.path_of(SURVEY, {"score": 6})] == ["score", "more"]
    assert flow.next_after(SURVEY, {"score": 7}, "score") is None
    after = flow.next_after(SURVEY, {"score": 0}, "score")
    assert after is not None
    assert after.key == "more"
    earlier = flow.before(SURVEY, {"score": 0}, "more")
    assert earlier is not None
    assert earlier.key == "score"
    assert flow.counted(SURVEY, {"score": 9, "more": "old"}) == {"score": 9}


@given(st.dictionaries(st.sampled_from([q.key for q in WHOLE.questions]), st.integers(0, 10)))
def test_whoever_comes_back_goes_on_where_something_is_left(answers: dict[str, Any]) -> None:
    place = flow.resumes_at(WHOLE, answers, answers)
    assert place.key not in answers or len(answers) == len(WHOLE.questions)
    progress = flow.progress_at(WHOLE, answers, place.key)
    assert 1 <= progress.number <= progress.total


@pytest.mark.parametrize(
    ("kind", "value", "code"),
    [
        ("nps", "11", "not_offered"),
        ("nps", "-1", "not_a_number"),
        ("nps", "9.5", "not_a_number"),
        ("csat", "0", "not_offered"),
        ("ces", "8", "not_offered"),
        ("number", "many", "not_a_number"),
        ("emotion", "boredom", "not_offered"),
    ],
)
def test_what_is_no_answer_says_why(kind: str, value: str, code: str) -> None:
    question = Question(key="q", kind=kind, text={}, options={"joy": {}})
    with pytest.raises(NoAnswer) as told:
        checked(question, value)
    assert told.value.code == code


def test_a_left_out_answer_is_none_unless_it_is_needed() -> None:
    question = Question(key="q", kind="text", text={})
    assert read_given(question, {"answer": ["  "]}) is None
    needed = Question(key="q", kind="text", text={}, required=True)
    with pytest.raises(NoAnswer):
        read_given(needed, {})


def test_ranking_is_moved_by_steps_and_never_falls_off() -> None:
    assert moved(["a", "b", "c"], "a", -1) == ["a", "b", "c"]
    assert moved(["a", "b", "c"], "a", 1) == ["b", "a", "c"]
    with pytest.raises(NoAnswer):
        checked(Question(key="q", kind="ranking", text={}, options={"a": {}, "b": {}}), ["a", "a"])


def test_two_definitions_are_never_put_together() -> None:
    (first,) = metrics_of(SURVEY, 1)
    (same,) = metrics_of(survey_of(NPS + "digits: false\n"), 2)
    (other,) = metrics_of(survey_of(NPS.replace("Suosittelisitko", "Kehuisitko")), 3)
    assert difference(first, same) == ""
    assert difference(first, other) == "wording"
    assert alike({1: first, 2: same, 3: other}) == [[3], [2, 1]]
    together([first, same])
    with pytest.raises(TwoDefinitions, match="differ in wording"):
        together([first, other])


def test_a_summary_names_scores_groups_emotion_and_comment() -> None:
    said = summary_of(
        WHOLE, {"csat": 2, "ces": 7, "feeling": "joy", "words": "Hyvä"}, {"csat": "Hm"}
    )
    assert said.scores == {"csat": 2, "ces": 7}
    assert said.groups == {"csat": "low", "ces": "high"}
    assert (said.emotion, said.comment) == ("joy", "Hm\nHyvä")


TOUCH = Terms("touch")
RELATION = Terms("nps", "relationship")


@pytest.mark.parametrize(
    ("terms", "asked", "day", "reason"),
    [
        (TOUCH, Asked(0, "other", "touchpoint"), 29, "surveyed_lately"),
        (TOUCH, Asked(0, "other", "touchpoint"), 30, ""),
        (TOUCH, Asked(0, "touch", "touchpoint"), 89, "asked_this_lately"),
        (TOUCH, Asked(0, "touch", "touchpoint"), 90, ""),
        (TOUCH, Asked(0, "nps", "relationship"), 29, "surveyed_lately"),
        (RELATION, Asked(0, "touch", "touchpoint"), 6, "surveyed_lately"),
        (RELATION, Asked(0, "touch", "touchpoint"), 7, ""),
        (RELATION, Asked(0, "yearly", "relationship"), 29, "surveyed_lately"),
    ],
)
def test_two_clocks_and_the_reserved_place(
    terms: Terms, asked: Asked, day: int, reason: str
) -> None:
    refusal = refusal_of(terms, Known((asked,)), "x", day * DAY)
    assert (refusal.reason if refusal else "") == reason


def test_touchpoints_every_week_cannot_starve_the_relationship() -> None:
    asked: list[Asked] = []
    times = []
    for day in range(365):
        now = day * DAY
        if refusal_of(TOUCH, Known(tuple(asked)), "x", now) is None:
            asked.append(Asked(now, "touch", "touchpoint"))
        if refusal_of(RELATION, Known(tuple(asked)), "x", now) is None:
            asked.append(Asked(now, "nps", "relationship"))
            times.append(day)
    assert times == [7, 97, 187, 277]


def test_quotas_close_for_all_for_segments_and_for_values() -> None:
    quotas = (Quota(3), Quota(1, segment="vip"), Quota(2, each="shop"))
    survey = survey_of(
        NPS + "asking: {quotas: [{limit: 3}, {limit: 1, segment: vip}, {limit: 2, each: shop}]}\n"
    )
    assert survey.quotas == quotas
    open_terms = terms_of(
        survey, is_open=True, answered=2, counts={"segment:vip": 1, "trait:shop=Oulu": 2}
    )
    full = Refusal("quota_full")
    assert refusal_of(open_terms, Known(), "x", 0) is None
    assert refusal_of(open_terms, Known(segments=frozenset({"vip"})), "x", 0) == full
    assert refusal_of(open_terms, Known(traits={"shop": "Oulu"}), "x", 0) == full
    assert refusal_of(terms_of(survey, is_open=True, answered=3), Known(), "x", 0) == full
    assert refusal_of(terms_of(survey, is_open=False), Known(), "x", 0) == Refusal("survey_closed")


def test_a_share_is_drawn_by_occasion_and_is_about_as_large_as_wished() -> None:
    terms = Terms("touch", share=0.3)
    drawn = [
        refusal_of(terms, Known(who=f"p{number}"), "visit", 0) is None for number in range(2000)
    ]
    again = [
        refusal_of(terms, Known(who=f"p{number}"), "visit", 0) is None for number in range(2000)
    ]
    assert drawn == again
    assert 520 < sum(drawn) < 680
