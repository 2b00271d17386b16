"""A roll is read and judged: a workbook by a child process, beside whoever uses the verdicts; text here."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import orjson

from unionhall.base import spreadsheets
from unionhall.base.childs_lines import lines_of
from unionhall.base.spreadsheets import UnreadableFile, is_workbook, read_workbook
from unionhall.base.tables import Reason, RowVerdict, Sheet, Verdict
from unionhall.people.members.rules import (
    Headings,
    RollLine,
    UnionNames,
    read_roll,
    roll_headings,
)

log = logging.getLogger(__name__)

CHILD = Path(__file__).with_name("roll_child.py")
VERDICTS = {str(one): one for one in Verdict}
Verdicts: TypeAlias = Iterator[RowVerdict[RollLine]]


@dataclass(frozen=True)
class HeldAgainst:
    """What the rows of a file are held against; ``of_union`` if the file has no column for it."""

    grassroots: list[str]
    upper: list[str]
    today: dt.date
    allow_test_ids: bool
    of_union: str | None


def read_and_judged(content: bytes, name: str, against: HeldAgainst) -> tuple[Headings, Verdicts]:
    """The headings of a file, and the verdict on every row; none if a column is missing.

    Raises ``UnreadableFile``; of a workbook perhaps later, behind many good rows.
    """
    if is_workbook(content):
        return _by_child(content, against)
    return judged_here(read_workbook(content, name=name), against)


def judged_here(sheets: list[Sheet], against: HeldAgainst) -> tuple[Headings, Verdicts]:
    """By this very process."""
    headings = roll_headings(sheets)
    if headings.missing:
        return headings, iter(())
    verdicts = read_roll(
        sheets,
        unions=UnionNames(frozenset(against.grassroots), frozenset(against.upper)),
        today=against.today,
        allow_test_ids=against.allow_test_ids,
        of_union=against.of_union,
    )
    return headings, verdicts


def _by_child(content: bytes, against: HeldAgainst) -> tuple[Headings, Verdicts]:
    given = input_of_child(content, against)
    lines = _answers(lines_of(CHILD, given, patience_s=spreadsheets.WALL_SECONDS))
    return Headings(**next(lines)), (_heard(told) for many in lines for told in many)


def input_of_child(content: bytes, against: HeldAgainst) -> bytes:
    """As ``roll_child`` reads it."""
    return orjson.dumps(asdict(against)) + b"\n" + content


def _answers(lines: Iterator[bytes]) -> Iterator[Any]:
    """All but the last, which says whether it is whole."""
    answer: Any = None
    for line in lines:
        if answer is not None:
            yield answer
        answer = orjson.loads(line)
    if not isinstance(answer, dict):
        raise UnreadableFile("too_large")
    if "refused" in answer:
        if "by" in answer:  # a reader's panic, or a mistake in a rule of ours
            log.warning("a roll is called damaged because of %s", answer["by"])
        raise UnreadableFile(answer["refused"])


def _heard(told: list[Any]) -> RowVerdict[RollLine]:
    """In the order of ``RowVerdict``."""
    sheet, row, verdict, reasons, normalisations, warnings, line, about, legible = told
    why = tuple([Reason(*one) for one in reasons]) if reasons else ()
    said = _line(*line) if line else None
    codes = tuple(normalisations), tuple(warnings)
    return RowVerdict(sheet, row, VERDICTS[verdict], why, *codes, said, about, legible)


def _line(
    name: str, kind: str, number: str, born_on: str | None, sex: str, phone: str, union: str,
    standing: str, joined_on: str | None, *others: Any,  # noqa: ANN401 — as the line has them
) -> RollLine:  # fmt: skip
    born = dt.date.fromisoformat(born_on) if born_on else None
    joined = dt.date.fromisoformat(joined_on) if joined_on else None
    return RollLine(name, kind, number, born, sex, phone, union, standing, joined, *others)
