"""What became of each row or question of a file, for the page, the file and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from unionhall.base.returned_tables import annotated
from unionhall.base.spreadsheets import write_report
from unionhall.base.tables import Verdict
from unionhall.domain.quiz.models import Bank
from unionhall.domain.quiz.queries.bank_files import read_bank_file
from unionhall.domain.quiz.queries.banks import verdicts_on
from unionhall.domain.quiz.rules.exchange.written import QuestionFile
from unionhall.domain.quiz.rules.verdicts import QuestionVerdict

WORDS = {
    "TYPE_EMPTY": _("题型为空"),
    "TYPE_UNSUPPORTED": _("题型不支持，现在收单选、多选、判断、填空"),
    "TEXT_TOO_LONG": _("文字太长：题干、选项、解析最多一万字，填空的答案最多 100 字"),
    "STEM_EMPTY": _("题干为空"),
    "HTML_FORBIDDEN": _("含有不允许的 HTML 或脚本"),
    "OPTION_TOO_FEW": _("选择题至少要有两个选项"),
    "OPTION_GAP": _("选项不连续，中间有空选项"),
    "OPTION_DUP": _("选项内容重复"),
    "OPTION_IS_DATE": _("选项被表格软件改成了日期，请设为文本后重填"),
    "ANSWER_EMPTY": _("答案为空"),
    "ANSWER_NOT_LETTER": _("选择题答案应填字母"),
    "ANSWER_REPEATED": _("答案字母重复"),
    "ANSWER_OUT_OF_RANGE": _("答案超出选项范围"),
    "SINGLE_MULTI_ANSWER": _("单选题给出了多个答案"),
    "MULTI_TOO_FEW": _("多选题至少要有两个正确答案"),
    "JUDGE_ANSWER_INVALID": _("判断题答案应为对或错"),
    "BLANK_MISMATCH": _("填空数量与答案数量不一致"),
    "SCORE_INVALID": _("分值必须是大于 0 且不超过 100 的数"),
    "CELL_ERROR": _("格子里是错误值"),
    "OPTION_TOO_MANY": _("选项超过八个"),
    "ANSWER_PATTERN": _("答案里的 * 代表任意文字，这里只收写定的答案"),
    "FORMAT_BROKEN": _("写法不完整，比如少了一个花括号或者答案"),
    "PICTURE_PLACE": _("图片只能放在题干里"),
    "PICTURE_TOO_MANY": _("一道题只能有一张图片"),
    "PICTURE_MISSING": _("图片不在文件里，别的网站上的图片不收"),
    "PICTURE_INVALID": _("图片要是 512 KB 以内的 PNG 或 JPEG，长宽都不超过 4000 像素"),
    "DUP_STEM": _("题干与已有的题目重复"),
    "DUP_STEM_CONFLICT": _("题干与已有的题目重复但答案不同，请核对"),
}


@dataclass(frozen=True)
class Tally:
    """How many rows came to which verdict."""

    accepted: int
    normalised: int
    rejected: int
    not_data: int


def words_of(codes: Iterable[str]) -> str:
    """Why a row was not taken, to be read by a person."""
    return "；".join(str(WORDS.get(code, code)) for code in codes)


def tally_of(verdicts: Iterable[QuestionVerdict]) -> Tally:
    """Counts for the report's first line."""
    came_to = [verdict.verdict for verdict in verdicts]
    return Tally(
        came_to.count(Verdict.ACCEPTED),
        came_to.count(Verdict.ACCEPTED_NORMALISED),
        came_to.count(Verdict.REJECTED),
        came_to.count(Verdict.NOT_DATA),
    )


@dataclass(frozen=True)
class Rejected:
    """A line of the page. ``line`` of a text file; 0 where ``row`` says it all."""

    sheet: str
    row: int
    line: int
    words: str


@dataclass(frozen=True)
class Report:
    """A report to be taken home."""

    content: bytes
    suffix: str
    content_type: str


def rejected_in(verdicts: Iterable[QuestionVerdict]) -> list[Rejected]:
    """All that was not taken, in the file's order."""
    return [
        Rejected(one.sheet, one.row, line_of(one), words_of(one.reason_codes))
        for one in verdicts
        if one.verdict == Verdict.REJECTED
    ]


def line_of(verdict: QuestionVerdict) -> int:
    """Where a rejected question of a text file begins; 0 in a table."""
    return int(verdict.reasons[0].facts.get("line", 0)) if verdict.reasons else 0


def csv_report(verdicts: Sequence[QuestionVerdict]) -> bytes:
    """A line for each row, with codes."""
    return write_report(
        (one.sheet, one.row, one.verdict.value, one.reason_codes, one.normalisations, one.warnings)
        for one in verdicts
    )


def report_file(content: bytes, *, name: str, bank: Bank | None) -> Report:
    """The sender's table with reasons beside its rows; a csv for GIFT, Aiken and Moodle XML.

    Raises ``UnreadableFile`` and ``NoHeaderError``.
    """
    source = read_bank_file(content, name=name)
    verdicts = verdicts_on(source, bank=bank)
    if isinstance(source, QuestionFile):
        return Report(csv_report(verdicts), "csv", "text/csv; charset=utf-8")
    notes = {(one.sheet, one.row): one.words for one in rejected_in(verdicts)}
    table = annotated(content, name=name, notes=notes, heading=gettext("为什么进不来"))
    return Report(
        table, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
