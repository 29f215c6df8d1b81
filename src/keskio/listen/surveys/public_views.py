"""The pages on which surveys are answered: one question a page, by link, without signing in or scripts.

Reading records nothing, whatever stands in the address: mail scanners open every link of a letter. A
score in the address only chooses it; a POST records. The link is the permission to answer, so that forms
need no other token; a POST that another site sends is refused.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

import msgspec
from csp.decorators import csp
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from keskio.engine.survey import flow
from keskio.engine.survey.answering import NoAnswer, moved, read_given
from keskio.engine.survey.contrast import contrast, text_on
from keskio.engine.survey.form import Question
from keskio.engine.survey.form import Survey as Form
from keskio.kernel.sql import storable
from keskio.listen.surveys import limits
from keskio.listen.surveys.drawing import (
    EMBED,
    KIOSK,
    PAGE,
    Frame,
    frame_of,
    languages_of,
    page_of,
)
from keskio.listen.surveys.models import Response, Version
from keskio.listen.surveys.queries import form_of, live_version
from keskio.listen.surveys.remembering import begun_here, has_answered, remember
from keskio.listen.surveys.responding import Begun, begin, complete, nonce_of_asking, save
from keskio.talk.api import SurveyLink, make_survey_token, read_survey_token

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
CHANNELS = {PAGE: "link", EMBED: "web", KIOSK: "kiosk"}
LONGEST_COMMENT = 4000
_POLICY: dict[str, Any] = {
    "default-src": ["'none'"],
    "style-src": ["'self'"],
    "script-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
_EMBEDDED = {**_POLICY, "frame-ancestors": ["*"]}


def by_link(policy: dict[str, Any]) -> Callable[[View[P]], View[P]]:
    """Let a view be opened by its link alone, keep it out of indexes and caches, count its visits."""

    def decorated(view: View[P]) -> View[P]:
        @wraps(view)
        def opened(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            most = limits.ANSWERS if request.method == "POST" else limits.VISITS
            if limits.is_too_much(request, f"survey.{request.method}", most):
                response = _plain(request, "busy", status=429)
                response["Retry-After"] = str(limits.WINDOW)
            elif request.method == "POST" and _is_foreign(request):
                response = _plain(request, "foreign", status=403)
            else:
                response = view(request, *args, **kwargs)
            response["X-Robots-Tag"] = "noindex, nofollow, noarchive"
            response["Referrer-Policy"] = "no-referrer"
            return response

        guarded = require_http_methods(["GET", "HEAD", "POST"])(csp(policy)(opened))
        return cast("View[P]", login_not_required(csrf_exempt(never_cache(guarded))))

    return decorated


def _is_foreign(request: HttpRequest) -> bool:
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "cross-site"


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """A request, understood: by which link, to which survey, and how far the response has come."""

    token: str
    mode: str
    link: SurveyLink
    version: Version
    form: Form
    response: Response | None
    language: str

    @property
    def answers(self) -> Mapping[str, Any]:
        """The answers so far."""
        return self.response.answers if self.response else {}

    def address(self, key: str = "", response: Response | None = None) -> str:
        """Return the address of a question ("" for the beginning) within this visit."""
        token = self.token
        if response is not None:
            token = make_survey_token(
                SurveyLink(
                    "response", self.link.survey, customer=self.link.customer, number=response.pk
                )
            )
        return f"{path_of(self.mode, token, key)}?lang={self.language}"


def path_of(mode: str, token: str, key: str = "") -> str:
    """Return the path of a question ("" for the beginning) as a page, embedded, or on a shared screen."""
    name = {PAGE: "answer", EMBED: "embedded", KIOSK: "kiosk"}[mode]
    if key:
        return reverse(f"surveys:{name}_question", args=[token, key])
    return reverse(f"surveys:{name}", args=[token])


@by_link(_POLICY)
def answer(request: HttpRequest, token: str, key: str = "") -> HttpResponse:
    """Show a question of a survey, or take the answer to it."""
    return _answer(request, PAGE, token, key)


@by_link(_POLICY)
def kiosk(request: HttpRequest, token: str, key: str = "") -> HttpResponse:
    """Show the same on a shared screen: large, without names, and back to the beginning after thanks."""
    return _answer(request, KIOSK, token, key)


@xframe_options_exempt
@by_link(_EMBEDDED)
def embedded(request: HttpRequest, token: str, key: str = "") -> HttpResponse:
    """Show the same inside another page, for links that name nobody or were made for it."""
    return _answer(request, EMBED, token, key)


def _answer(request: HttpRequest, mode: str, token: str, key: str) -> HttpResponse:
    link = read_survey_token(token)
    if link is None or (mode != PAGE and link.kind == "asked"):
        return _broken(request)
    visit = _visit(request, mode, token, link)
    if isinstance(visit, HttpResponse):
        return visit
    with translation.override(visit.language):
        if _is_unnamed(mode, link, visit.form) and has_answered(request, visit.version.survey.key):
            return _plain(request, "answered", status=200, language=visit.language)
        if request.method == "POST":
            return _take(request, visit, key)
        return _show_at(request, visit, key)


def _visit(request: HttpRequest, mode: str, token: str, link: SurveyLink) -> Visit | HttpResponse:
    response = _begun(link)
    if response is not None:
        version: Version | None = response.version
    else:
        version = live_version(link.survey) if link.kind != "response" else None
    if version is None:
        return _plain(request, "closed", status=410)
    form = form_of(version)
    if response is None and _is_unnamed(mode, link, form):
        response = begun_here(request, link.survey)
        version = response.version if response is not None else version
        form = form_of(version)
    language = _language(request, form, response)
    return Visit(
        token=token,
        mode=mode,
        link=link,
        version=version,
        form=form,
        response=response,
        language=language,
    )


def _begun(link: SurveyLink) -> Response | None:
    rows = Response.objects.select_related("version", "survey")
    if link.kind == "response":
        return rows.filter(pk=link.number).first()
    nonce = _nonce_of(link)
    return rows.filter(nonce=nonce).first() if nonce else None


def _nonce_of(link: SurveyLink) -> str:
    """Return what names the response to an invitation: one each; "" where everybody begins anew."""
    if link.kind == "asked":
        return (
            nonce_of_asking(link.survey, link.enrolment) if link.enrolment else f"m{link.message}"
        )
    return f"k{link.number}" if link.kind == "known" else ""


def _is_unnamed(mode: str, link: SurveyLink, form: Form) -> bool:
    """Tell whether nothing but the browser can say that somebody has answered before.

    On a shared screen everybody begins anew; a link of a response is the way back to it.
    """
    if mode == KIOSK or link.kind == "response":
        return False
    return form.anonymous or not _nonce_of(link)


def _show_at(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    response = visit.response
    if response is not None and response.completed_at is not None:
        return _thanks(request, visit)
    if response is not None and not key:
        question = flow.resumes_at(visit.form, _given(visit.answers), visit.answers)
        return HttpResponseRedirect(visit.address(question.key, response), status=303)
    question = _asked_for(visit, key)
    chosen = _chosen(request, question, visit)
    return _question(request, visit, question, chosen)


def _asked_for(visit: Visit, key: str) -> Question:
    path = flow.path_of(visit.form, _given(visit.answers))
    return next((question for question in path if question.key == key), path[0])


def _given(answers: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answers.items() if value is not None}


def _chosen(request: HttpRequest, question: Question, visit: Visit) -> Any:
    """Return what stands chosen: what was answered before, else the score of the address."""
    if visit.answers.get(question.key) is not None:
        return visit.answers[question.key]
    told = request.GET.get("a", "")
    scale = question.scale
    if scale is not None and told.isascii() and told.isdigit() and len(told) < 4:
        return int(told) if int(told) in scale.values else None
    return told if question.kind in ("emotion", "choice") and told in question.options else None


def _take(request: HttpRequest, visit: Visit, key: str) -> HttpResponse:
    if visit.response is not None and visit.response.completed_at is not None:
        return _thanks(request, visit)
    question = _asked_for(visit, key)
    if key and question.key != key:  # another window has made it pointless: it answers nothing else
        return HttpResponseRedirect(visit.address("", visit.response), status=303)
    told = {name: [storable(one) for one in request.POST.getlist(name)] for name in request.POST}
    if question.kind == "ranking" and request.POST.get("move"):
        which, _, way = request.POST["move"].rpartition(":")
        order = moved(told.get("answer", ()), which, -1 if way == "up" else 1)
        return _question(request, visit, question, order, moved_key=which)
    comment = _comment(question, told)
    try:
        value = read_given(question, told)
    except NoAnswer as no:
        kept = _as_given(question, told)
        return _question(request, visit, question, kept, wrong=no.code, comment=comment)
    response = _response_of(request, visit)
    response = save(response, question, value, comment, language=visit.language)
    following = flow.next_after(visit.form, _given(response.answers), question.key)
    if following is None:
        complete(response, customer=visit.link.customer)
    address = visit.address(following.key if following else "", response)
    answer = HttpResponseRedirect(address, status=303)
    if visit.mode != KIOSK and (visit.form.anonymous or not response.customer_id):
        remember(request, answer, response, is_done=following is None, again=visit.form.again)
    return answer


def _as_given(question: Question, told: Mapping[str, Sequence[str]]) -> Any:
    """Return what somebody had written or chosen, to be shown again beside the error."""
    if question.kind == "matrix":
        return {row: told[f"row-{row}"][0] for row in question.rows if told.get(f"row-{row}")}
    given = list(told.get("answer", ()))
    return given if question.kind == "ranking" or question.many else (given or [""])[0]


def _comment(question: Question, told: Mapping[str, Sequence[str]]) -> str:
    """Return what was written into the comment box that was shown: that of the score's group."""
    scale = question.scale
    value = (told.get("answer") or [""])[0]
    names = ["comment"]
    if scale is not None and value.isascii() and value.isdigit() and int(value) in scale.values:
        names.insert(0, f"comment-{scale.group_of(int(value))}")
    written = [text.strip() for name in names for text in told.get(name, ()) if text.strip()]
    return written[0][:LONGEST_COMMENT] if written else ""


