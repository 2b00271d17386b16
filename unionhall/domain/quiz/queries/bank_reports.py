"""What became of each row or question of a file, for the page, the file and the command line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from unionhall.base.returned_tables import annotated
from unionhall.base.spreadsheets import write_report
from unionhall.base.tables import Verdict
from unionhall.base.wording import NOT_DATA, Text
from unionhall.domain.quiz.models import BankImport, BankImportRow
from unionhall.domain.quiz.queries.bank_files import as_table, read_bank_file
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
    "CELL_ERROR": _("有一格是错误值，像 #N/A、#REF!，请填上正确的内容"),
    "FORMULA_FORBIDDEN": _("有一格是带外部命令或链接的公式，请改成普通文字"),
    "FORMULA_NO_VALUE": _("有一格的公式没有存结果，请复制后“粘贴为数值”"),
    "OPTION_TOO_MANY": _("选项超过八个"),
    "ANSWER_PATTERN": _("答案里的 * 代表任意文字，这里只收写定的答案"),
    "FORMAT_BROKEN": _("写法不完整，比如少了一个花括号或者答案"),
    "PICTURE_PLACE": _("图片只能放在题干或者选项里"),
    "PICTURE_TOO_MANY": _("一道题最多 12 张图片"),
    "PICTURE_WORDLESS": _("只有图片的选项要写上图里是什么，看不见图的人也要能选"),
    "PICTURE_MISSING": _("图片不在文件里，别的网站上的图片不收"),
    "PICTURE_INVALID": _("图片打不开，或者太大。要 8 MB 以内的 PNG、JPEG 或不动的 GIF"),
    "DUP_STEM": _("题干与已有的题目重复"),
    "DUP_STEM_CONFLICT": _("题干与已有的题目重复但答案不同，请核对"),
}


NORMALISATIONS = {
    "formula_value": _("公式取了结果"),
    "type_alias": _("题型换成了统一的叫法"),
    "stem_trim": _("去掉了题干里看不见的字符和首尾空白"),
    "option_from_number": _("选项是数字，照显示的样子收下"),
    "option_from_picture": _("选项只有图，用图的说明当文字"),
    "answer_halfwidth": _("答案的全角字母改成了半角"),
    "answer_separators": _("去掉了答案字母之间的符号"),
    "answer_upper": _("答案的小写字母改成了大写"),
    "answer_sorted": _("答案的字母按次序排好了"),
    "answer_mapped": _("√、T、正确这些写法换成了对或错"),
    "blank_added": _("题干里没有空，在末尾补了一个"),
    "difficulty_defaulted": _("没有写难度，算作“中”"),
    "score_defaulted": _("没有写分值，算作 1 分"),
    "score_text": _("“3 分”这样的分值换成了数字"),
    "html_flattened": _("去掉了加粗、颜色这些样式，文字都在"),
    "feedback_dropped": _("单个选项的反馈没有收"),
    "partial_credit_dropped": _("部分得分没有收，答全才得分"),
}
VERDICTS = {
    "accepted": _("照原样"),
    "accepted_normalised": _("理顺写法后"),
    "rejected": _("等你改"),
    "not_data": _("不是题目的行"),
}
XLSX_HEADING = _("为什么进不来")


def words_of(codes: Iterable[str]) -> str:
    """Why a row was not taken, to be read by a person."""
    return "；".join(str(WORDS.get(code, code)) for code in codes)


def line_of(verdict: QuestionVerdict) -> int:
    """Where a rejected question of a text file begins; 0 in a table."""
    return int(verdict.reasons[0].facts.get("line", 0)) if verdict.reasons else 0


@dataclass(frozen=True)
class ShownRow:
    """A row of a file as its officer reads it."""

    row: BankImportRow
    verdict: Text
    faults: Sequence[Text]
    notes: Sequence[Text]


def shown_rows(rows: Iterable[BankImportRow]) -> list[ShownRow]:
    """Verdict, faults and changes in words."""
    return [_shown(row) for row in rows]


def _shown(row: BankImportRow) -> ShownRow:
    codes: list[str] = row.reason_codes
    if row.verdict == Verdict.NOT_DATA:
        return ShownRow(
            row, VERDICTS[row.verdict], [], [NOT_DATA.get(code, code) for code in codes]
        )
    faults = [WORDS.get(code, code) for code in codes]
    notes = [NORMALISATIONS.get(code, code) for code in row.normalisations]
    return ShownRow(row, VERDICTS[row.verdict], faults, notes)


def csv_report(verdicts: Iterable[QuestionVerdict | BankImportRow]) -> bytes:
    """A line for each row, with codes; ``verdicts`` or the rows that keep them."""
    return write_report(
        (one.sheet, one.row, str(one.verdict), one.reason_codes, one.normalisations, ())
        for one in verdicts
    )


def annotated_bank(sent: BankImport) -> bytes | None:
    """The sender's table with reasons beside its rows; none of GIFT, Aiken and Moodle XML, or once it was let go.

    Raises ``UnreadableFile``.
    """
    content = bytes(sent.content or b"")
    if not content:
        return None
    content = as_table(content, name=sent.file_name)
    source = read_bank_file(content, name=sent.file_name)
    if isinstance(source, QuestionFile):
        return None
    notes = {
        (row.sheet, row.row): words_of(row.reason_codes)
        for row in sent.import_rows.filter(verdict=Verdict.REJECTED.value).defer("values")
    }
    return annotated(content, name=sent.file_name, notes=notes, heading=str(XLSX_HEADING))
