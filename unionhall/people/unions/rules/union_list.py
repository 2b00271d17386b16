"""The import policy of a list of unions. One face: ``read_union_list``.

One code per faulty row, the first that applies. Parents may stand after their children; a union
is known by its parent and its name together, because branches of many unions share a name.
"""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import orjson

from unionhall.base.chinese_ids import USCC_LENGTH, uscc_is_valid
from unionhall.base.tables import (
    FORBIDDEN_FORMULA,
    Cell,
    CellError,
    Columns,
    Formula,
    Reason,
    RowVerdict,
    Sheet,
    Table,
    Verdict,
    as_text,
    find_table,
)
from unionhall.base.written_dates import read_day
from unionhall.base.written_text import to_half_width, without_invisible
from unionhall.people.unions.rules.industries import SECTIONS_OF_2002, section_of

COLUMNS = Columns(
    headings={
        "name": ("工会名称", "工会全称", "工会组织名称"),
        "parent": ("上级工会", "上级工会名称"),
        "level": ("组织级别", "工会级别", "级别"),
        "uscc": ("统一社会信用代码", "社会信用代码"),
        "employer": ("单位名称", "用人单位"),
        "ownership": ("单位性质",),
        "holding": ("控股类型", "控股情况"),
        "section": ("行业门类",),
        "division": ("行业大类",),
        "workers": ("职工人数", "职工数"),
        "members": ("会员人数", "会员数"),
        "women": ("女职工人数", "女职工数"),
        "migrants": ("农民工人数", "农民工数"),
        "founded_on": ("建会日期", "成立日期", "建会时间"),
        "term_years": ("届期", "任期"),
        "term_ends_on": ("换届日期", "届满日期"),
        "chair": ("主席", "工会主席"),
        "chair_phone": ("主席联系电话", "主席电话", "联系电话"),
        "pilot": ("是否产改试点", "产改试点"),
        "remark": ("备注",),
    },
    required=("name", "parent", "level"),
)
DISTRICT, STREET, GRASSROOTS, BRANCH = 1, 2, 3, 4
_LEVELS = {
    **dict.fromkeys(("区级", "区(县)级", "区县级", "县级", "1"), DISTRICT),
    **dict.fromkeys(("乡镇(街道)级", "乡镇街道级", "街道级", "乡镇级", "系统级", "2"), STREET),
    **dict.fromkeys(("基层工会", "基层", "3"), GRASSROOTS),
    **dict.fromkeys(("分会", "分工会", "4"), BRANCH),
}
_TAKEN = (Verdict.ACCEPTED, Verdict.ACCEPTED_NORMALISED)
NO_COUNT, COUNT_DIGITS = -1, 9
LONGEST_NAME, LONGEST_TERM = 120, 99
_DAYS = ("founded_on", "term_ends_on")
_COUNTS = ("workers", "members", "women", "migrants", "term_years")


@dataclass(frozen=True, slots=True)
class UnionLine:
    """One union as the list states it, in canonical form. ``level`` 1 district … 4 branch."""

    name: str
    parent: str
    level: int
    uscc: str
    employer: str
    ownership: str
    holding: str
    section: str
    division: str
    workers: int | None
    members: int | None
    women: int | None
    migrants: int | None
    founded_on: date | None
    term_years: int | None
    term_ends_on: date | None
    chair: str
    chair_phone: str
    pilot: bool | None
    remark: str

    def to_json(self) -> str:
        """As a row of a list keeps it until it is taken in."""
        return orjson.dumps(self).decode()

    @classmethod
    def from_json(cls, said: str) -> UnionLine:
        """The line that ``to_json`` said."""
        plain = orjson.loads(said)
        for day in _DAYS:
            plain[day] = plain[day] and date.fromisoformat(plain[day])
        return cls(**plain)


def read_union_list(
    sheets: Sequence[Sheet],
    *,
    known: Collection[str] = (),
    tops: Mapping[str, str] | None = None,
    as_of: date | None = None,
) -> list[RowVerdict[UnionLine]]:
    """The verdict on every row that is not blank, in the order of the file.

    ``known`` are the names of unions already in the tree, under which the list may hang its own;
    ``tops`` the names of its tops with the name of each one's parent, which the list need not
    hold, ``None`` where any district may be a top. ``as_of`` is the day that the list is judged on: nothing was founded after it, and an election that was due
    before it is warned of. Raises ``NoHeaderError`` when no sheet holds such a list.
    """
    drafts = [draft for table in find_table(sheets, COLUMNS) for draft in _drafts(table, as_of)]
    _place(drafts, known, tops)
    return [draft.verdict() for draft in drafts]


