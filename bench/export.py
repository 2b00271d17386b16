"""100,000 members to a workbook: asked for, written by the job, fetched.

The floor: XlsxWriter writes the same cells, which lie ready in memory, and does nothing else.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from datetime import date

import xlsxwriter
from python_calamine import CalamineWorkbook

from bench._harness import Figure, database, medians, seconds
from bench.rolls import Person, Roll
from unionhall.base.exports import actions as exports
from unionhall.base.spreadsheets import Written
from unionhall.people.accounts.models import User
from unionhall.people.members.actions import indexes
from unionhall.people.members.models import Member, Membership
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union
from unionhall.site.export_lists import LISTS, scope_of, who_asked

PEOPLE, AT_ONCE = 100_000, 5000
GOAL = 2.0
ROLL = LISTS["members.roll"]
COLUMNS = [column for column in ROLL.columns if column.chosen]


def figures(rounds: int) -> Iterator[Figure]:
    """Seconds from the press of the button to the bytes."""
    with database("bench_export"):
        officer = a_full_house()
        readers = [column.reader() for column in COLUMNS]
        cells = [[read(row) for read in readers] for row in rows_of(officer)]
        took = medians(
            rounds,
            lambda: {
                "floor": seconds(lambda: floor(cells)),
                "ours": seconds(lambda: ours(officer)),
            },
        )
        check(ours(officer), cells)
    yield Figure("export", took["ours"], "s", took["floor"], GOAL)


def a_full_house() -> User:
    """A union of 100,000 members, and its officer."""
    union = tree.found("七号厂工会", parent=None, level=Union.Level.GRASSROOTS)
    officer = User.objects.create_user("19900000001", name="何立夏")
    tree.appoint(officer, union=union, role="officer")
    crowd: list[Person] = []
    for person in Roll(PEOPLE, dirt=0).people():
        crowd.append(person)
        if len(crowd) == AT_ONCE:
            admit(crowd, union)
            crowd.clear()
    return officer


def admit(crowd: Sequence[Person], union: Union) -> None:
    """Rows as an import leaves them."""
    members = Member.objects.bulk_create(
        Member(
            name=one.name,
            id_kind="resident",
            id_number=one.id_number,
            sex="m" if one.sex == "男" else "f",
            born_on=one.born_on,
            skill_grade=4 if one.grade else None,
            **indexes(one.id_number, str(one.phone)),
        )
        for one in crowd
    )
    Membership.objects.bulk_create(
        Membership(member=member, union=union, department=one.department, joined_on=one.joined_on)
        for member, one in zip(members, crowd, strict=True)
    )


def rows_of(officer: User) -> Iterator[Membership]:
    """As the list finds them."""
    return ROLL.find(officer, {}).stream()


def floor(cells: Sequence[Sequence[Written]]) -> bytes:
    """The cells, typed."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page, text = book.add_worksheet(), book.add_format({"num_format": "@"})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for at, row in enumerate(cells, start=1):
            for column, cell in enumerate(row):
                if isinstance(cell, date):
                    page.write_datetime(at, column, cell, day)
                elif cell is not None:
                    page.write_string(at, column, str(cell), text)
    return out.getvalue()


def ours(officer: User) -> bytes:
    """As the page and the worker do it."""
    export = exports.ask_for(
        ROLL,
        ROLL.find(officer, {}),
        by=officer,
        filters={},
        columns=[column.key for column in COLUMNS],
        purpose="report",
        file_format="xlsx",
    )
    exports.write(export.pk, LISTS, scope_of, who_asked)
    return exports.fetch(export, by=officer, scope=scope_of(officer))


def check(content: bytes, cells: Sequence[Sequence[Written]]) -> None:
    """What was measured is worth nothing unless it is right."""
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert len(rows) == len(cells) + 1 == PEOPLE + 1
    assert all(row[0] == cell[0] for row, cell in zip(rows[1:], cells, strict=True))
