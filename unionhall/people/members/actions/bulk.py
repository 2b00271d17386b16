"""One deed for many members: they are chosen, looked at, then it is said what is done, and it can be put back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base import lookups  # noqa: F401 — any_of
from unionhall.base.copying import change_in, copy_in
from unionhall.base.errors import Refused
from unionhall.base.ledger import actions as ledger
from unionhall.base.patience import unhurried
from unionhall.people.accounts.models import User
from unionhall.people.members.actions.locks import hold_people
from unionhall.people.members.actions.rolls import KEPT_DAYS
from unionhall.people.members.actions.standings import change_standing, retains
from unionhall.people.members.actions.undoing import put_back
from unionhall.people.members.models import BulkDeed, BulkRow, Change, Membership
from unionhall.people.members.queries import roll_in
from unionhall.people.members.rules import Conditions
from unionhall.people.unions.models import Union
from unionhall.people.unions.queries import in_charge_of

MOST = 100_000  # people at once
AT_A_TIME = 500  # people in one transaction
CHOSEN_FOR = dt.timedelta(days=1)  # what nobody orders is let go
Tell = Callable[[BulkDeed, Membership], None]


@unhurried()
@transaction.atomic
def choose_people(
    union: Union,
    conditions: Conditions,
    *,
    by: User,
    told: str,
    only: Collection[int] | None = None,
) -> BulkDeed:
    """Fix who is meant: all for whom the conditions hold, or those memberships of them that are in ``only``.

    Raises ``Refused`` for nobody, and for more than ``MOST``.
    """
    meant = roll_in(union, conditions).order_by("pk")
    if only is not None:
        meant = meant.filter(pk__any_of=list(only))
    memberships = list(meant.values_list("pk", flat=True)[: MOST + 1])
    _refuse_none_or_too_many(len(memberships))
    bulk = BulkDeed.objects.create(by=by, union=union, told=told, people=len(memberships))
    copy_in(BulkRow, ("bulk", "membership", "outcome"), ((bulk.pk, pk, "") for pk in memberships))
    return bulk


def _refuse_none_or_too_many(people: int) -> None:
    if not people:
        raise Refused(
            _("没有选人。"),
            why=_("没有勾人，或者勾的人刚才离开了这里。"),
            next=_("回到名单，勾上人，再按一次。"),
            code="nobody_chosen",
        )
    if people > MOST:
        raise Refused(
            _("人太多了。"),
            why=_("一次最多 {most:,} 人。").format(most=MOST),
            next=_("选一个下级工会，或者加一个条件，分几次办。"),
            code="too_many_people",
        )


@transaction.atomic
def order_bulk(bulk: BulkDeed, *, by: User, deed: str, why: str = "", words: str = "") -> None:
    """Say what is done to those who were chosen: once, and one line of the ledger for all of them."""
    chosen = BulkDeed.objects.filter(pk=bulk.pk, by=by, state=BulkDeed.State.CHOSEN)
    if not chosen.update(state=BulkDeed.State.RUNNING, deed=deed, why=why, words=words or None):
        raise Refused(
            _("不用再办了。"),
            why=_("这些人的事已经在办，或者办完了。"),
            next=_("刷新看看到了哪一步。"),
            code="bulk_ordered",
        )
    entry = ledger.record(
        f"members.bulk_{deed}_ordered",
        bulk,
        by=by,
        union_id=bulk.union_id,
        people=bulk.people,
        **({"why": why} if why else {}),
    )
    BulkDeed.objects.filter(pk=bulk.pk).update(entry_id=entry.pk)


def carry_out_bulk(bulk_id: int, tell: Tell) -> int:
    """All of it, by transactions of so many people; how many were looked at. ``tell`` sends a message."""
    looked_at = 0
    while some := carry_out_next(bulk_id, tell):
        looked_at += some
    return looked_at


@transaction.atomic
def carry_out_next(bulk_id: int, tell: Tell) -> int:
    """The next of them; 0 when all are done, or another worker is at it."""
    held = BulkDeed.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
    bulk = (
        held.select_related("by", "union").filter(pk=bulk_id, state=BulkDeed.State.RUNNING).first()
    )
    if bulk is None:
        return 0
    open_rows = bulk.rows.filter(outcome="").order_by("pk")
    rows = dict(open_rows.values_list("membership_id", "pk")[:AT_A_TIME])
    if not rows:
        BulkDeed.objects.filter(pk=bulk.pk).update(state=BulkDeed.State.DONE)
        return 0
    done = _carried_out(bulk, rows, tell)
    outcome = BulkRow.objects.filter(pk__any_of=list(rows.values()))
    outcome.update(outcome=BulkRow.Outcome.SKIPPED)
    outcome.filter(membership__pk__any_of=done).update(outcome=BulkRow.Outcome.DONE)
    return len(rows)


def _carried_out(bulk: BulkDeed, rows: Collection[int], tell: Tell) -> list[int]:
    """Whoever has left, or moved out of what the officer runs by now, is passed over; the others' memberships."""
    all_of_them = Membership.objects.filter(pk__any_of=list(rows))
    hold_people(all_of_them.values_list("member_id", flat=True))
    here = all_of_them.filter(left_on=None, union__in=in_charge_of(bulk.by))
    people = list(here.select_related("member", "union").order_by("pk"))
    if bulk.deed == BulkDeed.Deed.STANDING:
        people = [one for one in people if not (retains(bulk.why) and _is_retained(one))]
        change_standing(people, why=bulk.why, entry_id=bulk.entry_id or 0)
    elif bulk.deed == BulkDeed.Deed.DEPARTMENT:
        people = [one for one in people if one.department != bulk.words]
        _change_department(people, bulk)
    else:
        for one in people:
            tell(bulk, one)
    return [one.pk for one in people]


