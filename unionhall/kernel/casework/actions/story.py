"""The story of a case: what was noted, by whom, with which papers; and who handles it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.core.files.base import File
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.errors import Refused
from unionhall.base.files import actions as files
from unionhall.base.ledger import actions as ledger
from unionhall.kernel.casework.models import Case, CaseFile, Event
from unionhall.kernel.casework.queries import may_handle
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Union

LONGEST = 2000  # signs of a note


@dataclass(frozen=True)
class Paper:
    """A file as it was handed in, checked by the form."""

    upload: File[bytes]
    name: str
    content_type: str


@transaction.atomic
def add_note(
    case: Case, *, text: str, by: User, papers: Sequence[Paper] = (), is_shown: bool = False
) -> Event:
    """Something worth remembering; with ``is_shown``, she who asked reads it, too."""
    event = write_event(case, Event.What.NOTED, by=by, text=text, papers=papers, is_shown=is_shown)
    ledger.record(
        "casework.note_added",
        case,
        by=by,
        union_id=case.union_id,
        papers=len(papers),
        shown=is_shown,
    )
    return event


@transaction.atomic
def assign(case: Case, *, handler: User, by: User) -> None:
    """Give it to somebody who is in charge of its union, or of one above."""
    if not may_handle(handler, case):
        raise Refused(
            _("没有交出去。"),
            why=_("这个人现在不管这个工会的事。"),
            next=_("从名单里选一位。"),
            code="may_not_handle",
        )
    if not Case.objects.open().filter(pk=case.pk).update(handler=handler):
        raise Refused(
            _("没有交出去。"),
            why=_("这件事已经办完了。"),
            next=_("刷新看看结果。"),
            code="case_closed",
        )
    case.handler = handler
    write_event(case, Event.What.ASSIGNED, by=by, given_to=handler, is_shown=True)
    ledger.record("casework.case_assigned", case, by=by, union_id=case.union_id, handler=handler.pk)


def handled_by(user: User, unions: QuerySet[Union]) -> QuerySet[Case]:
    """The open cases of these unions that are given to her."""
    return Case.objects.open().filter(handler=user, union__in=unions)


@transaction.atomic
def hand_over_handled(user: User, *, to: User, unions: QuerySet[Union], by: User) -> int:
    """Whoever follows her goes on with them; each says so in its story. How many they were."""
    cases = list(handled_by(user, unions).select_for_update(of=("self",)).order_by("pk"))
    for case in cases:
        assign(case, handler=to, by=by)
    return len(cases)


def write_event(
    case: Case,
    what: str,
    *,
    by: User | None,
    text: str = "",
    papers: Sequence[Paper] = (),
    given_to: User | None = None,
    is_shown: bool,
) -> Event:
    """A line of the story, with its papers; inside the transaction of the deed."""
    event = Event.objects.create(
        case=case,
        what=what,
        at=now_in_database(),
        by=by,
        given_to=given_to,
        stage=case.stage,
        text=text.strip()[:LONGEST] or None,
        is_shown=is_shown,
    )
    for paper in papers:
        kept = files.keep(paper.upload, name=paper.name, content_type=paper.content_type, by=by)
        CaseFile.objects.create(case=case, file=kept, event=event, is_shown=is_shown)
    return event


def demand_reason(text: str) -> None:
    """Raises ``Refused`` where nobody wrote why."""
    if not text.strip():
        raise Refused(
            _("没有记下。"),
            why=_("没有写原因。"),
            next=_("写一句为什么，她好知道怎么办。"),
            code="no_reason",
        )
