"""Whether an import can be put back: what was built on it since.

An undo takes out two kinds of rows: the people whom the import brought, and the memberships of those
who had been on the roll before and came back. Of the former everything that points at them stands
on it; of the latter only what came after the yes, for they were people before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import DateTimeField, Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from unionhall.base.ledger.queries import deeds_upon, entries_numbered
from unionhall.people.accounts.models import User
from unionhall.people.members.models import (
    Absence,
    Change,
    Member,
    Membership,
    RollImport,
    RollRow,
    TransferRequest,
)
from unionhall.people.unions.queries import in_charge_of

COMES = (RollRow.Effect.NEW, RollRow.Effect.RETURNED)  # whom a row takes for nobody's live member


@dataclass(frozen=True)
class Built:
    """Something that stands on an import, and how often."""

    what: str
    times: int


def entries_of_roll(roll: RollImport) -> list[int]:
    """The ledger entries of its yes and of the decisions about those whom it does not name."""
    decided = roll.absences.exclude(entry_id=None).values_list("entry_id", flat=True).distinct()
    return [entry for entry in (roll.batch_id, *decided) if entry]


def changes_of(roll: RollImport) -> QuerySet[Change]:
    """What stood in the columns that it changed."""
    return Change.objects.filter(entry_id__in=entries_of_roll(roll)).order_by("pk")


def people_of(roll: RollImport) -> set[int]:
    """All whom it brought, brought back or changed."""
    came = Membership.objects.filter(batch_id=roll.batch_id).values_list("member", flat=True)
    return {*came, *changes_of(roll).values_list("member", flat=True)}


def built_on(roll: RollImport, user: User | None) -> list[Built]:
    """What would fall if ``user`` put the import back; nothing: she may, or it never went in."""
    if roll.batch_id is None:
        return []
    standing = [*_on_people(roll), *_on_memberships(roll), *_on_changes(roll), *_moved(roll, user)]
    return [Built(what, times) for what, times in standing if times]


def would_undo(roll: RollImport) -> list[Built]:
    """What an undo does, as its officer reads it beforehand."""
    if roll.batch_id is None:
        return []
    came = Membership.objects.filter(batch_id=roll.batch_id)
    brought = Member.objects.filter(batch_id=roll.batch_id)
    asked = roll.transfer_requests.filter(state=TransferRequest.State.ASKED)
    decided = roll.absences.exclude(decision__in=["", Absence.Decision.KEEP])
    deeds = [
        (_("去掉的新会员"), brought.count()),
        (_("重新离会的会员"), came.exclude(member__in=brought.values("pk")).count()),
        (_("改回来的资料"), Change.objects.filter(entry_id=roll.batch_id or 0).count()),
        (_("还原的会籍"), decided.count()),
        (_("撤回的接转"), asked.count()),
        (_("要重新检查的名册"), checks_built_on(roll).count()),
    ]
    return [Built(what, times) for what, times in deeds if times]


def _on_people(roll: RollImport) -> Iterator[tuple[str, int]]:
    """What stands on those whom it brought or brought back."""
    brought = Member.objects.filter(batch_id=roll.batch_id)
    back = Membership.objects.filter(batch_id=roll.batch_id).exclude(
        member__in=brought.values("pk")
    )
    yes = roll.batch_id or 0  # never 0: see ``built_on``
    bound = deeds_upon(Member, back.values("member"), action="members.login_bound", after=yes)
    yield _("已经绑定登录的会员"), brought.exclude(user=None).count() + bound.count()
    here = Q(member__batch_id=roll.batch_id)
    since = Q(member__in=back.values("member"), entry_id__gt=roll.batch_id)
    later = Change.objects.exclude(entry_id__in=entries_of_roll(roll)).filter(here | since)
    yield _("导入以后改过资料的新会员"), later.values("member").distinct().count()
    yield from _rows_of_other_apps(roll, brought, back)


def _rows_of_other_apps(
    roll: RollImport, brought: QuerySet[Member], back: QuerySet[Membership]
) -> Iterator[tuple[str, int]]:
    """Whatever points at these people from above, without knowing what it is.

    It is as old as the oldest time that it must have; without one it cannot be told, and is left alone.
    """
    for relation in Member._meta.related_objects:
        told, field = relation.related_model._meta, relation.field.name
        if told.app_label == Member._meta.app_label or not told.default_manager:
            continue
        times = [f.name for f in told.fields if isinstance(f, DateTimeField) and not f.null]
        stands = Q(**{f"{field}__in": brought.values("pk")})
        if times:
            since = {f"{name}__gt": _yes(roll) for name in times}
            stands |= Q(**{f"{field}__in": back.values("member")}, **since)
        yield str(told.verbose_name), told.default_manager.filter(stands).count()


def _yes(roll: RollImport) -> dt.datetime:
    """When it was said."""
    return entries_numbered([roll.batch_id or 0]).get().at


def _on_memberships(roll: RollImport) -> Iterator[tuple[str, int]]:
    """What stands on their being members here."""
    came = Membership.objects.filter(batch_id=roll.batch_id)
    gone = Membership.objects.filter(pk__in=changes_of(roll).values("membership"))
    gone = gone.exclude(pk__in=changes_of(roll).filter(column="left_on").values("membership"))
    yield _("导入以后离开或者转走的会员"), (came | gone).exclude(left_on=None).count()
    asked = TransferRequest.objects.filter(state=TransferRequest.State.ASKED)
    here, back = Q(member__batch_id=roll.batch_id), Q(member__in=came.values("member"))
    since = back & Q(asked_at__gt=_yes(roll))
    yield _("等答复的接转"), asked.filter(here | since).count()
    decided = Absence.objects.filter(membership__in=came).exclude(decision="")
    yield _("别的名册里办过的会员"), decided.exclude(roll_import=roll).count()
    named = _standing(roll).values("member").distinct()
    yield _("别的名册里又写到的会员（先撤那份）"), named.count()


def rolls_to_undo_first(roll: RollImport) -> QuerySet[RollImport]:
    """Later ones that name its people as it left them."""
    rows = _standing(roll) if roll.batch_id else RollRow.objects.none()
    return RollImport.objects.filter(pk__in=rows.values("roll_import"))


def _standing(roll: RollImport) -> QuerySet[RollRow]:
    later = _named_again(roll).filter(roll_import__batch_id__gt=roll.batch_id)
    return later.exclude(roll_import__state=RollImport.State.UNDONE)


def _named_again(roll: RollImport) -> QuerySet[RollRow]:
    """Rows of other rolls that found people as this one left them, and so do not say what stands already."""
    came = Membership.objects.filter(batch_id=roll.batch_id)
    brought = Q(member__in=came.values("member")) & ~Q(effect__in=COMES)
    changed = Q(member__in=changes_of(roll).values("member"), effect=RollRow.Effect.UNCHANGED)
    return RollRow.objects.filter(brought | changed).exclude(roll_import=roll)


def checks_built_on(roll: RollImport) -> QuerySet[RollImport]:
    """Rolls without a yes that were compared with what this one left: they are to be checked anew."""
    again = _named_again(roll).values("roll_import")
    return RollImport.objects.filter(state=RollImport.State.CHECKED, pk__in=again)


def _on_changes(roll: RollImport) -> Iterator[tuple[str, int]]:
    """What stands on the values that it wrote. Changes of a person are made, and numbered, one by one."""
    changes = changes_of(roll)
    later = Change.objects.exclude(entry_id__in=entries_of_roll(roll)).filter(
        member=OuterRef("member"), column=OuterRef("column"), pk__gt=OuterRef("pk")
    )
    yield _("导入以后又改过的资料"), changes.filter(Exists(later)).count()
    phones = changes.filter(column="phone", membership=None)
    signed_in = phones.filter(member__user__phone_index=F("member__phone_index"))
    yield _("用新手机号登录的会员"), signed_in.count()
    live = Membership.objects.filter(member=OuterRef("member"), left_on=None)
    ended = changes.filter(Q(column="left_on"), Exists(live))
    yield _("已经登记在别处的会员"), ended.count()
    yield _("时间太久，改之前的内容已经不留了"), changes.filter(was=None).count()


def _moved(roll: RollImport, user: User | None) -> Iterator[tuple[str, int]]:
    """Who is in a union now that ``user`` does not run: she was let go, or the tree was moved."""
    if user is not None:
        live = Membership.objects.filter(left_on=None, member__in=people_of(roll))
        yield _("现在归别处管的会员"), live.exclude(union__in=in_charge_of(user)).count()