@dataclass(slots=True)
class _Draft:
    """A row on its way to a verdict."""

    sheet: str
    row: int
    line: UnionLine | None = None
    not_data: str = ""
    own_fault: Reason | None = None  # of the row alone
    place_fault: Reason | None = None  # of its place in the tree: these come first
    changes: list[str] = field(default_factory=list)
    warnings: tuple[str, ...] = ()

    def verdict(self) -> RowVerdict[UnionLine]:
        if self.not_data:
            return RowVerdict(self.sheet, self.row, Verdict.NOT_DATA, (Reason(self.not_data),))
        fault = self.place_fault or self.own_fault
        if fault:
            about = self.line.name if self.line else ""
            return RowVerdict(self.sheet, self.row, Verdict.REJECTED, (fault,), about=about)
        taken = _TAKEN[bool(self.changes)]
        changes = tuple(self.changes)
        return RowVerdict(self.sheet, self.row, taken, (), changes, self.warnings, self.line)


def _drafts(table: Table, as_of: date | None) -> Iterator[_Draft]:
    for row, code, cells in table.lines():
        if code == "BLANK":
            continue
        draft = _Draft(table.sheet.name, row, not_data=code)
        if not code:
            _read(draft, cells, table.sheet.epoch)
            if as_of:
                _hold_against(draft, as_of)
        yield draft


def _hold_against(draft: _Draft, as_of: date) -> None:
    line = draft.line
    if line and line.founded_on and line.founded_on > as_of and not draft.own_fault:
        draft.own_fault = Reason("FOUNDED_IN_FUTURE", "founded_on", line.founded_on.isoformat())
    if line and line.term_ends_on and line.term_ends_on < as_of:
        draft.warnings = ("TERM_OVERDUE",)


def _read(draft: _Draft, cells: Mapping[str, Cell], epoch: date) -> None:
    values = {name: c.value if isinstance(c, Formula) else c for name, c in cells.items()}
    text = {name: _plain(values.get(name)) for name in COLUMNS.headings}
    days = {name: read_day(values.get(name), epoch) for name in _DAYS}
    counts = {name: _count(text[name]) for name in _COUNTS}
    line = _line(text, counts, {name: written.day for name, written in days.items()})
    happened = {
        "name_trim": as_text(values.get("name")) != text["name"],
        "union_format": line.name != text["name"],
        "uscc_upper": line.uscc != text["uscc"],
        "formula_value": any(isinstance(cell, Formula) for cell in cells.values()),
    }
    draft.line = line
    draft.changes += [code for code, so in happened.items() if so]
    code = (
        next(filter(None, map(_cell_fault, cells.values())), "")
        or _fault(line)
        or ("COUNT_INVALID" if _wrong_count(counts) else "")
        or ("DATE_INVALID" if any(day.problem for day in days.values()) else "")
    )
    if code:
        draft.own_fault = Reason(code, facts=_facts(code, line))


def _cell_fault(cell: Cell) -> str:
    if isinstance(cell, Formula) and FORBIDDEN_FORMULA.search(cell.text):
        return "FORMULA_FORBIDDEN"
    if isinstance(cell, Formula) and cell.value is None:
        return "FORMULA_NO_VALUE"
    value = cell.value if isinstance(cell, Formula) else cell
    return "CELL_ERROR" if isinstance(value, CellError) else ""


def _line(
    text: Mapping[str, str], counts: Mapping[str, int | None], days: Mapping[str, date | None]
) -> UnionLine:
    return UnionLine(
        name=union_name(text["name"])[: LONGEST_NAME + 1],  # one more than any union has
        parent=union_name(text["parent"])[: LONGEST_NAME + 1],
        level=_LEVELS.get(re.sub(r"\s", "", to_half_width(text["level"])), 0),
        uscc=text["uscc"].upper(),
        employer=text["employer"],
        ownership=text["ownership"],
        holding=text["holding"],
        section=text["section"][:1].upper(),
        division=text["division"][:2],
        workers=counts["workers"],
        members=counts["members"],
        women=counts["women"],
        migrants=counts["migrants"],
        founded_on=days["founded_on"],
        term_years=counts["term_years"],
        term_ends_on=days["term_ends_on"],
        chair=text["chair"],
        chair_phone=text["chair_phone"],
        pilot=text["pilot"] == "是" if text["pilot"] else None,
        remark=text["remark"],
    )


