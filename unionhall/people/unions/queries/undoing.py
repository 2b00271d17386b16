"""Whether the import of a list can be put back: what was built on it since."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from unionhall.base import lookups  # noqa: F401 — any_of
from unionhall.people.accounts.models import User
from unionhall.people.unions.models import Change, Edge, ListImport, ListRow, Office, Union
from unionhall.people.unions.queries.tree import in_charge_of


@dataclass(frozen=True)
class BuiltOn:
    """Something that stands on an import, and how often."""

    what: str
    times: int


def founded_by(sent: ListImport) -> QuerySet[Union]:
    """The unions that came with it."""
    unions: QuerySet[Union] = Union.objects.filter(batch_id=sent.batch_id, batch_id__isnull=False)
    return unions


def changes_of_list(sent: ListImport) -> QuerySet[Change]:
    """What stood in the columns that it changed."""
    changes = Change.objects.filter(entry_id=sent.batch_id or 0)  # before its yes, none
    return changes.select_related("union").order_by("pk")


def touched_by(sent: ListImport) -> QuerySet[Union]:
    """The unions that came with it, and those that it changed or moved."""
    changed = changes_of_list(sent).values("union")
    unions: QuerySet[Union] = Union.objects.filter(
        Q(pk__in=founded_by(sent).values("pk")) | Q(pk__in=changed)
    )
    return unions


def built_on_list(sent: ListImport, user: User | None) -> list[BuiltOn]:
    """What would fall if ``user`` (None: the house) put the import back; nothing: she may."""
    standing = [*_counted(sent), *_moved(sent, user)]
    return [BuiltOn(what, times) for what, times in standing if times]


def _counted(sent: ListImport) -> Iterator[tuple[str, int]]:
    came, changes = founded_by(sent), changes_of_list(sent)
    later = Change.objects.filter(entry_id__gt=sent.batch_id or 0)
    same = later.filter(union=OuterRef("union"), column=OuterRef("column"))
    below = Edge.objects.filter(until_on=None, parent__in=came).exclude(union__in=came)
    brought = changes.filter(column=Change.PARENT).values("union")
    yield _("后来放到它们下面的工会"), below.exclude(union__in=brought).count()
    yield _("后来撤销了的工会"), came.exclude(closed_on=None).count()
    yield _("任职"), Office.objects.filter(union__in=came).count()
    yield _("导入以后又改过的资料"), changes.filter(Exists(same)).count()
    yield _("导入以后改过的新工会"), later.filter(union__in=came).values("union").distinct().count()
    yield _("别的台账里又写到的工会"), _named_again(sent).count()
    yield from _rows_of_other_apps(came)
    yield _("原来的位置已经有了别的工会"), _places_that_are_gone(sent)
    yield _("导入的时候还没有留改之前的内容"), not sent.list_rows.exists()
    yield _("时间太久，改之前的内容已经不留了"), changes.filter(was=None).count()


def _named_again(sent: ListImport) -> QuerySet[ListRow]:
    """What another list found here already: it did not, or will not, say more of it than "unchanged".

    Lists that were confirmed earlier spoke before it; those without a yes are checked anew.
    """
    here, yes = touched_by(sent), sent.batch_id or 0  # before it, nothing is touched
    since = Q(list_import__batch_id__gt=yes) | Q(union__in=founded_by(sent))
    standing = [ListImport.State.RUNNING, ListImport.State.DONE]
    named = ListRow.objects.filter(since, union__in=here, list_import__state__in=standing)
    return named.exclude(list_import=sent)


def lists_to_undo_first(sent: ListImport) -> QuerySet[ListImport]:
    """Those that name its unions as it left them."""
    rows = _named_again(sent).values("list_import")
    return ListImport.objects.filter(pk__in=rows)


def checks_built_on_list(sent: ListImport) -> QuerySet[ListImport]:
    """Lists without a yes that were compared with what this one left: they are to be checked anew."""
    here = touched_by(sent).values("pk")
    rows = ListRow.objects.filter(Q(union__in=here) | Q(parent__in=here))
    return ListImport.objects.filter(
        state=ListImport.State.CHECKED, pk__in=rows.values("list_import")
    )


def _moved(sent: ListImport, user: User | None) -> Iterator[tuple[str, int]]:
    """What ``user`` does not run now: her office has ended, or the tree was moved."""
    if user is not None:
        others = touched_by(sent).exclude(pk__in=in_charge_of(user).values("pk"))
        yield _("现在归别处管的工会"), others.count()


def _rows_of_other_apps(came: QuerySet[Union]) -> Iterator[tuple[str, int]]:
    """Whatever points at these unions from above, without knowing what it is."""
    for relation in Union._meta.related_objects:
        told = relation.related_model._meta
        if told.app_label != Union._meta.app_label and told.default_manager:
            rows = told.default_manager.filter(**{f"{relation.field.name}__in": came})
            yield str(told.verbose_name), rows.count()


def _places_that_are_gone(sent: ListImport) -> int:
    """How many cannot go back: the former parent is no more, or another has the former name there."""
    was: dict[int, dict[str, Any]] = defaultdict(dict)
    moved = changes_of_list(sent).filter(column__in=[Change.PARENT, "name"], was__isnull=False)
    for change in moved.reverse():  # the earliest value stays
        was[change.union_id][change.column] = json.loads(change.was or "null")
    live = Edge.objects.filter(until_on=None).exclude(union__in=founded_by(sent))
    slots = {
        edge.union_id: (edge.parent_id, edge.union.name)
        for edge in live.filter(union__pk__any_of=list(was)).select_related("union")
    }
    back = {
        pk: (said.get(Change.PARENT, slots[pk][0]), said.get("name", slots[pk][1]))
        for pk, said in was.items()
    }
    parents = {parent for parent, _name in back.values() if parent}
    there = live.filter(parent__pk__any_of=parents).exclude(union__pk__any_of=list(back))
    held = set(there.values_list("parent", "union__name"))
    stand = set(Union.objects.filter(pk__any_of=parents).values_list("pk", flat=True))
    return sum(slot in held or slot[0] not in stand | {None} for slot in back.values())
