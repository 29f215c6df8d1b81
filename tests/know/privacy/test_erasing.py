"""Forgetting a person: every table, every file, the lake and the log; killed anywhere; and the receipt."""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.apps import apps
from django.conf import settings
from django.db import connections

from keskio.channels.simulator.store import Store
from keskio.config.wiring import make_intake
from keskio.events.api import append_events, events_of, spool_row
from keskio.events.contracts import NewEvent
from keskio.kernel.clock import VirtualClock, now, now_micros
from keskio.kernel.holdings import holdings
from keskio.kernel.sql import fetch, run
from keskio.know.actions import NoSuchCustomer
from keskio.know.api import (
    all_customer_ids,
    ask_consent,
    customer_by,
    find_or_create,
    give_consent,
    import_people,
    people_of,
)
from keskio.know.contracts import NewPerson
from keskio.know.finding import Wanted, customers_found
from keskio.know.imports.models import FaultRow, Import
from keskio.know.ledger import place
from keskio.know.objects.models import Object
from keskio.know.privacy.erasing import begin, run_to_end, step
from keskio.know.privacy.forgetting import blocked_among, forgotten_among, list_file, listed_lines
from keskio.know.privacy.models import Demand, Erasure
from keskio.know.uniting import merge_customers
from keskio.lake import api as lake
from keskio.listen.actions import take_in
from keskio.listen.contracts import Post
from keskio.listen.interviews.actions import add_interview, add_quote, save_study
from keskio.listen.models import Mention
from keskio.respond.inbox.actions import open_case, reply
from keskio.respond.leads.models import Lead
from keskio.talk.api import publish
from keskio.tracking.actions import add_key, add_source
from tests.know.cast import server
from tests.know.privacy.test_unsubscribing import NEWS
from tests.talk.world import World, books

pytestmark = pytest.mark.django_db(transaction=True)
TRACES = (
    "aino.virtanen@example.com",
    "AINO.Virtanen@example.com",
    "+358457005555",
    "045 700 5555",
    "Aino Virtanen",
    "Virtanen",
    "crm-778899",
    "visitor-aino-4711",
    "aino-user-1",
)


@pytest.fixture(autouse=True)
def clean_folder() -> Iterator[None]:
    yield
    list_file().unlink(missing_ok=True)
    (Path(settings.DATA_DIR) / "simulator.sqlite3").unlink(missing_ok=True)


def segment_call(user: str, message: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "track",
        "event": "Order Completed",
        "userId": user,
        "messageId": message,
        **more,
    }


def settle_everywhere(clock: VirtualClock) -> tuple[World, int, int]:
    """Let Aino leave traces in every room, and Eero beside her; return the company and both."""
    world = World(clock)
    told = {
        "name": "Aino Virtanen",
        "first_name": "Aino Virtanen",
        "email": "AINO.Virtanen@example.com",
        "phone": "045 700 5555",
        "language": "fi",
    }
    names = [
        ("user_id", "aino-user-1"),
        ("crm", "crm-778899"),
        ("anonymous_id", "visitor-aino-4711"),
    ]
    aino = find_or_create(names, traits=told)
    world.people["aino"] = aino
    eero = world.person("eero")
    for channel in ("email", "sms"):
        give_consent(
            aino, purpose="marketing", channel=channel, source="shop", proof="Virtanen signed"
        )
    _requests(eero)
    publish(NEWS)
    world.tell("aino", "News Asked", note="Aino Virtanen")
    world.tell("eero", "News Asked")
    world.settle()
    world.tell("aino", "News Asked")
    world.run()  # the second letter waits to be handed over
    _rows(aino)
    _heard(aino)
    ask_consent(aino, purpose="research", channel="email", source="shop")
    Demand.objects.create(
        customer_id=aino, kind="erasure", made_at=1, due_at=2, source="page", note="Aino Virtanen"
    )
    _simulated()
    lake.bring_up_to_date()
    return world, aino, eero


