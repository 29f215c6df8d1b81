"""The address that other systems call with messages: `/hear/KEY/`, signed, bounded, each call once.

What is answered, always as JSON: 200 {"taken", "new"}; 400 headers are missing; 401 the signature or the
time does not fit; 404 no such source; 413 too large; 422 the body cannot be read, with the field; 429 too
many calls, with Retry-After; 503 the source is paused. 200 means that everything is stored.
"""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from keskio.jobs.api import wake
from keskio.kernel.clock import Micros, now_micros
from keskio.kernel.errors import Mistake, Refused
from keskio.listen.sources.actions import Changed, note_faults, save_haul
from keskio.listen.sources.contracts import Source
from keskio.listen.sources.faults import told_of
from keskio.listen.sources.kinds.webhook import check_signature, haul_of
from keskio.listen.sources.queries import source_by_key
from keskio.web.limits import is_too_much

LARGEST = 1024 * 1024
MINUTE = 60
CALLS, WRONG = 600, 60


@csrf_exempt
@login_not_required
@require_POST
def hear(request: HttpRequest, key: str) -> JsonResponse:
    """Take in the messages of a call."""
    source = source_by_key(key)
    if source is None or source.kind != "webhook":
        return _no(404, "not_found", "There is no such source. Check the address.")
    size = request.META.get("CONTENT_LENGTH") or "0"
    if not size.isdecimal() or int(size) > LARGEST:
        return _no(413, "too_large", f"At most {LARGEST} bytes fit in one call.")
    return _take(source, request)


def _take(source: Source, request: HttpRequest) -> JsonResponse:
    now = now_micros()
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        number = check_signature(source, headers, request.body, now=now)
    except (Refused, Mistake) as fault:
        return _turned_away(source, request, fault, now)
    # Counted only now: whoever knows the address alone must not use up the calls of the other system.
    if not _may_call(source):
        return _too_many()
    try:
        haul = haul_of(source, number, request.body, now=now)
        new = save_haul(source, haul)
    except Mistake as mistake:
        note_faults(source.id, [told_of("unread", said=mistake.message)], at=now)
        return _no(422, "body", mistake.message)
    except Changed:
        answer = _no(
            503, "paused", "The source is paused or was just changed. Send this again later."
        )
        answer["Retry-After"] = str(MINUTE)
        return answer
    wake()
    return JsonResponse({"taken": len(haul.posts) + len(haul.gone), "new": new})


def _turned_away(
    source: Source, request: HttpRequest, fault: Refused | Mistake, now: Micros
) -> JsonResponse:
    """Say why a call without a right signature is not taken, and note it, but not for ever."""
    if is_too_much(request, "listen.hear.wrong", WRONG):
        return _too_many()
    if isinstance(fault, Mistake):
        note_faults(source.id, [told_of("unread", said=fault.message)], at=now)
        return _no(400, "headers", fault.message)
    reason = str(fault.fields.get("reason", "signature"))
    note_faults(source.id, [told_of(reason)], at=now)
    return _no(401, reason, fault.message)


def _too_many() -> JsonResponse:
    answer = _no(429, "too_many", "Too many calls in a minute. Come back in one.")
    answer["Retry-After"] = str(MINUTE)
    return answer


def _may_call(source: Source) -> bool:
    place = f"listen.hear.{source.id}.{now_micros() // (MINUTE * 1_000_000)}"
    cache.add(place, 0, 2 * MINUTE)
    return int(cache.incr(place)) <= source.number("calls", CALLS)


def _no(status: int, code: str, sentence: str) -> JsonResponse:
    return JsonResponse({"error": code, "sentence": sentence}, status=status)
