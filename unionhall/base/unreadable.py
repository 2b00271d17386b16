"""Why a file cannot be read, in words that say what to do about it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from unionhall.base.errors import Refused

_AGAIN = _("用表格软件打开它，另存为“Excel 工作簿（.xlsx）”，再传一次。")
_WHY = {
    "locked": _("文件加了打开密码。"),
    "not_a_workbook": _("文件内容不是 Excel 工作簿，也不是 csv 文字。"),
    "web_page": _("文件名像表格，里面其实是一张网页。"),
    "text_inside": _("文件名说是 Excel 工作簿，里面其实是文字。"),
    "macros": _("文件里带着宏，带宏的文件一律不收。"),
    "bomb": _("文件解开后大得不正常，不像一张表。"),
    "too_large": _("表太大：最多 20 万行、256 列。可能是很远的地方有一个多余的格子。"),
    "damaged": _("文件坏了，或者不是完整的工作簿。"),
    "too_long": _("一分钟还没有读完。"),
    "too_many_bytes": _("文件超过 20 MB。"),
    "empty": _("文件是空的。"),
    "no_header": _("没有找到表头，里面要有这份表必需的列名。"),
    "failed": _("检查到一半出了错，是我们这边的问题，已经记下。"),
    "no_columns": _("表头里要有这几列，没有找到：{columns}。"),
    "encoding": _("{place}的文字既不是 UTF-8、UTF-16，也不是 GB 18030。"),
    "mixed": _("{place}的文字编码和前面的行不一样。"),
    "big5": _("文字编码像是繁体中文的 Big5。"),
    "quotes": _("{place}有一个双引号没有配对，后面的行都并进了一格。"),
}
_NEXT = {
    "not_a_workbook": _(
        "是 Word 或者 PDF，就把里面的表格复制到表格软件里，存成“Excel 工作簿（.xlsx）”；是别的表格文件，用它的软件打开，另存为 .xlsx，再传一次。"
    ),
    "locked": _("用表格软件打开它，取消打开密码，存好再传一次。"),
    "text_inside": _("把文件名的结尾改成 .csv，再传一次。"),
    "too_many_bytes": _("分成几份，每份都带表头。"),
    "no_header": _("列名写得不一样就照“认识的列名”改，没有这一列就补上，次序不限，再传一次。"),
    "empty": _("看看选的是不是这个文件，有内容再传一次。"),
    "mixed": _("用表格软件打开它，把那一行的乱码改好，另存为“Excel 工作簿（.xlsx）”，再传一次。"),
    "quotes": _("在那一行补上或者删掉双引号，再传一次。"),
}


class UnreadableFile(Refused):
    """The file cannot be read; ``reason`` is one of the keys of ``_WHY``.

    ``line`` counts the lines of a text from 1; ``columns`` are those that no header has.
    ``kept`` is the reason with its line, short enough for a column; it makes the same refusal.
    """

    code = "unreadable_file"

    def __init__(self, reason: str, *, line: int = 0, columns: Sequence[str] = ()) -> None:
        self.reason, _space, kept_line = reason.partition(" ")
        self.line = line or int(kept_line or 0)
        self.columns = tuple(columns)
        self.kept = f"{self.reason} {self.line}" if self.line else self.reason
        key = "no_columns" if columns else self.reason
        place = _("第 {line} 行").format(line=self.line) if self.line else str(_("有一行"))
        why = str(_WHY[key]).format(place=place, columns=_("、").join(columns))
        super().__init__(
            str(_("读不了这个文件。")), why=why, next=str(_NEXT.get(self.reason, _AGAIN))
        )
