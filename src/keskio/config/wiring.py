"""The one page that puts the rooms together: doors, parsers, jobs, panels.

Nobody imports it but the processes of this room: web, worker, and Django's list of addresses.
"""

from __future__ import annotations

import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from django.db import connections

from keskio.channels import api as channels_api
from keskio.channels import pages as channels_pages
from keskio.channels.inbound import Application, make_inbound
from keskio.events.api import cursor_of, open_spool, spool_waiting
from keskio.events.contracts import Envelope, NewEvent, Placed
from keskio.events.spool import Spool
from keskio.jobs.api import Checkpointer, Pruner, shared_out, wake
from keskio.jobs.contracts import Background, Job
from keskio.kernel.clock import Micros, now_micros
from keskio.know import handlers as know_handlers
from keskio.know import pages as know_pages
from keskio.know.computed import jobs as computed_jobs
from keskio.know.computed import pages as computed_pages
from keskio.know.duplicates import jobs as duplicates_jobs
from keskio.know.duplicates import pages as duplicates_pages
from keskio.know.groups import handlers as groups_handlers
from keskio.know.groups import pages as groups_pages
from keskio.know.imports import jobs as imports_jobs
from keskio.know.imports import pages as imports_pages
from keskio.know.objects import handlers as objects_handlers
from keskio.know.objects import jobs as objects_jobs
from keskio.know.objects import pages as objects_pages
from keskio.know.privacy import jobs as privacy_jobs
from keskio.know.privacy import pages as privacy_pages
from keskio.know.profiles import jobs as profiles_jobs
from keskio.know.profiles import pages as profiles_pages
from keskio.know.segments import jobs as segments_jobs
from keskio.know.segments import pages as segments_pages
from keskio.lake import api as lake_api
from keskio.listen import jobs as listen_jobs
from keskio.listen import pages as listen_pages
from keskio.listen.interviews import jobs as interviews_jobs
from keskio.listen.interviews import pages as interviews_pages
from keskio.listen.sources import jobs as sources_jobs
from keskio.listen.sources import pages as sources_pages
from keskio.listen.surveys import jobs as surveys_jobs
from keskio.listen.surveys import pages as surveys_pages
from keskio.listen.teaching import jobs as teaching_jobs
from keskio.listen.teaching import pages as teaching_pages
from keskio.listen.trends import jobs as trends_jobs
from keskio.listen.trends import pages as trends_pages
from keskio.listen.wordlists import jobs as wordlists_jobs
from keskio.listen.wordlists import pages as wordlists_pages
from keskio.measure import jobs as measure_jobs
from keskio.measure import pages as measure_pages
from keskio.respond import api as respond_api
from keskio.respond import handlers as respond_handlers
from keskio.respond import pages as respond_pages
from keskio.respond.desk import jobs as desk_jobs
from keskio.respond.desk import pages as desk_pages
from keskio.respond.feedback import jobs as feedback_jobs
from keskio.respond.feedback import pages as feedback_pages
from keskio.respond.inbox import jobs as inbox_jobs
from keskio.respond.inbox import pages as inbox_pages
from keskio.respond.leads import jobs as leads_jobs
from keskio.respond.leads import pages as leads_pages
from keskio.respond.promises import jobs as promises_jobs
from keskio.respond.promises import pages as promises_pages
from keskio.respond.recovery import jobs as recovery_jobs
from keskio.respond.recovery import pages as recovery_pages
from keskio.talk import api as talk_api
from keskio.talk import pages as talk_pages
from keskio.talk.backtests import jobs as backtests_jobs
from keskio.talk.backtests import pages as backtests_pages
from keskio.talk.calls import jobs as calls_jobs
from keskio.talk.calls import pages as calls_pages
from keskio.talk.contact import jobs as contact_jobs
from keskio.talk.contact import pages as contact_pages
from keskio.talk.gallery import jobs as gallery_jobs
from keskio.talk.gallery import pages as gallery_pages
from keskio.talk.offers import jobs as offers_jobs
from keskio.talk.offers import pages as offers_pages
from keskio.talk.printing import jobs as printing_jobs
from keskio.talk.printing import pages as printing_pages
from keskio.talk.publishing import jobs as publishing_jobs
from keskio.talk.publishing import pages as publishing_pages
from keskio.talk.replies import jobs as replies_jobs
from keskio.talk.replies import pages as replies_pages
from keskio.tracking import api as tracking_api
from keskio.tracking import pages as tracking_pages
from keskio.web import pages as web_pages

