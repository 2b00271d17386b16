"""The officer's pages that take a file of questions in."""

from __future__ import annotations

import base64
import binascii
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from unionhall.base.access import allowed
from unionhall.base.errors import Refused
from unionhall.base.tables import NoHeaderError
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.desk.doors import signed_in
from unionhall.domain.quiz.forms import ImportForm, KeptFileForm
from unionhall.domain.quiz.models import Bank
from unionhall.domain.quiz.queries.bank_files import read_bank_file
from unionhall.domain.quiz.queries.bank_reports import rejected_in, report_file, tally_of
from unionhall.domain.quiz.queries.banks import verdicts_on
from unionhall.people.unions.access import runs_unions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of

UNPROCESSABLE = 422
SHOWN = 200  # rejected rows on the page; the report has them all


@allowed(runs_unions)
@require_http_methods(["GET", "POST"])
def check_import(request: HttpRequest) -> HttpResponse:
    """Choose a file; see the verdict on every row before anything is changed."""
    unions = in_charge_of(signed_in(request))
    form = ImportForm(request.POST or None, request.FILES or None, unions=unions)
    if form.is_valid():
        try:
            return _checked(request, _sent(form))
        except (Refused, NoHeaderError) as error:
            form.add_error("file", _unreadable(error))
    status = UNPROCESSABLE if form.is_bound else 200
    return render(request, "quiz/desk/import.html", {"form": form}, status=status)


class _NothingSentError(ValueError):
    """What came back is not what the page had."""


class _Sent(NamedTuple):
    """A file and where it is to go."""

    union: Union
    bank: str
    name: str
    content: bytes


def _sent(form: ImportForm) -> _Sent:
    file = form.cleaned_data["file"]
    return _Sent(form.cleaned_data["union"], form.cleaned_data["bank"], file.name, file.read())


def _checked(request: HttpRequest, sent: _Sent) -> HttpResponse:
    bank = Bank.objects.filter(union=sent.union, name=sent.bank).first()
    verdicts = verdicts_on(read_bank_file(sent.content, name=sent.name), bank=bank)
    rejected = rejected_in(verdicts)
    context = {
        "kept": {**sent._asdict(), "content": base64.b64encode(sent.content).decode()},
        "tally": tally_of(verdicts),
        "rejected": rejected,
        "shown": rejected[:SHOWN],
    }
    return render(request, "quiz/desk/import_checked.html", context)


@allowed(runs_unions)
@require_POST
def run_import(request: HttpRequest) -> HttpResponse:
    """What was checked, now for good; decided anew, for the bank may have changed meanwhile."""
    try:
        sent = _sent_again(request)
        verdicts = actions.import_questions(
            read_bank_file(sent.content, name=sent.name),
            union=sent.union,
            bank_name=sent.bank,
            by=signed_in(request),
        )
    except (_NothingSentError, NoHeaderError):
        return redirect("quiz_desk:import")
    count = sum(verdict.accepted for verdict in verdicts)
    said = ngettext("进来了 %(count)s 道题。", "进来了 %(count)s 道题。", count)
    messages.success(request, said % {"count": count})
    return redirect("quiz_desk:bank", Bank.objects.get(union=sent.union, name=sent.bank).pk)


@allowed(runs_unions)
@require_POST
def import_report(request: HttpRequest) -> HttpResponse:
    """The sender's own table with the reasons beside each row; a csv for what is no table."""
    try:
        sent = _sent_again(request)
        bank = Bank.objects.filter(union=sent.union, name=sent.bank).first()
        report = report_file(sent.content, name=sent.name, bank=bank)
    except (_NothingSentError, NoHeaderError):
        return redirect("quiz_desk:import")
    headers = {"Content-Disposition": f'attachment; filename="report.{report.suffix}"'}
    return HttpResponse(report.content, content_type=report.content_type, headers=headers)


def _sent_again(request: HttpRequest) -> _Sent:
    """The file on its way back from the page; or ``_NothingSentError``."""
    form = KeptFileForm(request.POST, unions=in_charge_of(signed_in(request)))
    if not form.is_valid():
        raise _NothingSentError
    said = form.cleaned_data
    try:
        content = base64.b64decode(said["content"], validate=True)
    except binascii.Error as error:
        raise _NothingSentError from error
    return _Sent(said["union"], said["bank"], said["name"], content)


def _unreadable(error: Refused | NoHeaderError) -> str:
    if isinstance(error, NoHeaderError):
        return _("没有找到题干这一列。列名可以写：题干、题目、试题内容。")
    return str(error)
