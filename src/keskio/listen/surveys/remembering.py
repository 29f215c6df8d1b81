"""What a browser remembers of a survey that it has answered by a link that names nobody.

One cookie for each survey, for these pages alone. While somebody answers it holds the way back to what she
has begun; afterwards only that this survey has been answered here, in the same words for everybody, so that
it tells nobody from another. It keeps people from answering twice by mistake or by habit. It does not stop
one who wants to: another browser, a private window or an emptied one begins anew, and we do not look for
ways around that, since all of them are ways of following people.
"""

from __future__ import annotations

import hashlib

from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse

from keskio.listen.surveys.models import Response
from keskio.talk.api import SurveyLink, make_survey_token, read_survey_token

PATH = "/s/"
SECOND = 1_000_000
_signer = Signer(salt="keskio.listen.surveys.answered")


def cookie_name(survey: str) -> str:
    """Return the name of a survey's cookie."""
    return f"keskio_survey_{hashlib.sha256(survey.encode()).hexdigest()[:12]}"


def has_answered(request: HttpRequest, survey: str) -> bool:
    """Tell whether this browser has answered the survey to its end."""
    try:
        return _signer.unsign(request.COOKIES.get(cookie_name(survey), "")) == survey
    except BadSignature:
        return False


def begun_here(request: HttpRequest, survey: str) -> Response | None:
    """Return the response that this browser has begun and not ended, if it is still there."""
    link = read_survey_token(request.COOKIES.get(cookie_name(survey), ""))
    if link is None or link.kind != "response" or link.survey != survey:
        return None
    rows = Response.objects.select_related("version", "survey")
    return rows.filter(pk=link.number, survey__key=survey, completed_at__isnull=True).first()


def remember(
    request: HttpRequest, answer: HttpResponse, row: Response, *, is_done: bool, again: int
) -> None:
    """Let the browser remember how far it has come; `again` (time): for how long, at least a day."""
    survey = row.survey.key
    on_the_way = make_survey_token(SurveyLink("response", survey, number=row.pk))
    answer.set_cookie(
        cookie_name(survey),
        _signer.sign(survey) if is_done else on_the_way,
        max_age=max(again // SECOND, 24 * 3600),
        path=PATH,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
