"""What goes in and comes out of the verbs about rolls, each with an example."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from ninja import Field, Schema
from pydantic import ConfigDict, WithJsonSchema

from unionhall.base.api import QueryText, RefusalOut
from unionhall.base.spreadsheets import MAX_BYTES
from unionhall.base.tables import Reason, Verdict
from unionhall.base.wording import explained
from unionhall.people.members.actions.pushes import GIVEN_UP_AFTER, OPEN_AT_ONCE
from unionhall.people.members.models import RollRow
from unionhall.people.members.queries import reasons_of
from unionhall.people.members.rules import masked_written
from unionhall.people.members.rules.masks import masked_name
from unionhall.people.members.rules.pushed import MAX_PAGES, MAX_ROWS, ROWS_A_PAGE
from unionhall.people.members.wording import REASONS
from unionhall.people.programs.models import ProgramKey

# Whatever else JSON can say is refused with its place: see ``pushes.add_page``.
Cell = Annotated[Any, WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]})]

NOES = {401: RefusalOut, 403: RefusalOut, 404: RefusalOut, 409: RefusalOut, 429: RefusalOut}
_ROLL = {
    "id": 42,
    "union": 7,
    "name": "人事系统 2026-11.jsonl",
    "state": "checked",
    "problem": "",
    "rows": 3,
    "next_place": 0,
    "counts": {"verdicts": {"not_data": 1, "accepted": 1, "rejected": 1}},
    "left_out": {"12": 340},
    "headings": {
        "known": [["姓名", "name"], ["身份证号", "id_number"], ["所属工会", "union"]],
        "twice": [],
        "unknown": ["工号"],
        "missing": [],
        "unread": [],
    },
    "of_union": None,
    "without_phone": 1,
    "as_of": "2026-11-20",
    "created_at": "2026-11-20T09:00:00+08:00",
}


def _example(**fields: Any) -> ConfigDict:  # noqa: ANN401 — whatever JSON can say
    return ConfigDict(json_schema_extra={"examples": [fields]})


WITHOUT_NUL = r"^[^\x00]*$"  # PostgreSQL keeps no such text


class HeadingsOut(Schema):
    """What became of the headings, as they are written: what is not ``known`` is not read."""

    known: list[tuple[str, str]] = Field([], description="Heading, and the column it stands for.")
    twice: list[tuple[str, str]] = Field(
        [], description="Not read, for another heading before it stands for the same column."
    )
    unknown: list[str] = []
    missing: list[str] = Field([], description="Without these nothing can be read.")
    unread: list[str] = Field([], description="Sheets in which no header was found.")


class RollOut(Schema):
    """``counts``: verdicts, effects, reasons and changed columns, each by its code."""

    model_config = _example(**_ROLL)

    id: int
    union: int = Field(alias="union_id")
    name: str = Field(alias="file_name")
    state: str = Field(
        description="open, received (being checked), checked (waits for a yes), running, done, "
        "unreadable (problem says why), discarded, undone."
    )
    problem: str
    rows: int
    next_place: int = Field(description="How many rows are behind it while it is taken in.")
    counts: dict[str, dict[str, int]]
    left_out: dict[str, int] = Field(
        description="Unions under the same top of which the roll says nothing: id -> live members."
    )
    headings: HeadingsOut
    of_union: int | None = Field(
        alias="of_union_id",
        description="Where everybody is, because there is no column 所属工会: a grassroots union.",
    )
    without_phone: int = Field(description="People who after a yes would have no phone.")
    as_of: dt.date
    created_at: dt.datetime


class LimitsOut(Schema):
    """Of one push. More is refused with ``push_too_large``."""

    pages: int = MAX_PAGES
    rows_a_page: int = ROWS_A_PAGE
    rows: int = MAX_ROWS
    bytes: int = MAX_BYTES
    open_at_once: int = Field(default=OPEN_AT_ONCE, description="For one union.")
    hours: int = Field(
        default=int(GIVEN_UP_AFTER.total_seconds()) // 3600,
        description="Without a page for so long, an open push is let go.",
    )


class OpenedOut(RollOut):
    """The push that was begun, and what it may hold."""

    model_config = _example(**_ROLL | {"state": "open"}, limits=LimitsOut().model_dump())

    limits: LimitsOut = LimitsOut()


class PushIn(Schema):
    """``union``: the top of the part of the tree that the roll is for."""

    model_config = _example(name="人事系统 2026-11", as_of="2026-11-20")

    union: int | None = Field(None, description="The key's, or the officer's own, by default.")
    name: QueryText = Field(
        "", max_length=80, description="Shown to the officer who confirms; the key's by default."
    )
    as_of: dt.date | None = Field(
        None, description="Ages and dates are held against it; today by default."
    )


class PageIn(Schema):
    """Rows as heading -> cell, with the headings that a file may have, such as 姓名 and 证件号码.

    A cell is text or a number. Send numbers of people as text: JSON numbers lose digits from the
    16th on, and are refused like truncated numbers of a spreadsheet. An empty cell is ``""``, or
    is left out; ``true``, ``null``, lists and objects are refused.
    """

    model_config = _example(
        number=1,
        rows=[
            {
                "姓名": "周白露",
                "证件号码": "990101199003070011",
                "手机号码": "19900000001",
                "所属工会": "七号厂工会",
            }
        ],
    )

    number: int = Field(ge=1, le=MAX_PAGES, description="From 1; in any order.")
    rows: list[dict[str, Cell]] = Field(max_length=ROWS_A_PAGE)


class PageOut(Schema):
    """The page that is kept."""

    model_config = _example(number=1, rows=1000)

    number: int
    rows: int = Field(alias="count")


class FinishIn(Schema):
    """How many pages make up the whole roll."""

    model_config = _example(pages=3)

    pages: int = Field(ge=1, le=MAX_PAGES, description="How many were sent.")


class RowQuery(Schema):
    """Which rows."""

    verdict: Verdict | None = None
    effect: RollRow.Effect | None = None


class ChangeOut(Schema):
    """``entry``: the import or the deed with which the former value came."""

    column: str
    was: str | int | bool | None
    now: str | int | bool | None
    entry: int | None


class ReasonOut(Schema):
    """Why a row was not taken: the code, the column, and the three parts in the reader's language."""

    code: str
    column: str
    what: str
    why: str
    next: str


