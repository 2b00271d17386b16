"""Words for the codes of an import: what is wrong, why, and what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from unionhall.base.tables import Reason

Text: TypeAlias = str | Promise


class Wording(NamedTuple):
    """The three parts of a refusal. Facts of the reason fill the ``{names}``."""

    what: Text
    why: Text
    next: Text

    def filled(self, reason: Reason) -> Wording:
        """The same in the reader's language, with the facts in place."""
        facts = {key: str(fact) for key, fact in reason.facts.items()}
        row = facts.get("earlier")
        facts["where"] = _("第 {row} 行").format(row=row) if row else str(_("已有的名册"))
        return Wording(*(str(part).format_map(_Facts(facts)) for part in self))


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


VERDICTS: Mapping[str, Text] = {
    "accepted": _("收下"),
    "accepted_normalised": _("整理后收下"),
    "rejected": _("等你改"),
    "not_data": _("表头、空行等"),
}

NOT_DATA: Mapping[str, Text] = {
    "TITLE": _("标题"),
    "FORM_LINE": _("填报信息"),
    "HEADER": _("表头"),
    "BLANK": _("空行"),
    "SUBTOTAL": _("小计"),
    "NOTE": _("说明"),
}

CELLS: Mapping[str, Wording] = {
    "FORMULA_FORBIDDEN": Wording(
        _("这一格是公式，没有收"),
        _("公式里有外部命令或链接，别人打开时可能中招"),
        _("改成普通文字"),
    ),
    "FORMULA_NO_VALUE": Wording(
        _("公式没有结果"),
        _("文件里只存了公式，没有存算出来的值"),
        _("复制，再“粘贴为数值”"),
    ),
    "CELL_ERROR": Wording(
        _("这一格是错误值"),
        _("像 #REF!、#N/A 这样的内容不是资料"),
        _("填上正确的内容"),
    ),
}

UNKNOWN = Wording(_("这一行没有收"), _("代码 {code} 还没有说明"), _("把代码告诉管理员"))


def explained(reason: Reason, wordings: Mapping[str, Wording]) -> Wording:
    """The words for one reason."""
    wording = wordings.get(reason.code)
    if wording is None:
        return UNKNOWN.filled(Reason(reason.code, facts={"code": reason.code}))
    return wording.filled(reason)
