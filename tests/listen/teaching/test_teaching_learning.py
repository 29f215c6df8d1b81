"""Labels teach: a version is kept, put in use only when it is better, and can be put back."""

from __future__ import annotations

import numpy as np
import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from keskio.kernel.clock import now_micros
from keskio.kernel.errors import Mistake
from keskio.listen.actions import take_in
from keskio.listen.contracts import Post
from keskio.listen.model.corpora import place
from keskio.listen.model.scoring import Scorer
from keskio.listen.models import Mention, MentionTheme
from keskio.listen.teaching import actions, queries
from keskio.listen.teaching.clustering import clusters_of
from keskio.listen.teaching.contracts import VALUES, Lesson
from keskio.listen.teaching.learning import compared, learn, tasks_of
from keskio.listen.teaching.models import Cluster, Label, Refit, Version
from keskio.listen.teaching.wishes import turn
from keskio.listen.teaching.working import find_themes, refit

# Words that the shipped model cannot know: what they mean is this company's own.
PLACES = ("at the desk", "on monday", "in the queue", "by the door", "near the lift", "over lunch")
GOOD, BAD = "a zorvik blip", "a glumtex blap"


def noise(text: str) -> str:
    """Return a label that has nothing to do with the text."""
    return VALUES[int(place(text, "noise") * 3)]


def lessons(count: int, *, is_noise: bool = False) -> list[Lesson]:
    """Return lessons in which `zorvik` is good and `glumtex` bad, or nothing means anything."""
    found = []
    for number in range(count):
        word = BAD if number % 2 else GOOD
        # What texts say in letters decides which slice they are in: digits would not do.
        text = f"{word} {PLACES[number % 6]} case {chr(97 + number // 26)}{chr(97 + number % 26)}q"
        value = "negative" if number % 2 else "positive"
        found.append(Lesson(text, {"polarity": noise(text) if is_noise else value}))
    return found


def never() -> None:
    """Let the work go on."""


def test_a_company_teaches_its_own_words() -> None:
    learnt = learn(lessons(120), "en", Scorer.load(), never)
    assert learnt.table is not None
    told = learnt.figures["polarity"]
    assert (told.labels, told.is_better, told.fresh > 0.95) == (120, True, True)
    assert told.low > 0
    assert learnt.curve[0][0] == 0
    assert learnt.curve[-1][1] > learnt.curve[0][1] + 0.06
    scorer = Scorer.load({"en": learnt.table})
    scores = scorer.score([["zorvik", "blip"], ["glumtex", "blap"]], "en")
    assert scores.polarity[0] > 0 > scores.polarity[1]
    assert scores.negative[1] > 0.5 > scores.negative[0]


def test_noise_teaches_nothing() -> None:
    learnt = learn(lessons(120, is_noise=True), "en", Scorer.load(), never)
    assert learnt.table is None
    assert not learnt.figures["polarity"].is_better


def test_few_labels_teach_nothing() -> None:
    assert tasks_of(lessons(20)) == []


def test_own_themes_are_learnt_from_labels() -> None:
    with_themes = [
        Lesson(one.text, {**one.values, "theme:glum": "yes" if "glumtex" in one.text else "no"})
        for one in lessons(80)
    ]
    learnt = learn(with_themes, "en", Scorer.load(), never)
    assert learnt.figures["theme:glum"].is_better
    scorer = Scorer.load({"en": learnt.table} if learnt.table else {})
    themes = scorer.score([["glumtex", "blap"], ["zorvik", "blip"]], "en").themes
    assert themes["glum"][0] > 0.5 > themes["glum"][1]


def test_the_comparison_is_exact() -> None:
    said = np.array([1] * 10)
    told = compared(said, np.array([0] * 6 + [1] * 4), np.array([1] * 9 + [0]))
    assert (told.gained, told.lost) == (6, 1)
    assert told.chance == pytest.approx(8 / 2**7)
    assert not told.is_better


def test_clusters_are_put_together_by_their_words() -> None:
    locks = [f"the parcel locker jammed again at stop {n}" for n in range(10)]
    bills = [f"invoice pdf shows wrong vat in row {n}" for n in range(8)]
    found = clusters_of(locks + bills, "en")
    assert [len(one.places) for one in found] == [10, 8]
    assert {"parcel", "locker"} <= set(found[0].words)
    assert all(place < 10 for place in found[0].places)
    assert clusters_of(locks[:5], "en") == []


@pytest.fixture
def heard() -> list[Mention]:
    """Return mentions that have been read, in English, one for each lesson."""
    now = now_micros()
    posts = [
        Post(source="s", source_id=str(n), text=one.text, at=now, channel="rss")
        for n, one in enumerate(lessons(120))
    ]
    take_in(posts)
    Mention.objects.update(state="read", language="en", negative=0.6)
    return list(Mention.objects.order_by("id"))


def label_all(heard: list[Mention]) -> None:
    for mention in heard:
        value = "negative" if "glumtex" in mention.text else "positive"
        actions.label(mention.pk, "polarity", value, "aino")


@pytest.mark.django_db
def test_a_label_said_again_takes_the_place_of_the_first(heard: list[Mention]) -> None:
    actions.label(heard[0].pk, "polarity", "negative", "aino")
    actions.label(heard[0].pk, "polarity", "neutral", "eero")
    assert list(Label.objects.values_list("value", "by")) == [("neutral", "eero")]
    for head, value in (("polarity", "yes"), ("emotion:boredom", "yes"), ("theme:A b", "yes")):
        with pytest.raises(Mistake):
            actions.label(heard[0].pk, head, value, "aino")
    assert Label.objects.count() == 1


