"""The inbox as people of each role see and use it: the list, a case, writing, collisions, doing, undoing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from keskio.kernel.clock import VirtualClock, now, to_micros
from keskio.respond.desk.actions import note_presence, save_draft, save_snippet, set_rules
from keskio.respond.desk.models import Draft, Nudge, Presence, Undo, View
from keskio.respond.desk.queries import newest_said
from keskio.respond.inbox.actions import add_entry, assign, close, note
from keskio.respond.inbox.models import Case, Entry
from keskio.respond.promises.actions import make
from keskio.respond.promises.contracts import NewPromise
from keskio.respond.promises.following import Promises
from keskio.respond.promises.models import Promise
from keskio.respond.promises.recognising import keeping_of
from tests.respond.desk.conftest import Opened, SignedIn

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
LIST_QUERIES = (
    20  # session, user, role; the rows; seven counts; people, presence, views, undo, choices …
)


def numbers(response: object) -> list[int]:
    return [row.case.pk for row, _, _ in response.context["rows"]]  # type: ignore[attr-defined]


def write(client: Client, case: Case, text: str, **told: str) -> object:
    given = {"way": "here", "text": text, "version": str(newest_said(case.pk)), "then": "wait"}
    return client.post(f"/inbox/{case.pk}/write/", {**given, **told})


def replies(case: Case) -> list[str]:
    sent = Entry.objects.filter(case=case, kind="out").order_by("number")
    return list(sent.values_list("text", flat=True))


def test_the_list_asks_no_more_for_more_rows(
    signed_in: SignedIn, opened: Opened, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    client = signed_in("reader")
    for _ in range(3):
        opened()
    with django_assert_max_num_queries(LIST_QUERIES) as three:  # type: ignore[attr-defined]
        client.get("/inbox/", headers={"hx-request": "true"})
    for _ in range(5):
        opened()
    with django_assert_max_num_queries(LIST_QUERIES) as eight:  # type: ignore[attr-defined]
        client.get("/inbox/", headers={"hx-request": "true"})

    assert len(three) == len(eight)


def test_the_list_stands_by_the_next_deadline_and_goes_on_from_its_end(
    signed_in: SignedIn, opened: Opened
) -> None:
    mail, chat, text = (
        opened(),
        opened(channel="chat"),
        opened(channel="sms", address="+358457000001"),
    )
    client = signed_in("reader")

    found = numbers(client.get("/inbox/"))

    assert found == [chat.pk, text.pk, mail.pk]
    last = Case.objects.get(pk=chat.pk)
    later = client.get("/inbox/", {"after": f"{last.place}.{last.sort_at}.{last.pk}"})
    assert numbers(later) == [text.pk, mail.pk]


def test_lists_are_narrowed_down_and_searched(signed_in: SignedIn, opened: Opened) -> None:
    one = opened("Lasku on väärä", kind="complaint", themes=["laskutus", "pyörän hinta"])
    two = opened("Milloin olette auki?", channel="chat", subject="Aukiolo")
    assign(two.pk, to="reader", by="editor")
    client = signed_in("reader")

    assert numbers(client.get("/inbox/", {"list": "mine"})) == [two.pk]
    assert numbers(client.get("/inbox/", {"list": "unassigned"})) == [one.pk]
    assert numbers(client.get("/inbox/", {"kind": "complaint"})) == [one.pk]
    assert numbers(client.get("/inbox/", {"theme": "laskutus"})) == [one.pk]
    assert numbers(client.get("/inbox/", {"theme": "pyörän hinta"})) == [one.pk]
    assert numbers(client.get("/inbox/", {"theme": "hinta"})) == []
    assert numbers(client.get("/inbox/", {"q": "VÄÄRÄ".lower()})) == [one.pk]
    assert numbers(client.get("/inbox/", {"q": f"#{two.pk}"})) == [two.pk]
    assert sorted(numbers(client.get("/inbox/", {"q": "aino"}))) == [one.pk, two.pk]
    assert numbers(client.get("/inbox/", {"q": "nothing like this"})) == []


def test_rows_say_how_much_time_is_left_and_who_is_late(
    signed_in: SignedIn, opened: Opened, clock: VirtualClock
) -> None:
    opened(channel="chat")
    client = signed_in("reader")
    assert "5 min left" in client.get("/inbox/").content.decode()

    clock.advance(timedelta(minutes=12))
    page = client.get("/inbox/")

    assert "7 min late" in page.content.decode()
    assert page.context["rows"][0][0].tone == "bad"


def test_the_menu_and_home_show_what_waits(signed_in: SignedIn, opened: Opened) -> None:
    case = opened()
    client = signed_in("reader")

    assert f'href="/inbox/{case.pk}/"' in client.get("/").content.decode()
    assert f"/inbox/{case.pk}/" in client.get(f"/customers/{case.customer_id}/").content.decode()


def test_a_reply_leaves_once_with_its_draft_gone(signed_in: SignedIn, opened: Opened) -> None:
    case = opened()
    client = signed_in("editor")
    client.post(f"/inbox/{case.pk}/draft/", {"way": "here", "text": "Hei", "version": "1"})
    assert Draft.objects.get().text == "Hei"

    write(client, case, "Hei Aino, soitan sinulle.")

    assert replies(case) == ["Hei Aino, soitan sinulle."]
    assert Draft.objects.count() == 0
    assert Case.objects.get(pk=case.pk).state == "waiting"


def test_a_draft_waits_for_its_writer_alone(signed_in: SignedIn, opened: Opened) -> None:
    case = opened()
    editor, admin = signed_in("editor"), signed_in("admin")
    editor.post(f"/inbox/{case.pk}/draft/", {"way": "note", "text": "Kesken jäänyt"})

    mine = editor.get(f"/inbox/{case.pk}/")

    assert (mine.context["composer"]["text"], mine.context["composer"]["way"]) == (
        "Kesken jäänyt",
        "note",
    )
    assert admin.get(f"/inbox/{case.pk}/").context["composer"]["text"] == ""


def test_a_newer_entry_is_asked_about_with_the_text_kept(
    signed_in: SignedIn, opened: Opened
) -> None:
    case = opened()
    client = signed_in("editor")
    seen = str(newest_said(case.pk))
    add_entry(case.pk, kind="in", author="customer", text="Ei tarvitsekaan enää!", is_public=True)

    asked = write(client, case, "Korjaamme pyörän.", version=seen)

    assert asked.status_code == 409  # type: ignore[attr-defined]
    page = asked.content.decode()  # type: ignore[attr-defined]
    assert "Ei tarvitsekaan enää!" in page
    assert replies(case) == []
    assert Draft.objects.get().text == "Korjaamme pyörän."
    write(client, case, "Korjaamme pyörän.", version=seen, is_seen="1")
    assert replies(case) == ["Korjaamme pyörän."]


def test_ones_own_note_is_no_collision(signed_in: SignedIn, opened: Opened) -> None:
    case = opened()
    client = signed_in("editor")
    seen = str(newest_said(case.pk))
    write(client, case, "Muistiin", way="note")

    write(client, case, "Hei!", version=seen)

    assert replies(case) == ["Hei!"]


def test_the_first_public_reply_is_confirmed_and_the_next_ones_are_not(
    signed_in: SignedIn, opened: Opened
) -> None:
    case = opened(channel="social", network="mastodon", address="@aino@example.social")
    client = signed_in("editor")

    asked = write(client, case, "Pahoittelut!")

    assert asked.status_code == 409  # type: ignore[attr-defined]
    assert "PUBLIC reply · Mastodon" in asked.content.decode()  # type: ignore[attr-defined]
    assert replies(case) == []
    write(client, case, "Pahoittelut!", is_confirmed="1")
    write(client, case, "Selvitämme.")
    assert replies(case) == ["Pahoittelut!", "Selvitämme."]
    assert [e.is_open_to_all for e in Entry.objects.filter(kind="out")] == [True, True]


def test_a_rule_may_do_without_the_question(signed_in: SignedIn, opened: Opened) -> None:
    set_rules(confirms_public=False, by="admin")
    case = opened(channel="social", network="mastodon", address="@aino@example.social")

    write(signed_in("editor"), case, "Kiitos!")

    assert replies(case) == ["Kiitos!"]


def test_the_conversation_goes_on_in_private(signed_in: SignedIn, opened: Opened) -> None:
    case = opened(channel="social", network="mastodon", address="@aino@example.social")
    client = signed_in("editor")

    write(client, case, "Kirjoitan yksityisesti.", way="direct")
    write(client, case, "Tässä tarkemmin.", way="email")
    write(client, case, "Ei kanavaa.", way="letter")

    sent = Entry.objects.filter(case=case, kind="out").order_by("number")
    assert [(e.channel, e.is_open_to_all, e.sending) for e in sent[:2]] == [
        ("social", False, "sending"),
        ("email", False, "sending"),
    ]


def test_a_reply_in_another_channel_is_a_reply_as_any_other(
    signed_in: SignedIn, opened: Opened
) -> None:
    case = opened(channel="social", network="mastodon", address="@aino@example.social")
    due = to_micros(now()) + 3_600_000_000
    keeping = keeping_of("Palaamme asiaan.", case.pk)
    promised = NewPromise(
        customer=case.customer_id, text="Palaamme", due_at=due, origin="reply", key="1",
        keeping=keeping, made_at=to_micros(now()) - 1, case=case.pk,
    )  # fmt: skip
    make(promised)

    write(signed_in("editor"), case, "Tässä tarkemmin.", way="email")

    case.refresh_from_db()
    assert (case.state, case.unread_count, case.assignee) == ("waiting", 0, "editor")
    Promises().turn(to_micros(now()))
    assert Promise.objects.get().state == "kept"


def test_a_note_is_internal_and_nudges_who_is_mentioned(
    signed_in: SignedIn, opened: Opened
) -> None:
    case = opened()
    editor, admin = signed_in("editor"), signed_in("admin")

    write(editor, case, "Katsotko @admin, myös @nobody.", way="note")

    note = Entry.objects.get(case=case, kind="note")
    assert (note.is_public, note.told) == (False, {"mentions": ["admin"]})
    assert list(Nudge.objects.values_list("username", flat=True)) == ["admin"]
    assert numbers(admin.get("/inbox/", {"list": "nudged"})) == [case.pk]
    assert "mentioned you" in admin.get("/").content.decode()
    page = admin.get(f"/inbox/{case.pk}/").content.decode()
    assert "Internal" in page
    assert numbers(admin.get("/inbox/", {"list": "nudged"})) == []


def test_who_else_is_there_is_shown_and_passes(
    signed_in: SignedIn, opened: Opened, clock: VirtualClock
) -> None:
    case = opened()
    note_presence(case.pk, "siiri", is_writing=True)
    client = signed_in("editor")

    assert "siiri is writing here now." in client.get(f"/inbox/{case.pk}/").content.decode()
    clock.advance(timedelta(seconds=25))
    assert "siiri" not in client.get(f"/inbox/{case.pk}/").content.decode()


def test_a_pulse_brings_what_is_new_and_says_that_one_is_there(
    signed_in: SignedIn, opened: Opened
) -> None:
    case = opened()
    seen = newest_said(case.pk)
    add_entry(case.pk, kind="in", author="customer", text="Vielä yksi asia", is_public=True)
    client = signed_in("editor")

    page = client.post(f"/inbox/{case.pk}/pulse/", {"seen": str(seen), "writing": "1"})

    assert "Vielä yksi asia" in page.content.decode()
    assert "The customer has written a new message." in page.content.decode()
    assert Presence.objects.get(username="editor").is_writing is True
    again = client.post(f"/inbox/{case.pk}/pulse/", {"seen": str(newest_said(case.pk))})
    assert "Vielä yksi asia" not in again.content.decode()


def test_ready_texts_are_written_for_the_customer(signed_in: SignedIn, opened: Opened) -> None:
    case = opened()
    text = {"fi": "Hei {{ customer.first_name }}, tapaus {{ case.number }}. {{ me.name }}"}
    save_snippet(None, key="moi", title={"fi": "Moi"}, text=text, by="editor")
    client = signed_in("editor")
    told = {"insert": "snippet:moi", "way": "here", "text": "Alku"}

    plain = client.post(f"/inbox/{case.pk}/insert/", told, headers={"accept": "text/plain"})
    client.post(f"/inbox/{case.pk}/insert/", told)

    written = f"Hei Aino, tapaus {case.pk}. editor"
    assert plain.content.decode() == written
    assert Draft.objects.get().text == f"Alku\n\n{written}"


def test_a_promise_is_heard_in_a_reply_and_tracked_when_confirmed(
    signed_in: SignedIn, opened: Opened
) -> None:
    case = opened()
    client = signed_in("editor")
    text = "Hei Aino! Soitamme sinulle huomenna klo 10 mennessä."

    heard = client.post(f"/inbox/{case.pk}/draft/", {"way": "here", "text": text})
    (promise,) = heard.context["composer"]["promises"]
    write(client, case, text, promise=promise.text)

    made = Promise.objects.get()
    assert (made.customer_id, made.case_id, made.owner) == (case.customer_id, case.pk, "editor")
    assert made.due_at == now() + timedelta(days=1, hours=1)


def test_an_unconfirmed_promise_is_not_tracked(signed_in: SignedIn, opened: Opened) -> None:
    case = opened()
    write(signed_in("editor"), case, "Soitamme sinulle huomenna klo 10 mennessä.")

    assert Promise.objects.count() == 0


def test_one_case_is_given_snoozed_closed_and_put_back(signed_in: SignedIn, opened: Opened) -> None:
    case, next_one = opened(), opened()
    client = signed_in("editor")

    client.post(f"/inbox/{case.pk}/assign/", {"value": "editor"})
    assert Case.objects.get(pk=case.pk).assignee == "editor"
    away = client.post(f"/inbox/{case.pk}/snooze/", {"value": "tomorrow"})
    assert away["location"] == f"/inbox/{next_one.pk}/"
    slept = Case.objects.get(pk=case.pk)
    assert (slept.state, slept.snoozed_until) == ("snoozed", now() + timedelta(days=1))
    client.post(f"/inbox/{next_one.pk}/close/")
    assert Case.objects.get(pk=next_one.pk).state == "closed"
    client.post(f"/inbox/undo/{Undo.objects.latest('pk').pk}/")
    assert Case.objects.get(pk=next_one.pk).state != "closed"


def test_several_are_done_at_once_and_undone(signed_in: SignedIn, opened: Opened) -> None:
    cases = [opened() for _ in range(3)]
    assign(cases[0].pk, to="siiri", by="editor")
    client = signed_in("editor")
    chosen = [str(case.pk) for case in cases]

    client.post("/inbox/bulk/", {"case": chosen, "do": "assign", "to": "editor"})
    assert {c.assignee for c in Case.objects.all()} == {"editor"}
    close(cases[2].pk, by="editor")
    client.post(f"/inbox/undo/{Undo.objects.get().pk}/")

    owners = Case.objects.order_by("pk").values_list("assignee", flat=True)
    assert list(owners) == ["siiri", "", "editor"]  # the last one has changed since


def test_undoing_is_ones_own_and_once(signed_in: SignedIn, opened: Opened) -> None:
    case = opened()
    editor, admin = signed_in("editor"), signed_in("admin")
    editor.post(f"/inbox/{case.pk}/close/")
    undo = Undo.objects.get()

    admin.post(f"/inbox/undo/{undo.pk}/")
    assert Case.objects.get(pk=case.pk).state == "closed"
    editor.post(f"/inbox/undo/{undo.pk}/")
    editor.post(f"/inbox/undo/{undo.pk}/")
    assert Case.objects.get(pk=case.pk).state == "open"


def test_nothing_chosen_and_nobody_known_are_sentences(signed_in: SignedIn, opened: Opened) -> None:
    case = opened()
    client = signed_in("editor")

    page = client.post("/inbox/bulk/", {"do": "close"}, follow=True).content.decode()
    assert "Choose at least one case first." in page
    told = client.post(f"/inbox/{case.pk}/assign/", {"value": "nobody-here"}, follow=True)
    assert "There is nobody with that name to give cases to." in told.content.decode()


def test_cases_are_merged_and_messages_split_off(signed_in: SignedIn, opened: Opened) -> None:
    one, two = opened("Ensimmäinen"), opened("Toinen")
    client = signed_in("editor")

    client.post(f"/inbox/{two.pk}/merge/", {"number": f"#{one.pk}"})
    page = client.get(f"/inbox/{two.pk}/", follow=True)
    assert page.context["case"].pk == one.pk
    assert "Toinen" in page.content.decode()

    add_entry(one.pk, kind="in", author="customer", text="Aivan muuta", is_public=True)
    number = Entry.objects.get(text="Aivan muuta").number
    client.post(f"/inbox/{one.pk}/split/", {"entry": str(number), "subject": "Muuta"})
    assert Case.objects.latest("pk").subject == "Muuta"


def test_a_list_is_saved_for_oneself_or_everybody(signed_in: SignedIn, opened: Opened) -> None:
    case = opened(kind="complaint")
    opened()
    editor, admin = signed_in("editor"), signed_in("admin")

    editor.post("/inbox/views/?list=all&kind=complaint", {"title": "Valitukset"})
    editor.post("/inbox/views/?list=late", {"title": "Kaikkien", "for_all": "1"})

    mine = View.objects.get(title="Valitukset")
    assert numbers(editor.get(f"/inbox/?view={mine.pk}")) == [case.pk]
    assert "Valitukset" not in admin.get("/inbox/").content.decode()
    assert "Kaikkien" in admin.get("/inbox/").content.decode()
    assert admin.post(f"/inbox/views/{mine.pk}/drop/").status_code == 404


def test_keys_are_switched_off_in_the_profile(signed_in: SignedIn, opened: Opened) -> None:
    case = opened()
    client = signed_in("editor")
    assert 'aria-keyshortcuts="e"' in client.get(f"/inbox/{case.pk}/").content.decode()

    client.post("/inbox/keys/", {})

    page = client.get(f"/inbox/{case.pk}/").content.decode()
    assert 'aria-keyshortcuts="e"' not in page
    assert "<inbox-keys data-list" in page
    client.post("/inbox/keys/", {"has_keys": "on"})
    assert "<inbox-keys data-on" in client.get(f"/inbox/{case.pk}/").content.decode()


def test_a_reader_sees_and_changes_nothing(signed_in: SignedIn, opened: Opened) -> None:
    case = opened()
    client = signed_in("reader")

    page = client.get(f"/inbox/{case.pk}/").content.decode()

    assert "<textarea" not in page
    for path in ("write/", "draft/", "insert/", "close/", "assign/", "merge/", "split/", "model/"):
        assert client.post(f"/inbox/{case.pk}/{path}", {"text": "x"}).status_code == 403
    assert client.post("/inbox/bulk/", {"case": [case.pk], "do": "close"}).status_code == 403
    for path in ("snippets/add/", "macros/add/", "language-model/", "targets/add/"):
        assert client.get(f"/inbox/{path}").status_code == 403
    assert replies(case) == []
    assert Case.objects.get(pk=case.pk).state == "new"


def test_a_case_that_is_not_there_is_a_page_404(signed_in: SignedIn) -> None:
    assert signed_in("editor").get("/inbox/4711/").status_code == 404


def test_what_was_sent_meanwhile_is_no_draft_any_more(opened: Opened) -> None:
    case = opened()
    version = Entry.objects.filter(case_id=case.pk).count()
    note(case.pk, "Kysy korjaamolta tänään", by="aino")

    def saves(name: str, text: str) -> bool:
        return save_draft(case, name, kind="note", text=text, version=version) is not None

    assert not saves("aino", "Kysy korjaamolta")
    assert saves("aino", "Kysy varastolta")
    assert saves("eero", "Kysy korjaamolta")