def _is_retained(membership: Membership) -> bool:
    return membership.standing == Membership.Standing.RETAINED


def _change_department(people: Collection[Membership], bulk: BulkDeed) -> None:
    Change.objects.bulk_create(
        Change(
            member_id=one.member_id,
            membership=one,
            column="department",
            was=json.dumps(one.department),
            entry_id=bulk.entry_id or 0,
        )
        for one in people
    )
    change_in(Membership, {one.pk: {"department": bulk.words or ""} for one in people})


@unhurried()
@transaction.atomic
def undo_bulk(bulk: BulkDeed, *, by: User, reason: str) -> int:
    """Put back what stood there before, for all of whom nothing was said since; how many.

    Whoever was changed again, or has a membership elsewhere by now, stays as she is.
    """
    undoable = [BulkDeed.Deed.STANDING, BulkDeed.Deed.DEPARTMENT]
    done = BulkDeed.objects.filter(pk=bulk.pk, state=BulkDeed.State.DONE, deed__in=undoable)
    if not done.update(state=BulkDeed.State.UNDONE, undone_because=reason[:200]):
        raise Refused(
            _("没有撤销。"),
            why=_("它还没有办完，或者已经撤销了；发出去的消息收不回来。"),
            next=_("刷新看看到了哪一步。"),
            code="bulk_not_done",
        )
    changes = Change.objects.filter(entry_id=bulk.entry_id or 0)
    hold_people(changes.values_list("member_id", flat=True))
    mine = _still_as_it_left_them(list(changes.select_related("membership").order_by("pk")), by)
    put_back(mine)
    ledger.record("members.bulk_undone", bulk, by=by, union_id=bulk.union_id, people=len(mine))
    return len(mine)


def _still_as_it_left_them(changes: list[Change], by: User) -> list[Change]:
    """Of each person the newest change is ours, what was is kept, and she is where ``by`` may say so."""
    people = [one.member_id for one in changes]
    later = Change.objects.filter(
        member__pk__any_of=people, pk__gt=max((one.pk for one in changes), default=0)
    )
    changed_again = set(later.values_list("membership_id", "column"))
    elsewhere = set(
        Membership.objects.filter(member__pk__any_of=people, left_on=None)
        .exclude(pk__in=[one.membership_id for one in changes])
        .values_list("member_id", flat=True)
    )
    unions = set(
        in_charge_of(by)
        .filter(pk__in={one.membership.union_id for one in changes if one.membership})
        .values_list("pk", flat=True)
    )
    return [
        one
        for one in changes
        if one.membership
        and one.was is not None
        and one.membership.union_id in unions
        and one.member_id not in elsewhere
        and (one.membership_id, one.column) not in changed_again
    ]


def forget_old_bulk_deeds() -> int:
    """Who was chosen and nothing ordered, after a day; words about people, after a month."""
    now = timezone.now()
    chosen = BulkDeed.objects.filter(state=BulkDeed.State.CHOSEN, created_at__lt=now - CHOSEN_FOR)
    chosen.delete()
    old = BulkDeed.objects.filter(created_at__lt=now - dt.timedelta(days=KEPT_DAYS))
    return old.exclude(told=None, words=None).update(told=None, words=None)
