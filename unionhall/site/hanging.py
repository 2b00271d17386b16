"""What hangs on a union, and what becomes of it when the union is moved, merged, split or closed.

Every floor has its own; only here can all of it be seen. A new kind of thing that belongs to a union has a line here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.clock import now_in_database
from unionhall.base.paging import counted
from unionhall.domain.learning.queries import lessons_within
from unionhall.domain.lectures.models import Phase, Series
from unionhall.domain.quiz.models import Bank
from unionhall.domain.welfare.models import Merchant, VoucherOffer
from unionhall.kernel.casework.queries import open_cases_of
from unionhall.people.members.models import (
    Membership,
    Reorganisation,
    RollImport,
    TransferRequest,
)
from unionhall.people.programs.models import ProgramKey
from unionhall.people.unions.models import Office, Union

if TYPE_CHECKING:
    from unionhall.base.wording import Text

Kind = Reorganisation.Kind
ENDING = (Kind.MERGE, Kind.CLOSE)


@dataclass(frozen=True)
class Hanging:
    """So many of one kind of thing, and what becomes of them. ``stops``: they are to be ended first."""

    what: Text
    times: int
    then: Text
    url: str = ""
    stops: bool = False


def hanging_on(union: Union, kind: str) -> list[Hanging]:
    """What there is of each kind; nothing of what there is not. One statement each."""
    found = [*_people(union, kind), *_work(union, kind), *_belongings(union, kind)]
    return [one for one in found if one.times]


def _people(union: Union, kind: str) -> Iterator[Hanging]:
    live = Membership.objects.filter(union=union, left_on=None)
    members = f"{reverse('members_desk:index')}?union={union.pk}"
    yield Hanging(
        _("会员"),
        counted(live),
        {
            Kind.MOVE: _("会籍不变"),
            Kind.MERGE: _("都转到并入的工会，入会日期不变"),
            Kind.SPLIT: _("选中的部门转过去，别人不变"),
            Kind.CLOSE: _("在上级工会保留会籍，没有表决权"),
        }[Kind(kind)],
        members,
    )
    below = Union.objects.get_children(union).filter(closed_on=None).count()
    yield Hanging(
        _("下级工会"),
        below,
        {
            Kind.MOVE: _("跟着走"),
            Kind.MERGE: _("归并入的工会管"),
            Kind.SPLIT: _("选中的跟过去"),
            Kind.CLOSE: _("归上级工会管"),
        }[Kind(kind)],
    )
    today = timezone.localdate()
    offices = Office.objects.filter(union=union, until_on=None, since_on__lte=today)
    ends, stays = _("今天结束"), _("不变")
    yield Hanging(_("任职"), offices.count(), ends if kind in ENDING else stays)


def _work(union: Union, kind: str) -> Iterator[Hanging]:
    asked = TransferRequest.objects.filter(state=TransferRequest.State.ASKED)
    stays = _("不变")
    transfers = reverse("members_desk:transfers")
    into = _("回绝，原因写明归了哪里")
    yield Hanging(
        _("等着转进来的接转"),
        asked.filter(to_union=union).count(),
        into if kind in ENDING else stays,
        transfers,
    )
    out = _("改由接手的工会答复")
    yield Hanging(
        _("等着转出去的接转"),
        asked.filter(from_union=union).count(),
        out if kind in ENDING else stays,
        transfers,
    )
    rolls = RollImport.objects.filter(union=union, state=RollImport.State.CHECKED)
    refused = _("不会再收：名册里写这个工会的行会退回")
    yield Hanging(
        _("查过了还没导入的名册"),
        rolls.count(),
        refused if kind in ENDING else stays,
        reverse("members_desk:import"),
    )
    keys = ProgramKey.objects.filter(
        union=union, revoked_at=None, ends_on__gte=timezone.localdate()
    )
    yield Hanging(
        _("程序密钥"),
        keys.count(),
        _("作废，改回来也要重发") if kind in ENDING else stays,
        reverse("programs_desk:index"),
    )
    yield from _running(union, kind)


def _running(union: Union, kind: str) -> Iterator[Hanging]:
    """What members were promised: with the union they would fall out of whom it is for."""
    now, first = now_in_database(), _("先办完，或者提前结束")
    stays, stops = _("不变"), kind in ENDING
    phases = Phase.objects.filter(series__union=union, closed_at=None, contest__closes_at__gt=now)
    published = phases.exclude(series__state=Series.State.DRAFT)
    yield Hanging(
        _("还没结束的讲座"),
        published.count(),
        first if stops else stays,
        reverse("lectures_desk:index"),
        stops,
    )
    offers = VoucherOffer.objects.filter(union=union, claimed_by_members=True)
    yield Hanging(
        _("还在发的福利"),
        offers.filter(pool__closes_at__gt=now).count(),
        first if stops else stays,
        reverse("welfare_desk:giveaways"),
        stops,
    )


def _belongings(union: Union, kind: str) -> Iterator[Hanging]:
    """What it made and keeps: the union that answers for it now has it all."""
    yield Hanging(
        _("还没办完的申请和更正"),
        open_cases_of(union).count(),
        _("归接手的工会办，期限不变") if kind in ENDING else _("不变"),
        reverse("casework_desk:index"),
    )
    then = _("归接手的工会看和用") if kind in ENDING else _("不变")
    here = Union.objects.filter(pk=union.pk)
    things: list[tuple[Text, Callable[[], QuerySet[object]], str]] = [
        (_("讲座视频和讲稿"), lambda: lessons_within(here), "learning_desk:index"),
        (_("题库"), lambda: Bank.objects.filter(union=union), "quiz_desk:banks"),
        (_("商户"), lambda: Merchant.objects.filter(union=union), "welfare_desk:merchants"),
    ]
    for what, rows, page in things:
        yield Hanging(what, rows().count(), then, reverse(page))
