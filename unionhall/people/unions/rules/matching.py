"""Which union of the tree each line of a list means. One face: ``match_lines``.

A union is known by its place (parent and name), then by its credit code, then, above the
branches, by a name that only one union has; so a list may rename a union, or say another parent.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from unionhall.base.tables import Reason
from unionhall.people.unions.rules.union_list import BRANCH, UnionLine


class Standing(NamedTuple):
    """A union of the tree; ``parent`` is None at the top of what the list may speak of."""

    pk: int
    name: str
    parent: int | None
    parent_name: str
    level: int
    uscc: str
    path: str


@dataclass(slots=True)
class Match:
    """What a line means: ``union`` is None for a new one; ``turn`` counts parents before children.

    ``parent`` is the id of the parent if it stands, ``parent_place`` its line if it has one.
    """

    turn: int
    union: Standing | None = None
    parent: Standing | None = None
    parent_place: int | None = None
    moves: bool = False
    fault: Reason | None = None


_Slot: TypeAlias = tuple[object, str]  # under whom, and the name
_Key: TypeAlias = Callable[[Standing], str]


def match_lines(lines: Mapping[int, UnionLine], standing: Sequence[Standing]) -> dict[int, Match]:
    """Place in the file -> what the accepted line there means, in the order of the turns."""
    return _Matching(lines, standing).matched()


class _Matching:
    def __init__(self, lines: Mapping[int, UnionLine], standing: Sequence[Standing]) -> None:
        self.lines = lines
        self.rows_named: dict[str, list[int]] = defaultdict(list)
        for place, line in lines.items():
            if line.level < BRANCH:
                self.rows_named[line.name].append(place)
        self.tops = {one.name: one for one in standing if one.parent is None}
        self.by_pk = {one.pk: one for one in standing}
        self.by_slot: dict[_Slot, Standing] = {(one.parent, one.name): one for one in standing}
        self.by_code = _grouped(standing, lambda one: one.uscc)
        self.by_name = _grouped(standing, lambda one: one.name if one.level < BRANCH else "")
        said = {(line.parent, line.name) for line in lines.values()}
        self.as_said = {one.pk for one in standing if (one.parent_name, one.name) in said}
        self.taken: set[int] = set()
        self.slots: set[_Slot] = set()
        self.paths: dict[int, str] = {}  # of the nearest parent that stands, by line
        self.matches: dict[int, Match] = {}

    def matched(self) -> dict[int, Match]:
        parents = {place: self._parent_of(line) for place, line in self.lines.items()}
        below: dict[int | None, list[int]] = defaultdict(list)
        for place, (row, _there, _fault) in parents.items():
            below[row].append(place)
        waiting = deque(below.pop(None, ()))
        while waiting:
            place = waiting.popleft()
            self.matches[place] = self._match(place, *parents[place])
            waiting.extend(below.pop(place, ()))
        for place in (place for some in below.values() for place in some):
            self._refuse(place, "PARENT_CYCLE", parent=self.lines[place].parent)
        return self.matches

    def _parent_of(self, line: UnionLine) -> tuple[int | None, Standing | None, str]:
        """The parent's line, or else the parent as it stands, or else what is wrong with it."""
        top = self.tops.get(line.name)
        if not line.parent or (top and top.parent_name == line.parent):
            return None, None, ""
        rows, there = self.rows_named.get(line.parent, []), self.by_name.get(line.parent, [])
        if len(rows) > 1 or (not rows and len(there) > 1):
            return None, None, "PARENT_AMBIGUOUS"
        if rows:
            return rows[0], None, ""
        return None, (there[0] if there else None), "" if there else "PARENT_NOT_FOUND"

    def _match(self, place: int, row: int | None, there: Standing | None, fault: str) -> Match:
        line, above = self.lines[place], self.matches[row] if row is not None else None
        if fault or (above and above.fault):
            return self._refuse(place, fault or "PARENT_NOT_FOUND", parent=line.parent)
        parent = above.union if above else there
        match = Match(len(self.matches), parent=parent, parent_place=row)
        self.paths[place] = parent.path if parent else self.paths.get(row or 0, "") if above else ""
        under: object = parent.pk if parent else ("line", row) if above else None
        own = self.by_slot.get((under, line.name)) if parent or not above else None
        known = own or self._known_otherwise(line)
        if known and known is not own and known.parent != under and line.parent:
            match.moves = True
            if self.paths[place].startswith(known.path):
                return self._refuse(place, "PARENT_CYCLE", parent=line.parent)
        slot = (under if match.moves or not known else known.parent, line.name)
        if self._is_others_code(line, known):
            return self._refuse(place, "USCC_TAKEN", uscc=line.uscc)
        if slot in self.slots or (known and known.pk in self.taken):
            return self._refuse(place, "DUP_UNION")
        self.slots.add(slot)
        if known:
            self.taken.add(known.pk)
        match.union = known
        return match

    def _known_otherwise(self, line: UnionLine) -> Standing | None:
        """By its code, or by a name that nobody else has; never one that another line means."""
        coded = self._free(self.by_code.get(line.uscc, ()))
        if coded:
            return coded[0] if len(coded) == 1 else None
        named = self._free(self.by_name.get(line.name, ())) if line.level < BRANCH else []
        alike = [one for one in named if one.level == line.level and not (one.uscc and line.uscc)]
        return alike[0] if len(alike) == 1 == len(self.by_name[line.name]) else None

    def _free(self, some: Iterable[Standing]) -> list[Standing]:
        return [
            one
            for one in some
            if one.parent is not None and one.pk not in self.as_said and one.pk not in self.taken
        ]

    def _is_others_code(self, line: UnionLine, known: Standing | None) -> bool:
        holders: Collection[Standing] = self.by_code.get(line.uscc, ())
        own = known is not None and known.uscc == line.uscc
        return bool(holders) and not own

    def _refuse(self, place: int, code: str, **facts: str) -> Match:
        column = "parent" if code.startswith("PARENT") else "uscc" if "USCC" in code else "name"
        match = Match(len(self.matches), fault=Reason(code, column, facts=facts))
        self.matches[place] = match
        return match


def _grouped(standing: Sequence[Standing], key: _Key) -> dict[str, list[Standing]]:
    groups: dict[str, list[Standing]] = defaultdict(list)
    for one in standing:
        if key(one):
            groups[key(one)].append(one)
    return groups
