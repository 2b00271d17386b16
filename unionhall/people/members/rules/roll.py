"""The import policy of a roll: what becomes of each row, and why. One face: ``read_roll``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import TypeVar

from unionhall.base.phones import read_phone
from unionhall.base.tables import (
    FORBIDDEN_FORMULA,
    Cell,
    CellError,
    Formula,
    Read,
    Reason,
    RowVerdict,
    Sheet,
    Table,
    Verdict,
    as_text,
)
from unionhall.base.written_dates import REMEMBERED, WrittenDay, read_day
from unionhall.base.written_text import without_invisible
from unionhall.people.members.rules.headings import roll_tables
from unionhall.people.members.rules.id_numbers import (
    ID_KINDS,
    IdNumber,
    read_id_kind,
    read_id_number,
)
from unionhall.people.members.rules.lines import RollLine, UnionNames
from unionhall.people.members.rules.names import read_name
from unionhall.people.members.rules.standings import (
    read_employment,
    read_sex,
    read_skill_grade,
    read_standing,
    read_yes_no,
)
from unionhall.people.unions.rules import union_name

T = TypeVar("T")

MOST_NAMES = 4096  # of unions, departments … that are remembered, for a roll repeats them
MIN_AGE = 16  # 劳动法 (Labour Law) art. 15

_ODD = frozenset((Formula, CellError))
_ERROR_TEXT = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!)")


def read_roll(
    sheets: Sequence[Sheet],
    *,
    unions: UnionNames,
    today: date,
    allow_test_ids: bool,
    of_union: str | None = None,
) -> Iterator[RowVerdict[RollLine]]:
    """The verdict on every row, in the order of the file; raises ``NoHeaderError`` at once.

    ``today`` bounds dates and ages. ``allow_test_ids`` admits region 99, which no person has.
    ``of_union``: where everybody is if the file has no column for it; one that it has counts.
    """
    roll = _Roll(unions, today, allow_test_ids=allow_test_ids, of_union=of_union)
    tables = roll_tables(sheets)
    return (verdict for table in tables for verdict in roll.verdicts(table))


class _Findings:
    """What was found out so far about one row, and ``about`` whom it is."""

    __slots__ = ("about", "legible", "normalisations", "reasons", "warnings")

    def __init__(self, about: str) -> None:
        self.about = about
        self.legible: dict[str, str] = {}
        self.reasons: list[Reason] = []
        self.normalisations: list[str] = []
        self.warnings: list[str] = []

    def take(self, name: str, cell: Cell, read: Callable[[Cell], Read[T]]) -> T | None:
        if isinstance(cell, CellError):
            return None
        value, changes, problem, warnings = read(cell)
        if problem:
            length = {"length": _length(cell)} if problem == "ID_LENGTH" else {}
            self.refuse(problem, name, cell, **length)
        if changes:
            self.normalisations += changes
        if warnings:
            self.warnings += warnings
        return value

    def refuse(self, code: str, name: str, cell: Cell = None, **facts: str | int) -> None:
        if code not in {reason.code for reason in self.reasons}:
            self.reasons.append(Reason(code, name, as_text(cell), facts))

    def verdict(self, sheet: str, row: int, line: RollLine | None) -> RowVerdict[RollLine]:
        if self.reasons or line is None:
            reasons, legible = tuple(self.reasons), self.legible
            return RowVerdict(
                sheet, row, Verdict.REJECTED, reasons, about=self.about, legible=legible
            )
        changes = tuple(dict.fromkeys(self.normalisations)) if self.normalisations else ()
        taken = Verdict.ACCEPTED_NORMALISED if changes else Verdict.ACCEPTED
        return RowVerdict(sheet, row, taken, (), changes, tuple(self.warnings), line, self.about)


class _Roll:
    """Reads rows and remembers the accepted ones, against which later rows are held."""

    def __init__(
        self, unions: UnionNames, today: date, *, allow_test_ids: bool, of_union: str | None
    ) -> None:
        self.unions = unions
        self.of_union = of_union
        self.today = today
        self.allow_test_ids = allow_test_ids
        self.people: dict[str, tuple[int, str, str]] = {}  # id number -> row, name, union
        self.phones: set[str] = set()
        self._read_union = lru_cache(MOST_NAMES, typed=True)(self._union_named)
        self._numbers = {kind: self._number_of(kind) for kind in ID_KINDS}

    def _number_of(self, kind: str) -> Callable[[Cell], Read[IdNumber]]:
        today, allow = self.today, self.allow_test_ids
        return lambda cell: read_id_number(cell, kind, today=today, allow_test_ids=allow)

    def verdicts(self, table: Table) -> Iterator[RowVerdict[RollLine]]:
        for row, code, cells in table.lines():
            if code:
                yield RowVerdict(table.sheet.name, row, Verdict.NOT_DATA, (Reason(code),))
                continue
            findings = _Findings(as_text(cells.get("name")).strip())
            line = self._read(row, _settled(cells, findings), table.sheet.epoch, findings)
            yield findings.verdict(table.sheet.name, row, line)

    def _read(
        self, row: int, cells: Mapping[str, Cell], epoch: date, found: _Findings
    ) -> RollLine | None:
        name = found.take("name", cells.get("name"), read_name)
        person = self._read_id(cells, found)
        born_on = self._read_birth(cells.get("born_on"), person, epoch, found)
        sex = _read_sex(cells.get("sex"), person, found)
        phone = found.take("phone", cells.get("phone"), read_phone)
        union = found.take("union", cells.get("union", self.of_union), self._read_union)
        standing = found.take("standing", cells.get("standing"), read_standing)
        joined_on = self._read_joining(cells.get("joined_on"), born_on, epoch, found)
        skill = found.take("skill_grade", cells.get("skill_grade"), read_skill_grade)
        employment = found.take("employment", cells.get("employment"), read_employment)
        if name is None or person is None or union is None:
            found.legible = _legible(person, union)
            return None
        self._compare(name, person, union, found)
        if found.reasons:
            found.legible = _legible(person, union)
            return None
        self._remember(row, name, person, union, phone or "", found)
        return RollLine(
            name=name,
            id_kind=person.kind,
            id_number=person.number,
            born_on=born_on,
            sex=sex,
            phone=phone or "",
            union=union,
            standing=standing or "",
            joined_on=joined_on,
            ethnicity=_plain(cells.get("ethnicity")),
            department=_plain(cells.get("department")),
            education=_plain(cells.get("education")),
            skill_grade=skill,
            employment=employment or "",
            front_line=read_yes_no(cells.get("front_line")),
            standing_said="STATE_DEFAULTED" not in found.warnings,
            joined_month_only="DATE_DAY_MISSING" in found.warnings,
        )

    def _read_id(self, cells: Mapping[str, Cell], found: _Findings) -> IdNumber | None:
        kind = found.take("id_kind", cells.get("id_kind"), read_id_kind)
        if kind is None:
            return None
        return found.take("id_number", cells.get("id_number"), self._numbers[kind])

    def _read_birth(
        self, cell: Cell, person: IdNumber | None, epoch: date, found: _Findings
    ) -> date | None:
        written = WrittenDay() if isinstance(cell, CellError) else read_day(cell, epoch)
        in_id = person.born_on if person else None
        if written.problem or (in_id and not _same_day(written, in_id)):
            found.refuse("BIRTH_MISMATCH", "born_on", cell)
        elif written.how:
            found.normalisations.append(f"birth_{written.how}")
        born_on = in_id or written.day
        if born_on and _birthday(born_on, MIN_AGE) > self.today:
            found.refuse("AGE_UNDER_16", "born_on", cell, born_on=born_on.isoformat())
        return born_on

    def _union_named(self, cell: Cell) -> Read[str]:
        written = as_text(cell)
        trimmed = written.strip()
        name = union_name(trimmed)
        if not name:
            return Read(None, problem="UNION_EMPTY")
        steps = (("union_trim", written, trimmed), ("union_format", trimmed, name))
        changes = tuple(code for code, before, after in steps if before != after)
        if name in self.unions.grassroots:
            return Read(name, changes)
        upper = name in self.unions.upper
        return Read(None, problem="UNION_NOT_GRASSROOTS" if upper else "UNION_NOT_FOUND")

    def _read_joining(
        self, cell: Cell, born_on: date | None, epoch: date, found: _Findings
    ) -> date | None:
        if isinstance(cell, CellError):
            return None
        written = read_day(cell, epoch)
        if written.problem:
            found.refuse(f"JOIN_DATE_{written.problem.upper()}", "joined_on", cell)
        elif written.day is None:
            found.warnings.append("JOIN_DATE_MISSING")
        elif written.day > self.today:
            found.refuse("JOIN_DATE_FUTURE", "joined_on", cell)
        elif born_on and written.day < _birthday(born_on, MIN_AGE) <= self.today:
            found.refuse("JOIN_BEFORE_16", "joined_on", cell)
        if written.how:
            found.normalisations.append(f"join_{written.how}")
        if written.month_only:
            found.normalisations.append("join_month_only")
            found.warnings.append("DATE_DAY_MISSING")
        return written.day

    def _compare(self, name: str, person: IdNumber, union: str, found: _Findings) -> None:
        if person.number not in self.people:
            return
        earlier, other_name, other_union = self.people[person.number]
        if other_name != name:
            found.refuse("ID_NAME_CONFLICT", "id_number", person.number, earlier=earlier)
        elif other_union != union:
            found.refuse("PERSON_IN_TWO_UNIONS", "union", union, earlier=earlier)
        else:
            found.refuse("DUP_IN_FILE", "id_number", person.number, earlier=earlier)

    def _remember(
        self, row: int, name: str, person: IdNumber, union: str, phone: str, found: _Findings
    ) -> None:
        self.people[person.number] = (row, name, union)
        if phone and phone in self.phones:
            found.warnings.append("PHONE_SHARED")
        self.phones.add(phone)


def _settled(cells: Mapping[str, Cell], found: _Findings) -> Mapping[str, Cell]:
    """The cells with formulas replaced by their values; errors and bad formulas are refused."""
    for cell in cells.values():
        if ("#" in cell) if type(cell) is str else type(cell) in _ODD:
            break
    else:
        return cells  # most rows
    odd = {name: cell for name, cell in cells.items() if _is_odd(cell)}
    settled = {**cells}
    for name, cell in odd.items():
        if isinstance(cell, Formula):
            settled[name] = _settled_formula(name, cell, found)
        elif isinstance(cell, str) and _ERROR_TEXT.fullmatch(cell.strip()):
            settled[name] = CellError(cell.strip())
        value = settled[name]
        if isinstance(value, CellError) and not value.text.startswith("="):
            found.refuse("CELL_ERROR", name, value)
    return settled


def _is_odd(cell: Cell) -> bool:
    return "#" in cell if isinstance(cell, str) else isinstance(cell, Formula | CellError)


def _settled_formula(name: str, cell: Formula, found: _Findings) -> Cell:
    if FORBIDDEN_FORMULA.search(cell.text):
        found.refuse("FORMULA_FORBIDDEN", name, cell.text)
        return CellError(f"={cell.text}")
    if cell.value is None:
        found.refuse("FORMULA_NO_VALUE", name, cell.text)
        return CellError(f"={cell.text}")
    if not isinstance(cell.value, CellError):
        found.normalisations.append("formula_value")
    return cell.value


def _legible(person: IdNumber | None, union: str | None) -> dict[str, str]:
    """By what a refused row is still known."""
    said = {"id_number": person.number if person else "", "union": union or ""}
    return {column: value for column, value in said.items() if value}


def _read_sex(cell: Cell, person: IdNumber | None, found: _Findings) -> str:
    sex = found.take("sex", cell, read_sex) or ""
    if person and person.sex and sex and sex != person.sex:
        found.refuse("GENDER_MISMATCH", "sex", cell)
    return sex or (person.sex if person else "")


def _same_day(written: WrittenDay, day: date) -> bool:
    if written.day is None:
        return True
    if written.month_only:
        return (written.day.year, written.day.month) == (day.year, day.month)
    return written.day == day


@lru_cache(REMEMBERED)
def _birthday(born_on: date, age: int) -> date:
    """The day on which that age is reached; of 29 February in other years 1 March."""
    if born_on.year + age > date.max.year:
        return date.max
    try:
        return born_on.replace(year=born_on.year + age)
    except ValueError:
        return date(born_on.year + age, 3, 1)


def _length(cell: Cell) -> int:
    """Of a number, without what may stand between its digits."""
    return sum(map(str.isalnum, as_text(cell)))


@lru_cache(MOST_NAMES, typed=True)
def _plain(cell: Cell) -> str:
    return without_invisible(as_text(cell)).strip()
