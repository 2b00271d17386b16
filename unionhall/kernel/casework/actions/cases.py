"""A case is opened, goes from stage to stage, and ends. The row decides who was first."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.days import CalendarUnknownError
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.kernel.casework.actions.story import Paper, write_event
from unionhall.kernel.casework.actions.telling import tell_applicant
from unionhall.kernel.casework.models import Case, Event
from unionhall.kernel.casework.stages import Stage, Stages
from unionhall.people.accounts.models import User
from unionhall.people.members.models import Member
from unionhall.people.unions.models import Union

WITHDRAWN = (
    "withdrawn"  # the code of the stage that she who asked may always choose, where it is one
)


class AlreadyOpen(Refused):
    """About this very thing a case is open: ``case``."""

    code = "case_already_open"

    def __init__(self, case: Case) -> None:
        self.case = case
        super().__init__(
            _("这件事已经提过了。"),
            why=_("前一次提的还在办，没有再记一件。"),
            next=_("看看办到哪一步了。"),
        )


@transaction.atomic
def open_case(
    stages: Stages,
    *,
    title: str,
    union: Union,
    by: User,
    applicant: User | None = None,
    member: Member | None = None,
    about: str = "",
    text: str = "",
    papers: Sequence[Paper] = (),
) -> Case:
    """A new case, in its first stage, for ``union`` to handle; raises ``AlreadyOpen``.

    ``about`` names the thing, as ``member:12:phone``: of a kind, one case about it is open at a time.
    """
    now, stage = now_in_database(), stages.first
    case = Case(
        kind=stages.kind,
        stage=stage.code,
        title=title,
        union=union,
        applicant=applicant,
        member=member,
        about=about,
        opened_at=now,
        stage_at=now,
        **_term_of(stage, now),
    )
    _insert(case)
    write_event(case, Event.What.OPENED, by=by, text=text, papers=papers, is_shown=True)
    ledger.record("casework.case_opened", case, by=by, union_id=union.pk, kind=case.kind)
    if by != applicant:
        tell_applicant(case)
    return case


def _insert(case: Case) -> None:
    try:
        with transaction.atomic():
            case.save(force_insert=True)
    except IntegrityError as error:
        there = Case.objects.open().exclude(about="").filter(kind=case.kind, about=case.about)
        if (first := there.first()) is None:
            raise
        raise AlreadyOpen(first) from error


@transaction.atomic
def advance(case: Case, *, to: str, by: User | None, text: str = "", is_shown: bool = True) -> Case:
    """Bring it to the stage ``to``; ``text`` says why, to her who asked, too, if ``is_shown``.

    Raises ``Refused`` where somebody else did so meanwhile, or where the life cycle has no such way.
    """
    if to not in case.at.to:
        raise _moved_meanwhile()
    stage, now = case.stages.stage(to), now_in_database()
    columns: dict[str, object] = {
        "stage": to,
        "stage_at": now,
        "reminded": Case.Reminded.NOT_YET,
        "closed_at": now if stage.ends else None,
        **_term_of(stage, now),
    }
    here = Case.objects.open().filter(pk=case.pk, stage=case.stage)
    if not here.update(**columns):
        raise _moved_meanwhile()
    for name, value in columns.items():
        setattr(case, name, value)
    write_event(case, Event.What.ADVANCED, by=by, text=text, is_shown=is_shown)
    ledger.record("casework.case_advanced", case, by=by, union_id=case.union_id, stage=to)
    if by is None or by.pk != case.applicant_id:
        tell_applicant(case)
    return case


@transaction.atomic
def withdraw(case: Case, *, by: User) -> Case:
    """She does not ask any more; nothing is held against her, and she may ask again."""
    return advance(case, to=WITHDRAWN, by=by)


@transaction.atomic
def hand_over(case: Case, *, union: Union, by: User, text: str) -> Case:
    """Give it to another union with its whole story; its term begins anew, for those there know nothing of it yet."""
    now = now_in_database()
    columns: dict[str, object] = {
        "union": union,
        "stage_at": now,
        "handler": None,
        "reminded": Case.Reminded.NOT_YET,
        **_term_of(case.at, now),
    }
    here = Case.objects.open().filter(pk=case.pk, stage=case.stage, union=case.union_id)
    if union.pk == case.union_id or not here.update(**columns):
        raise _moved_meanwhile()
    before = case.union_id
    for name, value in columns.items():
        setattr(case, name, value)
    write_event(case, Event.What.MOVED, by=by, text=text, is_shown=True)
    ledger.record("casework.case_moved", case, by=by, union_id=union.pk, from_union=before)
    tell_applicant(case)
    return case


def _term_of(stage: Stage, now: dt.datetime) -> dict[str, object]:
    """The last day of its term, as far as anybody knows which days are worked."""
    if stage.term is None:
        return {"due_on": None, "due_unknown": False}
    try:
        return {
            "due_on": stage.term.last_day(timezone.localtime(now).date()),
            "due_unknown": False,
        }
    except CalendarUnknownError:
        return {"due_on": None, "due_unknown": True}


def _moved_meanwhile() -> Refused:
    return Refused(
        _("没有记下。"),
        why=_("这件事刚才已经到了别的一步，可能有人先办了。"),
        next=_("刷新看看现在到了哪一步。"),
        code="case_moved",
    )