class RowOut(Schema):
    """A row as the csv report has it; ``row`` is the record's number, the headings being 1."""

    model_config = _example(
        sheet="人事系统 2026-11",
        row=3,
        verdict="rejected",
        reason_codes=["ID_CHECKSUM"],
        reasons=[
            {
                "code": "ID_CHECKSUM",
                "column": "id_number",
                "what": "证件号码最后一位对不上",
                "why": "最后一位由前 17 位算出，多半是抄错了一个数字",
                "next": "对照证件逐位核对",
            }
        ],
        normalisations=[],
        warnings=[],
        effect="",
        changes=[],
    )

    sheet: str
    row: int
    verdict: str
    reason_codes: list[str]
    reasons: list[ReasonOut]
    normalisations: list[str]
    warnings: list[str]
    effect: str
    changes: list[ChangeOut]

    @staticmethod
    def resolve_reasons(row: RollRow) -> list[dict[str, str]]:
        return [_told(reason) for reason in reasons_of(row)]

    @staticmethod
    def resolve_changes(row: RollRow, context: Mapping[str, Any]) -> list[dict[str, Any]]:
        """A program sent what is said now; what the union knew of somebody before is not for it."""
        told = json.loads(row.changes) if row.changes else []
        by_program = isinstance(context["request"].auth, ProgramKey)
        return [
            {
                "column": column,
                "was": None if by_program else _masked(column, was),
                "now": _masked(column, now),
                "entry": by,
            }
            for column, was, now, by in told
        ]


def _told(reason: Reason) -> dict[str, str]:
    words = {key: str(part) for key, part in explained(reason, REASONS)._asdict().items()}
    return {"code": reason.code, "column": reason.column, **words}


def _masked(column: str, value: Any) -> Any:  # noqa: ANN401 — whatever JSON can say
    if column == "name":
        return masked_name(str(value))
    return masked_written(column, value) if isinstance(value, str) else value


class UndoIn(Schema):
    """Why an import is put back."""

    reason: str = Field(min_length=1, max_length=200, pattern=WITHOUT_NUL)


class AbsentOut(Schema):
    """Somebody on the roll of a union of which the file speaks, whom it does not name."""

    id: int
    member: int = Field(alias="membership.member_id")
    name: str = Field(alias="membership.member.name")
    union: int = Field(alias="membership.union_id")
    department: str = Field(alias="membership.department")
    standing: str = Field(alias="membership.standing")
    department_named: bool = Field(
        description="False: the roll names departments of her union, and never hers."
    )


class DecisionIn(Schema):
    """``why``: ``keep``, or why the standing changes. ``absent``: ids of the list.

    Without ids all whose department the roll names, and nobody else.
    """

    why: Literal[
        "keep", "retired", "unemployed", "moved", "resigned", "expelled", "died", "mistake"
    ]
    absent: list[int] | None = None


class Decided(Schema):
    """How many it was said of."""

    people: int
