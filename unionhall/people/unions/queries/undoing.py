"""Whether the import of a list can be put back: what was built on it since."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from unionhall.base import lookups  # noqa: F401 — any_of
from unionhall.people.unions.models import Change, Edge, ListImport, ListRow, Office, Union


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


def built_on_list(sent: ListImport) -> list[BuiltOn]:
    """What would fall if the import were put back; nothing: it can be."""
    return [BuiltOn(what, times) for what, times in _counted(sent) if times]


def _counted(sent: ListImport) -> Iterator[tuple[str, int]]:
    came, changes = founded_by(sent), changes_of_list(sent)
    later = Change.objects.filter(entry_id__gt=sent.batch_id or 0)
    same = later.filter(union=OuterRef("union"), column=OuterRef("column"))
    below = Edge.objects.filter(until_on=None, parent__in=came).exclude(union__in=came)
    brought = changes.filter(column=Change.PARENT).values("union")
    yield _("后来放到它们下面的工会"), below.exclude(union__in=brought).count()
    yield _("任职"), Office.objects.filter(union__in=came).count()
    yield _("导入以后又改过的资料"), changes.filter(Exists(same)).count()
    yield _("导入以后改过的新工会"), later.filter(union__in=came).values("union").distinct().count()
    yield _("别的台账里又写到的工会"), _named_again(sent, came)
    yield from _rows_of_other_apps(came)
    yield _("原来的位置已经有了别的工会"), _places_that_are_gone(sent)
    yield _("导入的时候还没有留改之前的内容"), not sent.list_rows.exists()
    yield _("时间太久，改之前的内容已经不留了"), changes.filter(was=None).count()


def _named_again(sent: ListImport, came: QuerySet[Union]) -> int:
    """What another list found here already: it says nothing of it but "unchanged"."""
    gone = [ListImport.State.DISCARDED, ListImport.State.UNDONE]
    named = ListRow.objects.filter(union__in=came).exclude(list_import=sent)
    return named.exclude(list_import__state__in=gone).count()


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
