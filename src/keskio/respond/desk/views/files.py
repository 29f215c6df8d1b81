"""Files that customers have sent: pictures are shown, everything else is only handed out.

A stranger wrote what is in them: nothing of it may run here, whatever it says that it is.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from keskio.channels.api import file_of
from keskio.respond.inbox.models import Entry

POLICY = "default-src 'none'; sandbox"


@require_safe
def file(request: HttpRequest, entry: int, number: int) -> HttpResponse:
    """Show a picture, or hand out any other file, that came with an entry; `?save` always hands it out."""
    said = get_object_or_404(Entry, pk=entry)
    found = file_of(said.told.get("files", ""), number)
    if found is None:
        raise Http404(_("There is no such file."))
    listed, body = found
    is_shown = bool(listed.kind) and "save" not in request.GET
    kind = f"image/{listed.kind}" if is_shown else "application/octet-stream"
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = content_disposition_header(not is_shown, listed.name) or ""
    answer["Content-Security-Policy"] = POLICY
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, max-age=3600"
    return answer