def _requests(eero: int) -> None:
    source = add_source("shop", trust_client_time=False)
    add_key(source, browser=False, text="k")
    batch = {
        "batch": [
            segment_call("aino-user-1", "m1", properties={"note": "Virtanen"}),
            segment_call("eero", "m2", properties={"total": 5}),
        ]
    }
    meta = json.dumps({"trusted": True})
    spool_row(kind="segment", source=source.pk, meta=meta, body=json.dumps(batch).encode())
    bad = {"type": "track", "userId": "aino-user-1", "messageId": "m3", "name": "Aino Virtanen"}
    spool_row(kind="segment", source=source.pk, meta=meta, body=json.dumps(bad).encode())
    other = json.dumps(segment_call("eero", "m4")).encode()
    spool_row(kind="segment", source=source.pk, meta=meta, body=other)
    intake = make_intake()
    while intake.turn(now_micros()):
        pass


def _heard(aino: int) -> None:
    """Let Aino be heard and answered: in public, in a case, in an interview, on a lead."""
    post = Post(
        source="forum",
        source_id="1",
        text="Aino Virtanen tässä hei",
        at=now_micros(),
        author="Aino Virtanen",
        author_key="aino",
        channel="rss",
    )
    take_in([post])
    Mention.objects.update(customer_id=aino)
    case = open_case(
        customer=aino,
        channel="email",
        text="Terveisin Aino Virtanen",
        subject="Virtasen pyörä: Virtanen",
        name="Aino Virtanen",
        address="aino.virtanen@example.com",
    )
    reply(case.pk, "Hei Aino Virtanen", by="sari")
    Lead.objects.create(
        request="r-1", customer_id=aino, details={"note": "Aino Virtanen"}, opened_at=now()
    )
    titles = {"fi": "Tutkimus"}
    parts = [{"key": "a", "title": titles}]
    study = save_study("s", title=titles, phases=parts, themes=parts, by="sari")
    interview = add_interview(
        study,
        by="sari",
        who="Aino Virtanen",
        customer_id=aino,
        held_on=date(2026, 3, 1),
        consent="Virtanen suostui",
        consent_on=date(2026, 3, 1),
        text="Virtanen sanoi.",
    )
    add_quote(interview, 0, 8, phase="a", themes=["a"], by="sari")


def _rows(aino: int) -> None:
    """Fill the tables that no story above reaches, as their rooms would."""
    run(
        "INSERT INTO respond_task (title, customer_id, queue, skill, assignee, given_at, state, result,"
        " results, note, closed_by, dialogue, enrolment, visit, step)"
        " VALUES ('{\"fi\": \"Soita: Aino Virtanen\"}', %s, '', '', '', 1, 'open', '', '[]', 'Virtanen', '',"
        " '', 1, 1, '')",
        (aino,),
    )
    car = {"owner": "Aino Virtanen"}
    Object.objects.create(
        customer_id=aino,
        record_id=aino,
        kind="car",
        key="ABC-1",
        properties=json.dumps(car),
        created_at=1,
        updated_at=1,
        owned_at=1,
        told_at=1,
        source_id=0,
    )
    run(
        "INSERT INTO segments_membership (segment_id, customer_id, since) VALUES (1, %s, 1)",
        (aino,),
    )
    folder = Path(settings.DATA_DIR) / "imports"
    folder.mkdir(exist_ok=True)
    file = folder / "customers.csv"
    file.write_text("name,email\nAino Virtanen,aino.virtanen@example.com\n")
    job = Import.objects.create(
        name="customers.csv",
        path=str(file),
        state="done",
        created_at=1,
        examples='[{"email": "aino.virtanen@example.com"}]',
    )
    FaultRow.objects.create(
        job=job, row=2, column="email", value="aino.virtanen@example.com ", reason="x"
    )


def _simulated() -> None:
    store = Store(Path(settings.DATA_DIR) / "simulator.sqlite3")
    store.begin()
    store.add_message(
        "+358457005555", "to", other="Shop", text="Hei Aino Virtanen", at=1.0, state="sent"
    )
    store.add_message("+358400000001", "to", other="Shop", text="Hei Eero", at=1.0, state="sent")
    store.commit()
    store.close()


def traces_in_tables() -> list[tuple[str, str]]:
    found = []
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        alias = settings.SPOOL_ALIAS if table == "events_spooled" else "default"
        with connections[alias].cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = cursor.fetchall()
        for row in rows:
            text = "\n".join(
                bytes(v).decode("utf-8", "replace") if isinstance(v, bytes | memoryview) else str(v)
                for v in row
            )
            found += [(table, trace) for trace in TRACES if trace.lower() in text.lower()]
    return found


