"""A confirmed list goes into the tree, batch by batch; a worker that dies is followed by another."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Length, Substr
from django.utils import timezone

from unionhall.base.copying import change_in, next_ids
from unionhall.base.kept_reasons import to_keep
from unionhall.base.sweep import one_by_one
from unionhall.base.tables import Reason, Verdict
from unionhall.people.accounts.models import User
from unionhall.people.unions.actions.lists import check_list, confirm_list, receive_list
from unionhall.people.unions.actions.tree import count_children, lock_tree, put_under
from unionhall.people.unions.models import Change, Edge, ListImport, ListRow, Union
from unionhall.people.unions.queries import refusal_of_list, scope_of
from unionhall.people.unions.queries.comparing import plain, said_otherwise, union_columns
from unionhall.people.unions.queries.tree import Scope
from unionhall.people.unions.rules import UnionLine

BATCH = 1000
COUNTED_AT_ONCE = 1000


def take_in_confirmed_lists() -> int:
    """Take in every confirmed list in the order of the yeses; each batch is a transaction of its own."""
    running = ListImport.objects.filter(state=ListImport.State.RUNNING)
    return one_by_one(_take_in_all, list(running.order_by("batch_id").values_list("pk", flat=True)))


def _take_in_all(list_id: int) -> int:
    batches = 0
    while take_in_next_of_list(list_id):
        batches += 1
    return batches


def take_in_file(
    content: bytes, *, name: str, by: User | None = None, as_of: dt.date | None = None
) -> ListImport:
    """A list in one go, as the command line and the demonstration take it; no union is moved.

    Raises ``UnreadableFile``. Killed on the way, it is gone on with by the worker.
    """
    sent = receive_list(content, name=name, by=by, as_of=as_of)
    check_list(sent.pk)
    sent.refresh_from_db()
    if refusal := refusal_of_list(sent):
        raise refusal
    if sent.turns:
        confirm_list(sent, by=by)
        _take_in_all(sent.pk)
        sent.refresh_from_db()
    return sent


@transaction.atomic
def take_in_next_of_list(list_id: int, *, limit: int = BATCH) -> bool:
    """Take in the next rows; false when there are no more, or another worker is at it."""
    lists = ListImport.objects.select_related("by").defer("content")
    running = lists.filter(pk=list_id, state=ListImport.State.RUNNING)
    sent = running.select_for_update(skip_locked=True, of=("self",)).first()
    if sent is None:
        return False
    due = sent.list_rows.filter(turn__gte=sent.next_turn, effect__gt="")
    # What the check found as the file says is left alone: whoever changed it since knew more.
    due = due.exclude(effect=ListRow.Effect.UNCHANGED).order_by("turn")[:limit]
    rows = list(due)
    if rows:
        lock_tree()
        _Batch(sent, rows).take_in()
        sent.next_turn = (rows[-1].turn or 0) + 1
    else:
        sent.state, sent.next_turn = ListImport.State.DONE, sent.turns
        sent.counts = _final_counts(sent)
    sent.save(update_fields=["state", "next_turn", "counts"])
    return bool(rows)


def _final_counts(sent: ListImport) -> dict[str, dict[str, int]]:
    """As it came out, which may differ from what the check had said."""
    verdicts, effects, changes = Counter[str](), Counter[str](), Counter[str]()
    rows = sent.list_rows.values_list("verdict", "effect", "changes")
    for verdict, effect, changed in rows.iterator(chunk_size=COUNTED_AT_ONCE):
        verdicts[verdict] += 1
        if effect:
            effects[effect] += 1
        changes.update(change[0] for change in json.loads(str(changed or "[]")))
    return {"verdicts": verdicts, "effects": effects, "changes": changes}


@dataclass(eq=False)
class _Due:
    """A row that is to be taken in, and what it came to."""

    row: ListRow
    line: UnionLine
    parent: Union | None = None
    union: Union | None = None
    effect: str = ""
    fault: Reason | None = None
    said: dict[str, object] = field(default_factory=dict)


class _Batch:
    """The next rows of a list, held against the tree as it is now; under the tree's lock."""

    def __init__(self, sent: ListImport, rows: Sequence[ListRow]) -> None:
        self.batch_id = sent.batch_id or 0  # never 0: a list runs after its yes
        self.moves, self.scope = sent.moves, scope_of(sent.by)
        self.dues = [_Due(row, UnionLine.from_json(row.values or "")) for row in rows]
        before = {row.parent_place for row in rows} - {row.place for row in rows}
        parents = sent.list_rows.filter(place__any_of=before - {None})
        self.placed: dict[int, int | None] = dict(parents.values_list("place", "union"))
        self.unions = self._standing(rows, self.scope)
        self.codes = self._holders()

    def _standing(self, rows: Sequence[ListRow], scope: Scope) -> dict[int, Union]:
        ids = {pk for row in rows for pk in (row.union_id, row.parent_id)} | set(
            self.placed.values()
        )
        return {union.pk: union for union in scope.unions().filter(pk__any_of=ids - {None})}

    def _holders(self) -> dict[str, set[int]]:
        """Credit code -> the unions that have it."""
        codes = {due.line.uscc for due in self.dues} - {""}
        holders: dict[str, set[int]] = defaultdict(set)
        unions = self.scope.unions().filter(uscc__any_of=codes)
        for code, pk in unions.values_list("uscc", "pk"):
            holders[code].add(pk)
        return holders

    def take_in(self) -> None:
        for some in self._generations():
            self._place(some)
            self._move([due for due in some if due.effect == ListRow.Effect.MOVED])
            self._found([due for due in some if due.effect == ListRow.Effect.FOUNDED])
            for due in some:
                self.placed[due.row.place] = due.union.pk if due.union else None
        self._change([due for due in self.dues if due.said])
        self._tell()

    def _generations(self) -> Iterator[list[_Due]]:
        """Parents before children; the rows come in the order of their turns, so this ends."""
        waiting = self.dues
        while waiting:
            places = {due.row.place for due in waiting}
            ready = [due for due in waiting if due.row.parent_place not in places]
            yield ready
            waiting = [due for due in waiting if due.row.parent_place in places]

    def _place(self, dues: Sequence[_Due]) -> None:
        """What each row means by now, for days may lie between the check and the yes."""
        for due in dues:
            due.parent = self._parent_of(due)
        there = self._slots(dues)
        for due in dues:
            due.union = self.unions.get(due.row.union_id or 0)
            beside = there.get((due.parent.pk if due.parent else None, due.line.name))
            if beside and not due.row.union_id:  # entered by somebody else since the check
                due.union = self.unions.setdefault(beside.pk, beside)
            due.fault = _out_of_scope(due) or self._fault(due, beside)
            if due.fault:
                continue
            if due.union is None:
                due.effect = ListRow.Effect.FOUNDED
                continue
            due.said = said_otherwise(due.line, due.union)
            due.effect = self._effect(due, due.union)
            if due.effect == ListRow.Effect.MOVED and not self.moves:
                due.said.pop("name", None)  # its new name was said of its new place

    def _parent_of(self, due: _Due) -> Union | None:
        row = due.row
        pk = row.parent_id if row.parent_place is None else self.placed.get(row.parent_place)
        return self.unions.get(pk or 0)

    def _slots(self, dues: Iterable[_Due]) -> dict[tuple[int | None, str], Union]:
        """(parent, name) -> the union that stands there."""
        names = {due.line.name for due in dues}
        edges = Edge.objects.filter(until_on=None, union__name__any_of=names)
        some = [edge for edge in edges.select_related("union") if self._is_open(edge.union)]
        return {(edge.parent_id, edge.union.name): edge.union for edge in some}

    def _is_open(self, union: Union) -> bool:
        tops = self.scope.tops
        return tops is None or any(union.path.startswith(top) for top in tops)

    def _fault(self, due: _Due, beside: Union | None) -> Reason | None:
        line, union = due.line, due.union
        if due.parent is None and (line.parent if union is None else due.row.effect == "moved"):
            return Reason("PARENT_NOT_FOUND", "parent", line.parent, {"parent": line.parent})
        if due.parent is None and union is None and self.scope.tops is not None:
            return Reason("PARENT_NOT_FOUND", "parent", facts={"parent": ""})
        if union and beside and beside.pk != union.pk:
            return Reason("DUP_UNION", "name")
        if union and due.parent and due.parent.path.startswith(union.path):
            return Reason("PARENT_CYCLE", "parent", line.parent, {"parent": line.parent})
        holders = self.codes.get(line.uscc, set())
        if holders and (union is None or union.uscc != line.uscc):
            return Reason("USCC_TAKEN", "uscc", facts={"uscc": line.uscc})
        return None

    def _effect(self, due: _Due, union: Union) -> str:
        parent = due.parent
        if due.row.effect == ListRow.Effect.MOVED and parent:
            above = union.path[: -Union.steplen]
            if above != parent.path:
                return ListRow.Effect.MOVED
        return ListRow.Effect.UPDATED if due.said else ListRow.Effect.UNCHANGED

    def _move(self, dues: Sequence[_Due]) -> None:
        """Those to whose new parent somebody said yes. Paths change by it, of others, too."""
        for due in dues if self.moves else ():
            if due.union and due.parent:
                due.union.refresh_from_db(fields=PLACE)
                due.parent.refresh_from_db(fields=PLACE)
                put_under(due.union, due.parent, entry_id=self.batch_id)
        if dues and self.moves:
            places = Union.objects.filter(pk__any_of=list(self.unions)).values_list("pk", *PLACE)
            for pk, *place in places:
                for name, value in zip(PLACE, place, strict=True):
                    setattr(self.unions[pk], name, value)

    def _found(self, dues: Sequence[_Due]) -> None:
        """Enter new unions, whatever their parents, in one statement."""
        today, steps = timezone.localdate(), _last_steps(due.parent for due in dues)
        ids = next_ids(Union, len(dues))
        for pk, due in zip(ids, dues, strict=True):
            depth, path = (due.parent.depth + 1, due.parent.path) if due.parent else (1, "")
            steps[path] += 1
            place = Union._get_path(path, depth, steps[path])  # noqa: SLF001 — what add_child does, for many
            said = union_columns(due.line)
            due.union = Union(pk=pk, depth=depth, path=place, batch_id=self.batch_id, **said)
            self.unions[pk] = due.union
        Union.objects.bulk_create([due.union for due in dues if due.union])
        Edge.objects.bulk_create(
            Edge(union=due.union, parent=due.parent, since_on=due.line.founded_on or today)
            for due in dues
            if due.union
        )
        count_children({due.parent.pk for due in dues if due.parent})

    def _change(self, dues: Sequence[_Due]) -> None:
        """Say what the lines say, and keep what stood there."""
        kept: list[Change] = []
        said: dict[int, dict[str, object]] = {}
        for due in dues:
            if due.union is None:
                continue
            for column in due.said:
                was = json.dumps(plain(getattr(due.union, column)), ensure_ascii=False)
                kept.append(Change(union=due.union, column=column, was=was, entry_id=self.batch_id))
            said.setdefault(due.union.pk, {}).update(due.said)
        Change.objects.bulk_create(kept)
        change_in(Union, said)

    def _tell(self) -> None:
        """Which union each row became, and what turned out otherwise than the check had said."""
        for due in self.dues:
            row = due.row
            row.union, row.effect = None if due.fault else due.union, due.effect
            if due.fault:
                row.verdict, row.reason_codes = Verdict.REJECTED.value, [due.fault.code]
                row.normalisations, row.warnings, row.changes = [], [], None
                row.values = to_keep(due.line.name, [due.fault])
        refused = [due.row for due in self.dues if due.fault]
        columns = ["verdict", "reason_codes", "normalisations", "warnings", "values", "changes"]
        rows = [due.row for due in self.dues]
        change_in(ListRow, {row.pk: {"union": row.union_id, "effect": row.effect} for row in rows})
        ListRow.objects.bulk_update(refused, columns)


def _out_of_scope(due: _Due) -> Reason | None:
    """The check knew the union, and it is not there any more: it stands elsewhere, and is no new one."""
    lost = due.row.union_id and due.union is None
    return Reason("UNION_OUT_OF_SCOPE", "name") if lost else None


PLACE = ("path", "depth", "numchild")


def _last_steps(parents: Iterable[Union | None]) -> dict[str, int]:
    """Path of a parent -> the number of its last child's step, 0 without children. One statement."""
    steps: dict[str, int] = defaultdict(int)
    paths = {parent.path if parent else "" for parent in parents}
    above = Substr("path", 1, Length("path") - Union.steplen)
    children = Union.objects.annotate(above=above).filter(above__any_of=paths)
    for path, last in children.values_list("above").annotate(Max("path")):
        steps[path] = Union._str2int(last[-Union.steplen :])  # noqa: SLF001 — treebeard's own count
    return steps