@pytest.mark.django_db
def test_a_better_version_is_put_in_use_and_can_be_put_back(heard: list[Mention]) -> None:
    label_all(heard)
    assert queries.read_with() == "frozen"
    assert refit() == {"en": True}
    version = Version.objects.get()
    assert (version.state, version.labels) == (Version.State.IN_USE, 120)
    assert queries.read_with() == f"en:{version.pk}"
    scorer = queries.scorer_in_use()
    assert scorer is queries.scorer_in_use()
    assert scorer.score([["glumtex", "blap"]], "en").negative[0] > 0.5
    actions.stop_using("en")
    assert (queries.read_with(), Version.objects.get().state) == ("frozen", Version.State.BEFORE)
    actions.use_version(version, "aino")
    assert queries.read_with() == f"en:{version.pk}"


@pytest.mark.django_db
def test_a_version_that_is_no_better_waits(heard: list[Mention]) -> None:
    for mention in heard:
        actions.label(mention.pk, "polarity", noise(mention.text), "aino")
    assert refit() == {"en": False}
    assert Version.objects.get().state == Version.State.WAITING
    assert queries.read_with() == "frozen"


@pytest.mark.django_db
def test_a_wish_is_worked_at_once_and_begun_again_when_stopped(heard: list[Mention]) -> None:
    label_all(heard)
    wish = actions.ask_refit("aino")
    assert actions.ask_refit("eero") == wish
    assert turn(now_micros(), lambda: True) is False
    assert Refit.objects.get().begun_at is None
    assert Version.objects.count() == 0
    assert turn(now_micros()) is True
    assert Refit.objects.get().said == "better"
    assert turn(now_micros()) is False


@pytest.mark.django_db
def test_twenty_a_day_the_unsure_first(heard: list[Mention]) -> None:
    Mention.objects.filter(pk=heard[7].pk).update(negative=0.5)
    now = now_micros()
    offered = queries.worth_labelling(now)
    assert (len(offered), offered[0].pk) == (20, heard[7].pk)
    actions.label(heard[7].pk, "polarity", "neutral", "aino")
    again = queries.worth_labelling(now)
    assert len(again) == 19
    assert heard[7].pk not in [one.pk for one in again]


@pytest.mark.django_db
def test_new_themes_are_found_among_those_without_and_named(heard: list[Mention]) -> None:
    assert find_themes("en", now_micros()) > 0
    cluster = Cluster.objects.order_by("-size").first()
    assert cluster is not None
    count = actions.name_cluster(cluster, "blaps", "aino")
    labelled = Label.objects.filter(head="theme:blaps", value="yes")
    assert (labelled.count(), count) == (count, len(cluster.examples))
    with pytest.raises(Mistake):
        actions.name_cluster(cluster, "other", "eero")
    MentionTheme.objects.bulk_create(
        MentionTheme(mention=one, theme="t", weight=1, at=one.at) for one in heard
    )
    assert find_themes("en", now_micros()) == 0
    assert [one.state for one in Cluster.objects.all()] == [Cluster.State.NAMED]


@pytest.mark.django_db
def test_labels_of_texts_that_are_gone_teach_nothing(heard: list[Mention]) -> None:
    label_all(heard)
    Mention.objects.filter(pk=heard[0].pk).update(text="", state="gone")
    assert len(queries.lessons_of("en")) == 119


@pytest.fixture
def editor(db: None) -> Client:
    """Return a signed-in editor's browser."""
    client = Client()
    user = get_user_model().objects.create_superuser("siiri", password="x")
    client.force_login(user)
    return client


def test_pages_when_there_is_nothing(editor: Client) -> None:
    for path in ("/teaching/", "/teaching/versions/", "/teaching/new-themes/"):
        assert editor.get(path).status_code == 200


def test_labelling_by_the_page(editor: Client, heard: list[Mention]) -> None:
    page = editor.get("/teaching/").content.decode()
    assert 'value="negative"' in page
    first = queries.worth_labelling(now_micros())[0]
    said = {"said": "positive", "emotion": ["joy"], "theme": ["own"]}
    editor.post(f"/teaching/label/{first.pk}/", said)
    assert queries.labels_of([first.pk]) == {
        first.pk: {"polarity": "positive", "emotion:joy": "yes", "theme:own": "yes"}
    }
    editor.post(f"/teaching/label/{first.pk}/", {"said": "back"})
    assert queries.labels_of([first.pk]) == {}


def test_versions_and_themes_by_the_pages(editor: Client, heard: list[Mention]) -> None:
    label_all(heard)
    editor.post("/teaching/fit/")
    assert turn(now_micros()) is True
    version = Version.objects.get()
    page = editor.get("/teaching/versions/").content.decode()
    assert f"version-{version.pk}" in page
    assert "<polyline" in page
    editor.post("/teaching/versions/frozen/en/")
    assert queries.read_with() == "frozen"
    editor.post(f"/teaching/versions/{version.pk}/use/")
    assert queries.read_with() == f"en:{version.pk}"
    cluster = Cluster.objects.order_by("-size")[0]
    assert editor.post(f"/teaching/new-themes/{cluster.pk}/", {"theme": "A!"}).status_code == 200
    editor.post(f"/teaching/new-themes/{cluster.pk}/", {"theme": "own-theme"})
    assert Cluster.objects.get(pk=cluster.pk).theme == "own-theme"
    assert "own-theme" in editor.get("/teaching/new-themes/").content.decode()