def traces_in_files() -> list[tuple[str, str]]:
    found = []
    needles = [trace.lower().encode() for trace in TRACES]
    for file in sorted(Path(settings.DATA_DIR).rglob("*")):
        if not file.is_file():
            continue
        raw = file.read_bytes().lower()
        if file.suffix == ".parquet":
            raw += str(pq.read_table(file).to_pylist()).lower().encode()
        found += [(file.name, needle.decode()) for needle in needles if needle in raw]
    return found


def test_no_trace_is_left_in_any_table_or_file_or_in_the_log_of_the_process(
    clock: VirtualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="keskio")
    _, aino, eero = settle_everywhere(clock)
    before = {table for table, _ in traces_in_tables()}
    assert before >= {
        "know_customer",
        "know_link",
        "know_consent",
        "events_event",
        "events_spooled",
        "talk_message",
        "respond_task",
        "inbox_case",
        "inbox_entry",
        "interviews_interview",
        "interviews_quote",
        "leads_lead",
        "listen_mention",
        "objects_object",
        "imports_import",
        "imports_fault",
        "privacy_notice",
        "privacy_demand",
        "tracking_quarantined",
    }
    assert any(name.endswith(".parquet") for name, _ in traces_in_files())

    done = run_to_end(begin(aino, reason="asked for it", by="admin").pk)

    assert done.state == Erasure.State.DONE
    assert traces_in_tables() == []
    assert traces_in_files() == []
    assert [
        line for line in caplog.messages if any(t.lower() in line.lower() for t in TRACES)
    ] == []
    assert done.working == "{}"
    assert done.counts["events_event"] >= 4
    assert [e.name for e in events_of([aino])] == ["customer.erased"]
    assert people_of([eero])[eero].email == "eero@example.com"
    assert "Order Completed" in [e.name for e in events_of([eero])]


def test_what_was_to_be_sent_is_withdrawn_at_once_and_the_books_balance(
    clock: VirtualClock,
) -> None:
    world, aino, _ = settle_everywhere(clock)
    waiting = "SELECT count(*) FROM talk_message WHERE state = 'claimed'"
    assert fetch(waiting) == [(2,)]  # a letter, and an answer that a person wrote

    erasure = begin(aino, reason="", by="admin")

    assert fetch(waiting) == [(0,)]
    assert world.send() == 0
    run_to_end(erasure.pk)
    world.settle()
    assert all(entered == accounted for entered, accounted in books().values())
    assert [outgoing.to for outgoing in world.outbox.sent].count("aino.virtanen@example.com") == 1


def test_nobody_finds_the_person_from_the_first_moment_on(clock: VirtualClock) -> None:
    _, aino, _ = settle_everywhere(clock)

    begin(aino, reason="", by="admin")

    assert customer_by("email", "aino.virtanen@example.com") is None
    again = find_or_create([("email", "aino.virtanen@example.com")])
    assert again != aino


def test_a_late_report_about_a_letter_is_nobodys(clock: VirtualClock) -> None:
    aino, eero = find_or_create([("crm", "K1")]), find_or_create([("crm", "K2")])

    begin(aino, reason="", by="admin")

    late = server(extra=(("customer", str(aino)),), name="delivery.reported")
    assert place([late]).customers == [0]
    assert all_customer_ids() == [eero]
    assert [row.id for row in customers_found(Wanted(), limit=10)] == [eero]


def test_killed_after_any_step_it_goes_on_and_comes_to_the_same_end(clock: VirtualClock) -> None:
    _, aino, _ = settle_everywhere(clock)
    erasure = begin(aino, reason="", by="admin")
    steps = 0
    while step(erasure.pk, now_micros()):
        steps += 1
        if steps % 3 == 0:
            for connection in connections.all():
                connection.close()  # another process goes on
    assert steps > len(holdings())
    assert Erasure.objects.get().state == Erasure.State.DONE
    assert traces_in_tables() == []


def test_what_comes_in_meanwhile_is_found_by_another_round(clock: VirtualClock) -> None:
    _, aino, _ = settle_everywhere(clock)
    erasure = begin(aino, reason="", by="admin")
    for _ in range(len(holdings()) + 5):
        step(erasure.pk, now_micros())
    append_events([NewEvent(aino, "Late", now_micros(), '{"properties":{"note":"Aino Virtanen"}}')])

    run_to_end(erasure.pk)

    assert traces_in_tables() == []