def _response_of(request: HttpRequest, visit: Visit) -> Response:
    if visit.response is not None:
        return visit.response
    given = request.POST.get("nonce", "")
    nonce = _nonce_of(visit.link) or (given if len(given) == 22 else secrets.token_urlsafe(16))
    if visit.form.anonymous:
        nonce = given if len(given) == 22 else secrets.token_urlsafe(16)
    told = Begun(
        version=visit.version.pk,
        nonce=nonce,
        channel=CHANNELS[visit.mode],
        language=visit.language,
        customer=visit.link.customer,
        enrolment=visit.link.enrolment,
    )
    with transaction.atomic():
        return begin(visit.version, told)


def _question(  # noqa: PLR0913 - a visit, its question, and how it is shown
    request: HttpRequest,
    visit: Visit,
    question: Question,
    chosen: Any,
    *,
    wrong: str = "",
    comment: str | None = None,
    moved_key: str = "",
) -> HttpResponse:
    answers = _given(visit.answers)
    earlier = flow.before(visit.form, answers, question.key)
    written = visit.response.comments.get(question.key, "") if visit.response else ""
    page = page_of(
        visit.form,
        question,
        chosen,
        language=visit.language,
        progress=flow.progress_at(visit.form, answers, question.key),
        wrong=wrong,
        comment=written if comment is None else comment,
    )
    context = {
        "frame": _frame(visit),
        "page": page,
        "nonce": secrets.token_urlsafe(16),
        "moved_key": moved_key,
        "action": visit.address(question.key if visit.response else ""),
        "back": visit.address(earlier.key) if earlier else "",
        "is_first": earlier is None,
        "restart": _restart(visit) if visit.mode == KIOSK and visit.response else "",
    }
    return render(request, "surveys/question.html", context, status=422 if wrong else 200)


