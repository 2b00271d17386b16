"""The columns that a roll may have, and what became of the headings of a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import NamedTuple, TypeVar

from unionhall.base.tables import (
    Columns,
    Heading,
    NoHeaderError,
    Row,
    Sheet,
    Table,
    as_text,
    find_table,
    headings_of,
    plain_heading,
)
from unionhall.people.members.rules.masks import masked_written

T = TypeVar("T")

COLUMNS = Columns(  # the first of each is the one that we tell people to write
    headings={
        "name": ("姓名", "会员姓名", "职工姓名", "员工姓名"),
        "sex": ("性别",),
        "ethnicity": ("民族",),
        "id_kind": ("证件类型", "证件种类"),
        "id_number": (
            "证件号码",
            "证件号",
            "身份证号码",
            "身份证号",
            "身份证",
            "身份证件号码",
            "公民身份号码",
        ),
        "born_on": ("出生日期", "出生年月", "出生年月日", "生日"),
        "phone": (
            "手机号码",
            "手机号",
            "手机",
            "联系电话",
            "移动电话",
            "联系方式",
            "电话",
            "电话号码",
            "联系手机",
        ),
        "union": ("所属工会", "所属工会名称", "所属工会全称", "工会名称", "所在工会"),
        "department": (
            "部门",
            "分会/部门",
            "所在部门",
            "所属部门",
            "分会",
            "车间",
            "所在车间",
            "科室",
            "所在科室",
            "班组",
            "所在班组",
            "工会小组",
            "所在工会小组",
        ),
        "education": ("学历", "文化程度"),
        "skill_grade": ("技能等级", "职业技能等级", "技术等级"),
        "employment": ("用工形式", "就业形态"),
        "front_line": ("是否一线", "是否一线职工", "一线职工"),
        "standing": ("会籍状态", "会员状态", "会籍"),
        "joined_on": ("入会日期", "入会时间", "入会年月", "加入工会日期", "加入工会时间"),
    },
    required=("name", "id_number", "union"),
)
OF_ONE_UNION = replace(COLUMNS, required=("name", "id_number"))
# A number of the line, and the column that our own table with reasons has more.
_NEEDLESS = frozenset(("序号", "行号", "要改什么"))
_LIKE_A_HEADER = 2  # so many known headings, for one may be a kind of ID
_CELLS_OF_A_TABLE = 3
_NEAR = 0.8  # 身份号 is 身份证号; 入职日期 at 0.75 is not 入会日期
_DIGITS_OF_DATA = 6  # in one cell: a day, a phone, a number
_SHOWN = 40
_AT_MOST = 60


def column_to_write(column: str) -> str:
    """The heading by which it is surely known; headings are Chinese in any language of the page."""
    return COLUMNS.headings[column][0]


def columns_to_write() -> dict[str, Sequence[str]]:
    """All of them, each with the other headings by which it is known."""
    return {names[0]: names[1:] for names in COLUMNS.headings.values()}


class Headings(NamedTuple):
    """What became of a roll's headings, as they are written; all lists in the order of the file.

    ``twice`` stand for a column that another before them is read for; ``missing`` are the columns
    without which nothing can be read; ``unread`` the visible sheets in which no header was found.
    """

    known: Sequence[tuple[str, str]] = ()  # heading, column
    twice: Sequence[tuple[str, str]] = ()
    unknown: Sequence[str] = ()
    missing: Sequence[str] = ()
    unread: Sequence[str] = ()

    def has(self, column: str) -> bool:
        """It is read from somewhere."""
        return any(one == column for _heading, one in self.known)

    def guesses(self) -> list[tuple[str, str]]:
        """Each unknown heading with the one that it may stand for, of those the file has not."""
        missing = {
            name: names[0]
            for column, names in COLUMNS.headings.items()
            if not self.has(column)
            for name in names
        }
        return [(heading, _near(plain_heading(heading), missing)) for heading in self.unknown]


def _near(heading: str, names: dict[str, str]) -> str:
    inside = [name for name in names if name in heading]
    near = inside or get_close_matches(heading[:_SHOWN], names, n=1, cutoff=_NEAR)
    return names[max(near, key=len)] if near else ""


def roll_tables(sheets: Sequence[Sheet]) -> list[Table]:
    """The sheets that hold members with their unions; where there is none, of one union.

    Raises ``NoHeaderError``.
    """
    try:
        return find_table(sheets, COLUMNS)
    except NoHeaderError:
        return find_table(sheets, OF_ONE_UNION)


def roll_headings(sheets: Sequence[Sheet]) -> Headings:
    """What became of the headings of a file; with ``missing``, none of its rows can be read."""
    try:
        tables = roll_tables(sheets)
    except NoHeaderError as error:
        if error.likeliest and _looks_like_a_header(error.likeliest):
            found = _headings([error.likeliest])._replace(missing=error.missing)
            # Of a table that lies on its side names stand here: only what is like a heading is kept.
            return found._replace(unknown=[one for one, meant in found.guesses() if meant])
        return Headings(missing=[column_to_write(name) for name in OF_ONE_UNION.required])
    read = {id(table.sheet) for table in tables}
    unread = [
        one.name[:_SHOWN]
        for one in sheets
        if not one.hidden and id(one) not in read and any(map(_is_of_a_table, one.rows))
    ]
    return _headings(tables)._replace(unread=_once(unread))


def _is_of_a_table(row: Row) -> bool:
    """And not a line of a text about how to fill it in."""
    return len(row) - list(row).count(None) >= _CELLS_OF_A_TABLE


def _looks_like_a_header(table: Table) -> bool:
    """And not like a row of somebody's data, of which nothing is to be kept."""
    cells = [cell for cell in table.sheet.rows[table.first] if cell is not None]
    texts = [as_text(cell) for cell in cells if isinstance(cell, str)]
    digits = max((sum(map(str.isdigit, text)) for text in texts), default=0)
    known = "name" in table.columns or len(table.columns) >= _LIKE_A_HEADER
    return known and len(texts) == len(cells) and digits < _DIGITS_OF_DATA


def _headings(tables: Sequence[Table]) -> Headings:
    found = [heading for table in tables for heading in headings_of(table, COLUMNS)]
    known = [(_shown(one), one.column) for one in found if one.is_read]
    twice = [(_shown(one), one.column) for one in found if one.column and not one.is_read]
    unknown = [one for one in found if not one.column]
    told = [_shown(one) for one in unknown if plain_heading(one.written) not in _NEEDLESS]
    return Headings(_once(known), _once(twice), _once(told))


def _shown(heading: Heading) -> str:
    return masked_written("", heading.written)[:_SHOWN]


def _once(found: Collection[T]) -> list[T]:
    return list(dict.fromkeys(found))[:_AT_MOST]