# The wings of the room `know`, in the order of the menu.
WINGS_PAGES = (
    segments_pages,
    profiles_pages,
    objects_pages,
    computed_pages,
    groups_pages,
    imports_pages,
    duplicates_pages,
    privacy_pages,
)
WINGS_JOBS = (
    objects_jobs,
    computed_jobs,
    segments_jobs,
    imports_jobs,
    duplicates_jobs,
    profiles_jobs,
    privacy_jobs,
)
# The wings of the room `talk`, and what measures its dialogues.
TALKING_PAGES = (
    publishing_pages,
    backtests_pages,
    contact_pages,
    offers_pages,
    gallery_pages,
    calls_pages,
    replies_pages,
    printing_pages,
    measure_pages,
)
TALKING_JOBS = (
    publishing_jobs,
    backtests_jobs,
    contact_jobs,
    offers_jobs,
    gallery_jobs,
    calls_jobs,
    replies_jobs,
    printing_jobs,
    measure_jobs,
)
# What listens, and what answers.
LISTENING_PAGES = (
    listen_pages,
    wordlists_pages,
    teaching_pages,
    sources_pages,
    trends_pages,
    surveys_pages,
    interviews_pages,
    inbox_pages,
    desk_pages,
    promises_pages,
    recovery_pages,
    leads_pages,
    feedback_pages,
)
LISTENING_JOBS = (
    listen_jobs,
    wordlists_jobs,
    teaching_jobs,
    sources_jobs,
    trends_jobs,
    surveys_jobs,
    interviews_jobs,
    inbox_jobs,
    desk_jobs,
    promises_jobs,
    recovery_jobs,
    leads_jobs,
    feedback_jobs,
)

# Who this process is to others that could do the same work: leases are held under this name.
OWNER = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def open_installation_spool() -> Spool:
    """Return the started spool whose commits wake the worker."""
    return open_spool(on_commit=wake)


def doors(spool: Spool) -> Mapping[str, Application]:
    """Return what machines call: raw ASGI apps by the beginning of their paths."""
    tracking = tracking_api.make_door(spool)
    return {
        "/in/": make_inbound(spool),
        **dict.fromkeys(tracking_api.PREFIXES, tracking),
    }


def make_intake() -> tracking_api.Intake:
    """Return the job that takes what the doors have spooled into the log."""
    return tracking_api.make_intake(
        channels_api.parsers(), know_handlers.place, absorb, guard=know_handlers.without_codes
    )


def absorb(envelopes: Sequence[Envelope], placed: Placed) -> list[NewEvent]:
    """Take in what envelopes tell and bring of their customers, in the intake's transaction."""
    channels_api.keep_files(envelopes, placed)
    return [
        *know_handlers.absorb(envelopes, placed),
        *objects_handlers.absorb(envelopes, placed),
        *groups_handlers.absorb(envelopes, placed),
    ]


def jobs() -> list[Job]:
    """Return what takes turns in the worker, in the order in which work flows."""
    intake = make_intake()
    return [
        intake,
        *talk_api.jobs(owner=OWNER, horizon=intake.caught_up_at),
        respond_api.TaskFollower(respond_handlers.follow),
        *lake_api.jobs(),
        *(job for wing in (*WINGS_JOBS, *TALKING_JOBS, *LISTENING_JOBS) for job in wing.jobs()),
        Pruner(tracking_api.prunes()),
    ]


def worker_jobs() -> list[Job]:
    """Return the jobs as one of several workers does them: one worker does all but intake and dialogues."""
    return shared_out(jobs(), owner=OWNER, everywhere=("intake", "runner"))


def runner_jobs() -> list[Job]:
    """Return what a process does that only takes customers through dialogues, beside a whole worker."""
    return [talk_api.runner(owner=OWNER, horizon=CaughtUp().at)]


class CaughtUp:
    """Watches from outside how far the intake has come."""

    def __init__(self) -> None:
        self._seen: Micros = 0

    def at(self) -> Micros:
        """Return the last moment at which everything that had been spooled was in the log."""
        now = now_micros()
        if not spool_waiting(cursor_of("intake")):
            self._seen = now
        return self._seen


def backgrounds(spool: Spool) -> list[Background]:
    """Return what has a thread of its own in the worker; what comes in goes to `spool`."""
    return [
        Checkpointer(sqlite_files()),
        *talk_api.backgrounds(owner=OWNER),
        *channels_api.backgrounds(spool),
        *lake_api.backgrounds(),
        *(
            background
            for wing in (*WINGS_JOBS, *TALKING_JOBS, *LISTENING_JOBS)
            for background in wing.backgrounds()
        ),
    ]


def register_pages() -> None:
    """Put every room's pages in the menu, and its panels on the pages of others."""
    web_pages.register()
    know_pages.register()
    for wing in WINGS_PAGES:
        wing.register()
    talk_pages.register()
    for wing in TALKING_PAGES:
        wing.register()
    respond_pages.register()
    for wing in LISTENING_PAGES:
        wing.register()
    tracking_pages.register()
    channels_pages.register()


def sqlite_files() -> list[Path]:
    """Return the files of this installation's databases on SQLite."""
    return [
        Path(connection.settings_dict["NAME"])
        for connection in connections.all()
        if connection.vendor == "sqlite"
    ]
