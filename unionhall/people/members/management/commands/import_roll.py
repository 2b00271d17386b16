"""``manage.py import_roll FILE``: take in a roll of members. Exit status 2: it cannot be read."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from unionhall.base.command_files import read_given, report_path
from unionhall.base.errors import Refused
from unionhall.base.spreadsheets import write_report
from unionhall.base.tables import Reason, Verdict
from unionhall.base.wording import explained
from unionhall.people.members import actions as members
from unionhall.people.members.models import RollImport, RollRow
from unionhall.people.members.queries import (
    WithoutPhone,
    asks_union,
    headings_of_roll,
    judge_roll,
    open_absences,
    reasons_of,
    refusal_of,
    rows_of,
)
from unionhall.people.members.rules import Headings, column_to_write, columns_to_write
from unionhall.people.members.wording import REASONS
from unionhall.people.unions.models import Union


class Command(BaseCommand):
    closing: list[str] = []
    help = "Take in a roll of members (xlsx, xls, csv or tab text); every row gets a verdict."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="judge only, change nothing")
        parser.add_argument("--as-of", type=dt.date.fromisoformat, help="today, YYYY-MM-DD")
        parser.add_argument(
            "--report", type=report_path, help="write a csv with a line for each row"
        )
        parser.add_argument(
            "--union",
            help="id or full name: only unions under this one, and everybody in it if the file "
            "has no column for unions; the only tree if left out",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        file: Path = options["file"]
        as_of = options["as_of"] or timezone.localdate()
        top = _top(options["union"])
        try:
            rows = (
                self._judge(file, top, as_of)
                if options["dry_run"]
                else self._take_in(file, top, as_of)
            )
        except Refused as error:
            raise CommandError(f"{file}: {error}", returncode=2) from error
        self._tell_in_words(dry=options["dry_run"])
        for line in self.closing:
            self.stdout.write(line)
        if options["report"]:
            options["report"].write_bytes(write_report(rows))
            self.stdout.write(_("逐行结果写在 {file}。").format(file=options["report"]))

    def _judge(self, file: Path, top: Union, as_of: dt.date) -> list[Any]:
        roll = judge_roll(read_given(file), name=file.name, top=top, as_of=as_of)
        if not roll.headings.has("union") and roll.of_union is None:
            raise _no_union()
        judged, phones = list(roll.rows), WithoutPhone()
        for one in judged:
            phones.add(one.verdict.warnings, one.effect, one.member_id)
        self._tell_headings(roll.headings, roll.of_union, phones.count())
        verdicts = [one.verdict for one in judged]
        for verdict in verdicts:
            if verdict.verdict == Verdict.REJECTED:
                self._tell_refused(verdict.sheet, verdict.row, verdict.reasons)
        self._tell(Counter(verdict.verdict.value for verdict in verdicts))
        self.effects = Counter(one.effect for one in judged if one.effect)
        self._tell(self.effects)
        return [
            (v.sheet, v.row, v.verdict.value, v.reason_codes, v.normalisations, v.warnings)
            for v in verdicts
        ]

    def _take_in(self, file: Path, top: Union, as_of: dt.date) -> list[Any]:
        roll = members.receive_roll(
            read_given(file), name=file.name, union=top, by=None, as_of=as_of
        )
        members.check_roll(roll.pk)
        roll.refresh_from_db()
        if refusal := refusal_of(roll):
            raise refusal
        if asks_union(roll):
            members.discard_roll(roll, by=None)
            raise _no_union()
        self._tell_headings(headings_of_roll(roll), roll.of_union, roll.without_phone)
        members.confirm_roll(roll, by=None)
        while members.take_in_next(roll.pk):
            pass
        roll.refresh_from_db()
        for row in rows_of(roll, verdict=Verdict.REJECTED.value):
            self._tell_refused(row.sheet, row.row, reasons_of(row))
        self._tell(roll.counts["verdicts"])
        self.effects = Counter(roll.counts["effects"])
        self.closing = _what_follows(roll)
        self._tell(self.effects)
        columns = ("sheet", "row", "verdict", "reason_codes", "normalisations", "warnings")
        return list(roll.roll_rows.order_by("place").values_list(*columns))

    def _tell_headings(self, found: Headings, of_union: Union | None, without_phone: int) -> None:
        """What would be lost without a word, before all else."""
        for line in _headings_in_words(found):
            self.stdout.write(line)
        if of_union:
            said = _("文件里没有“所属工会”这一列，所有人都算“{union}”的。")
            self.stdout.write(said.format(union=of_union.name))
        if not found.has("phone"):
            self.stdout.write(_("文件里没有“手机号码”这一列。"))
        if without_phone:
            said = _(
                "{n} 人没有手机号，登不了录，也收不到短信。补上再导入一次，已经进来的不会重复。"
            )
            self.stdout.write(said.format(n=without_phone))

    def _tell_refused(self, sheet: str, row: int, reasons: Iterable[Reason]) -> None:
        """No names, no numbers: what is printed lies about."""
        for reason in reasons:
            words = explained(reason, REASONS)._asdict()
            said = _("{sheet} 第 {row} 行：{what}。{why}。{next}。")
            self.stdout.write(said.format(sheet=sheet, row=row, **words))

    def _tell(self, counts: dict[str, int]) -> None:
        for word, count in sorted(counts.items()):
            self.stdout.write(f"{word} {count}")

    def _tell_in_words(self, *, dry: bool) -> None:
        """What was done, or would be: numbers alone do not say which of the two."""
        labels = dict(RollRow.Effect.choices)
        done = _("，").join(f"{labels[key]} {n}" for key, n in sorted(self.effects.items()))
        said = (
            _("只是试一遍，什么都没有改。去掉 --dry-run 就会：{done}。")
            if dry
            else _("导入完了：{done}。")
        )
        self.stdout.write(said.format(done=done or _("没有一行可以导入")))


def _what_follows(roll: RollImport) -> list[str]:
    """Where the report is, and what waits for somebody."""
    lines = []
    if absent := open_absences(roll, None).count():
        lines.append(_("{n} 位会员不在这份名册里，会籍不会变。").format(n=absent))
    if roll.transfer_requests.exists():
        lines.append(_("接转要等对方在工作台的“会员接转”里答复。"))
    place = _("名册记在“{union}”名下：管它的干部在工作台的“导入名册”里看得到，也能撤销。")
    return [*lines, place.format(union=roll.union.name)]


def _headings_in_words(found: Headings) -> Iterator[str]:
    comma = _("、")
    known = [
        heading if heading == column_to_write(column) else f"{heading} → {column_to_write(column)}"
        for heading, column in found.known
    ]
    yield _("认出的列：{columns}").format(columns=comma.join(known))
    if found.twice:
        twice = comma.join(heading for heading, _column in found.twice)
        yield _("同一样内容有两列，只读前面的一列，没有读：{columns}").format(columns=twice)
    if found.unread:
        yield _("没有找到表头、没有读的工作表：{sheets}").format(sheets=comma.join(found.unread))
    if not found.unknown:
        return
    guesses = [
        _("{heading}（像是“{column}”）").format(heading=heading, column=guess) if guess else heading
        for heading, guess in found.guesses()
    ]
    yield _("没认出的列，内容不会导入：{columns}").format(columns=comma.join(guesses))
    yield _("要导入就改成认识的列名：{columns}").format(columns=comma.join(columns_to_write()))


def _no_union() -> Refused:
    return Refused(
        _("没有导入。"),
        why=_("文件里没有“所属工会”这一列，也没有说都是哪个工会的。"),
        next=_("用 --union 写明那个基层工会的全称，或者在文件里加上这一列。"),
        code="no_union",
    )


def _top(said: str | None) -> Union:
    """By id or name; of several that share a name, none."""
    if said:
        tops = Union.objects.filter(**({"pk": said} if said.isdecimal() else {"name": said}))
    else:
        tops = Union.objects.get_root_nodes()
    if tops.count() != 1:
        unknown = _("没有这个工会，或者有几个都叫这个：{said}。用 --union 写它的编号。")
        several = _("不知道是哪个工会的名册。用 --union 写工会的编号或者全称。")
        raise CommandError(unknown.format(said=said) if said else several, returncode=2)
    top: Union = tops.get()
    return top