def test_it_waits_for_requests_that_have_not_been_taken_in(clock: VirtualClock) -> None:
    _, aino, _ = settle_everywhere(clock)
    body = json.dumps(segment_call("aino-user-1", "m9")).encode()
    source = fetch("SELECT min(id) FROM tracking_source")[0][0]
    spool_row(kind="segment", source=source, meta='{"trusted": true}', body=body)

    waits = run_to_end(begin(aino, reason="", by="admin").pk)

    assert (waits.state, waits.waits_for) == ("running", "requests that have not been taken in")
    make_intake().turn(now_micros())
    assert run_to_end(waits.pk).state == "done"


def test_the_receipt_tells_an_importer_that_somebody_asked_to_be_forgotten(
    clock: VirtualClock,
) -> None:
    _, aino, _ = settle_everywhere(clock)
    run_to_end(begin(aino, reason="", by="admin", block=True).pk)
    email = ("email", "aino.virtanen@example.com")

    assert blocked_among([email, ("email", "eero@example.com")]) == {email}
    assert forgotten_among([("crm", "crm-778899"), ("crm", "1")]) == {("crm", "crm-778899")}
    (line,) = listed_lines()
    assert line.records == (aino,)
    assert len(line.digests) == 4


def test_an_import_passes_over_who_is_to_stay_forgotten(clock: VirtualClock) -> None:
    aino = find_or_create([("crm", "K1")], traits={"email": "aino.virtanen@example.com"})
    run_to_end(begin(aino, reason="", by="admin", block=True).pk)
    email = {"email": "aino.virtanen@example.com"}

    import_people(
        [
            NewPerson((("crm", "K9"), ("email", "aino.virtanen@example.com")), email),
            NewPerson((("crm", "K2"),), {"email": "eero@example.com"}),
        ]
    )

    assert customer_by("crm", "K2") is not None
    assert customer_by("crm", "K9") is None
    assert traces_in_tables() == []


def test_a_merged_customer_is_forgotten_with_all_records(clock: VirtualClock) -> None:
    first = find_or_create([("crm", "A1")], traits={"email": "aino.virtanen@example.com"})
    second = find_or_create([("crm", "A2")], traits={"name": "Aino Virtanen"})
    merge_customers(first, second)

    done = run_to_end(begin(second, reason="", by="admin").pk)

    assert sorted(done.records) == [first, second]
    assert traces_in_tables() == []


def test_nobody_is_forgotten_twice(clock: VirtualClock) -> None:
    aino = find_or_create([("crm", "A1")])
    erasure = begin(aino, reason="", by="admin")
    assert begin(aino, reason="", by="admin").pk == erasure.pk
    run_to_end(erasure.pk)
    with pytest.raises(NoSuchCustomer):
        begin(aino, reason="", by="admin")
    with pytest.raises(NoSuchCustomer):
        begin(987654, reason="", by="admin")