def _thanks(request: HttpRequest, visit: Visit) -> HttpResponse:
    context = {
        "frame": _frame(visit),
        "restart": _restart(visit) if visit.mode == KIOSK else "",
    }
    return render(request, "surveys/thanks.html", context)


def _restart(visit: Visit) -> str:
    """Return where the next person begins on a shared screen."""
    token = make_survey_token(SurveyLink("kiosk", visit.link.survey))
    return path_of(KIOSK, token)


def _frame(visit: Visit) -> Frame:
    return frame_of(visit.form, visit.language, mode=visit.mode)


def _language(request: HttpRequest, form: Form, response: Response | None) -> str:
    asked = request.GET.get("lang", "")
    if asked in form.languages:
        return asked
    if response is not None and response.language in form.languages:
        return response.language
    for part in request.headers.get("Accept-Language", "").split(","):
        language = part.strip()[:2].lower()
        if language in form.languages:
            return language
    return form.languages[0]


def _broken(request: HttpRequest) -> HttpResponse:
    if limits.is_too_much(request, "survey.wrong", limits.WRONG_LINKS):
        return _plain(request, "busy", status=429)
    return _plain(request, "broken", status=404)


def _plain(request: HttpRequest, what: str, *, status: int, language: str = "") -> HttpResponse:
    language = language or translation.get_language_from_request(request)
    with translation.override(language):
        context = {"what": what, "language": language, "languages": languages_of(("fi", "en"))}
        return render(request, "surveys/plain.html", context, status=status)


@login_not_required
@cache_control(max_age=86_400, public=True)
def theme(_request: HttpRequest, main: str, paper: str, ink: str) -> HttpResponse:
    """Return the colours of a survey as a style sheet: pages may have no styles of their own in them."""
    colours = [f"#{one}" for one in (main, paper, ink)]
    if contrast(colours[2], colours[1]) < 1:  # no colour at all would have raised
        return HttpResponse(status=404)
    sheet = (
        f":root{{--main:{colours[0]};--on-main:{text_on(colours[0])};"
        f"--paper:{colours[1]};--ink:{colours[2]}}}\n"
    )
    return HttpResponse(sheet, content_type="text/css; charset=utf-8")
