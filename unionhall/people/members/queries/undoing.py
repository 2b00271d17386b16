"""Whether an import can be put back: what was built on it since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from unionhall.people.members.models import (
    Change,
    Member,
    Membership,
    RollImport,
    RollRow,
    TransferRequest,
)


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


def built_on(roll: RollImport) -> list[Built]:
    """What would fall if the import were put back; nothing: it can be."""
    return [Built(what, times) for what, times in _counted(roll) if times]


def _counted(roll: RollImport) -> Iterator[tuple[str, int]]:
    came = Membership.objects.filter(batch_id=roll.batch_id)
    changes = changes_of(roll)
    people = Member.objects.filter(memberships__batch_id=roll.batch_id)
    later = Change.objects.exclude(entry_id__in=entries_of_roll(roll))
    same = later.filter(
        member=OuterRef("member"), column=OuterRef("column"), entry_id__gt=OuterRef("entry_id")
    )
    yield _("已经绑定登录的会员"), people.exclude(user=None).count()
    yield _("用新手机号登录的会员"), _phones_in_use(changes)
    yield _("导入以后又改过的资料"), changes.filter(Exists(same)).count()
    yield _("导入以后改过资料的新会员"), _count_people(later, came)
    yield _("导入以后离开或者转走的会员"), came.exclude(left_on=None).count()
    yield _("已经登记在别处的会员"), _live_again(changes)
    asked = TransferRequest.objects.filter(state=TransferRequest.State.ASKED)
    yield _("等答复的接转"), asked.filter(member__batch_id=roll.batch_id).count()
    yield _("别的名册里又写到的会员"), _named_again(roll)
    yield from _rows_of_other_apps(came)
    yield _("时间太久，改之前的内容已经不留了"), changes.filter(was=None).count()


def _phones_in_use(changes: QuerySet[Change]) -> int:
    """Whoever signs in with a number that this import wrote."""
    phones = changes.filter(column="phone", membership=None)
    return phones.filter(member__user__phone_index=F("member__phone_index")).count()


def _count_people(later: QuerySet[Change], came: QuerySet[Membership]) -> int:
    return later.filter(
        member__in=came.values("member"), entry_id__gt=came.values("batch_id")[:1]
    ).count()


def _named_again(roll: RollImport) -> int:
    """Whoever another roll found here already stands on it: that roll says nothing of her but "unchanged"."""
    gone = [RollImport.State.DISCARDED, RollImport.State.UNDONE]
    named = RollRow.objects.filter(member__batch_id=roll.batch_id).exclude(roll_import=roll)
    return named.exclude(roll_import__state__in=gone).count()


def _live_again(changes: QuerySet[Change]) -> int:
    """Who left by this import and is in a union again: her old membership cannot live beside it."""
    live = Membership.objects.filter(member=OuterRef("member"), left_on=None)
    return changes.filter(Q(column="left_on"), Exists(live)).count()


def _rows_of_other_apps(came: QuerySet[Membership]) -> Iterator[tuple[str, int]]:
    """Whatever points at these people from above, without knowing what it is."""
    people = came.values("member")
    for relation in Member._meta.related_objects:
        told = relation.related_model._meta
        if told.app_label != Member._meta.app_label and told.default_manager:
            rows = told.default_manager.filter(**{f"{relation.field.name}__in": people})
            yield str(told.verbose_name), rows.count()