# Tables that hold nothing of customers, and why.
NOT_OF_PEOPLE = {
    "auth_": "users of the pages, who are staff",
    "axes_": "signing in of staff",
    "backtests_backtest": "wishes and figures; the people to look at have a table of their own",
    "calls_connection": "the company's other systems",
    "channels_account": "the company's own accounts",
    "channels_mailbox": "how far a mailbox has been read",
    "computed_definition": "what is computed",
    "contact_trial": "rules and counts",
    "desk_choices": "what staff like",
    "desk_deskrules": "rules",
    "desk_languagemodel": "an address of the company's",
    "desk_macro": "documents",
    "desk_notice": "what staff are to be told of: numbers of cases, names of themes",
    "desk_nudge": "which cases staff were called to",
    "desk_presence": "where staff look",
    "desk_snippet": "texts",
    "desk_telling": "what staff want to be told of",
    "desk_undo": "what staff can take back: numbers of cases",
    "desk_view": "lists of staff",
    "django_": "Django's own books, and sessions of staff",
    "duplicates_search": "when was looked for, with counts",
    "events_cursor": "how far a follower has come",
    "feedback_": "the page for feedback, and causes; what people said stands in their cases",
    "imports_table": "which tables are watched",
    "imports_told": "digests of messages, which nobody can read",
    "inbox_chatsettings": "how the chat looks, and where it may stand",
    "inbox_calendar": "working hours",
    "inbox_queue": "queues",
    "inbox_rules": "rules",
    "inbox_target": "targets",
    "inbox_timing": "spans of time by case",
    "interviews_study": "phases and themes",
    "jobs_": "who does which work",
    "know_identifierrule": "rules; shared mailboxes are the company's",
    "know_ledgermark": "a number",
    "leads_calllist": "what is called about; who is called stands in tasks",
    "leads_feed": "calendars of staff",
    "listen_policy": "rules",
    "listen_reread": "wishes of staff, with counts",
    "listen_stepday": "counts by the day",
    "objects_kind": "kinds of things",
    "printing_picture": "pictures by what letters are about, such as a model of car",
    "printing_printrun": "counts; its letters are messages",
    "privacy_consenttext": "texts",
    "privacy_erasure": "receipts: numbers and keyed digests; what is under way empties itself",
    "privacy_forgotten": "keyed digests, kept so that the person stays forgotten",
    "privacy_purpose": "purposes",
    "privacy_retention": "rules",
    "privacy_specialname": "names of events and traits",
    "profiles_clustermodel": "models, with counts",
    "profiles_clusterrun": "models, with counts",
    "profiles_persona": "described types, whom nobody is",
    "profiles_purchaserule": "rules",
    "profiles_rfmversion": "cut points and counts",
    "profiles_valuefit": "parameters and counts",
    "profiles_work": "what is under way",
    "publishing_draft": "documents",
    "publishing_note": "what staff did with documents",
    "publishing_rule": "a switch",
    "recovery_kindrules": "rules",
    "recovery_plan": "plans",
    "recovery_planversion": "plans",
    "respond_seat": "who of the staff takes which work",
    "segments_savedversion": "documents",
    "segments_segment": "documents and counts",
    "segments_stagemodel": "documents and counts",
    "segments_tally": "counts",
    "sources_source": "the company's own settings",
    "surveys_metric": "what is measured",
    "surveys_survey": "documents",
    "surveys_version": "documents",
    "talk_change": "plans and counts",
    "talk_contactrules": "rules",
    "talk_dialogue": "documents",
    "talk_fanout": "things of a catalogue, and counts",
    "talk_offer": "offers and counts",
    "talk_tally": "counts",
    "talk_version": "documents",
    "teaching_cluster": "words, and ids of mentions, whose texts are kept with the mentions",
    "teaching_label": "what staff said of mentions, by id; nothing of the texts",
    "teaching_refit": "wishes",
    "teaching_version": "hashed weights and figures",
    "tracking_eventday": "counts by the day",
    "tracking_hook": "the company's own settings",
    "tracking_key": "the company's keys",
    "tracking_planned": "the data plan",
    "tracking_planrule": "the data plan",
    "tracking_planversion": "the data plan",
    "tracking_seen": "digests of messages, which nobody can read",
    "tracking_source": "the company's systems",
    "trends_alert": "counts, and ids of mentions, whose texts are kept with the mentions",
    "web_profile": "users of the pages, who are staff",
    "wordlists_version": "documents",
}


def test_every_table_is_held_or_has_its_reason() -> None:
    held = {table for holding in holdings() for table in holding.tables}
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True)}
    free = {
        t
        for t in tables
        for name in NOT_OF_PEOPLE
        if t == name or (name.endswith("_") and t.startswith(name))
    }
    assert sorted(tables - held - free) == []
    assert sorted(held - tables) == []
    assert sorted(held & free) == []


def test_base64_is_no_hiding_place_in_the_spool(clock: VirtualClock) -> None:
    """A request is found by the moment of what it led to, also when its words cannot be read."""
    aino = find_or_create([("user_id", "aino-user-1")])
    body = base64.b64encode(b"Aino Virtanen")
    at = now_micros()
    spool_row(kind="email", source=0, meta="{}", body=body, received_at=at)
    append_events([NewEvent(aino, "message.received", at, '{"properties":{}}', received_at=at)])
    run("INSERT INTO events_cursor (name, position) VALUES ('intake', 1000000)")

    run_to_end(begin(aino, reason="", by="admin").pk)

    assert fetch("SELECT count(*) FROM events_spooled", (), settings.SPOOL_ALIAS) == [(0,)]