def union_name(written: str) -> str:
    """A union's name in its one form: full-width brackets, no spaces inside."""
    return re.sub(r"\s", "", written).replace("(", "（").replace(")", "）")


def _wrong_count(counts: Mapping[str, int | None]) -> bool:
    return NO_COUNT in counts.values() or (counts["term_years"] or 0) > LONGEST_TERM


def _plain(cell: Cell) -> str:
    return without_invisible(as_text(cell)).strip()


def _count(text: str) -> int | None:
    """A count; blank is none, and what is no count is ``NO_COUNT``."""
    if not text:
        return None
    good = text.isascii() and text.isdigit() and len(text) <= COUNT_DIGITS
    return int(text) if good else NO_COUNT


def _fault(line: UnionLine) -> str:
    """The first rule that the row breaks on its own."""
    both_counts = line.workers is not None and line.members is not None
    both_days = line.founded_on and line.term_ends_on
    broken = {
        "UNION_NAME_EMPTY": not line.name,
        "UNION_NAME_LONG": len(line.name) > LONGEST_NAME,
        "LEVEL_UNKNOWN": not line.level,
        "USCC_LENGTH": line.uscc and len(line.uscc) != USCC_LENGTH,
        "USCC_CHECKSUM": line.uscc and not uscc_is_valid(line.uscc),
        "MEMBERS_GT_WORKERS": both_counts and (line.members or 0) > (line.workers or 0),
        "INDUSTRY_SECTION_MISMATCH": line.division and section_of(line.division) != line.section,
        "TERM_END_BEFORE_FOUNDED": both_days and line.term_ends_on < line.founded_on,  # type: ignore[operator]
    }
    return next((code for code, so in broken.items() if so), "")


def _facts(code: str, line: UnionLine) -> dict[str, str | int]:
    if code == "USCC_LENGTH":
        return {"length": len(line.uscc)}
    if code == "MEMBERS_GT_WORKERS":
        return {"members": line.members or 0, "workers": line.workers or 0}
    if code == "INDUSTRY_SECTION_MISMATCH":
        return {
            "section": line.section,
            "division": line.division,
            "right": section_of(line.division) or "?",
            "old": SECTIONS_OF_2002.get(line.section, ""),
        }
    return {}


def _place(
    drafts: Sequence[_Draft], known: Collection[str], tops: Mapping[str, str] | None
) -> None:
    """Walk the tree from the top: whom no parent reaches has none, wherever in the file it is."""
    children: dict[str, list[tuple[_Draft, UnionLine]]] = defaultdict(list)
    for draft in drafts:
        line = draft.line
        if line and _is_top(line, tops):
            children[""].append((draft, line))
        elif line and not line.parent:
            if line.level:  # which rows need a parent cannot be said of an unknown level
                draft.place_fault = Reason("PARENT_NOT_FOUND", "parent", facts={"parent": ""})
        elif line:
            children[line.parent].append((draft, line))
    parents = deque(["", *known])
    while parents:
        parent = parents.popleft()
        parents.extend(_placed(children.pop(parent, ())))
    for parent, orphans in children.items():
        for draft, _line in orphans:
            draft.place_fault = Reason("PARENT_NOT_FOUND", "parent", parent, {"parent": parent})


def _is_top(line: UnionLine, tops: Mapping[str, str] | None) -> bool:
    if tops is None:
        return not line.parent and line.level == DISTRICT
    return line.name in tops and line.parent in {"", tops[line.name]}


def _placed(siblings: Sequence[tuple[_Draft, UnionLine]]) -> Iterator[str]:
    """Judge the children of one parent; yield the names under which more may hang."""
    seen: dict[str, int] = {}
    for draft, line in siblings:
        if line.name in seen:
            draft.place_fault = Reason("DUP_UNION", "name", facts={"earlier": seen[line.name]})
        elif draft.own_fault is None:
            seen[line.name] = draft.row
            if line.level != BRANCH:
                yield line.name
