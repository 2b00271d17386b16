"""Words of a roll that stand for a choice: standing, sex, skill grade, employment, yes and no."""

from __future__ import annotations

import re
from functools import lru_cache

from unionhall.base.tables import Cell, Read, as_text
from unionhall.base.written_text import to_half_width, without_invisible

CURRENT = "在籍"
RETAINED = "保留会籍"  # retired or without work: no right to vote or to stand

_STANDINGS = {
    **dict.fromkeys(("在籍", "正常", "在职", "在册", "在会", "内退"), CURRENT),
    **dict.fromkeys(("保留会籍", "退休", "失业"), RETAINED),
}
_GONE = {"转出", "退会", "除名", "去世", "死亡", "离职", "已离职", "辞职", "离会", "不在会"}
_SEXES = {"1": "男", "M": "男", "男性": "男", "2": "女", "F": "女", "女性": "女"}

# The new eight grades of 2022, low to high: an ordinal of our own, because the levels on
# certificates run backwards (五级 is 初级工, 一级 is 高级技师).
SKILL_GRADES = (
    "学徒工", "初级工", "中级工", "高级工", "技师", "高级技师", "特级技师", "首席技师"
)  # fmt: skip
_CERTIFICATE_LEVELS = {"五": 2, "四": 3, "三": 4, "二": 5, "一": 6}
_CERTIFICATE = re.compile(r"(?:国家)?(?:职业资格|职业技能等级|技能等级)?([一二三四五12345])级")
_NO_GRADE = {"", "无", "没有", "-", "/", "暂无"}
_FIGURES = str.maketrans("12345", "一二三四五")

_remembered = lru_cache(typed=True)  # a roll says the same few words over and over

EMPLOYMENTS = ("合同制", "劳务派遣", "新就业形态", "其他")
_EMPLOYMENTS = {
    **dict.fromkeys(
        ("劳动合同", "劳动合同制", "合同制", "合同工", "聘用合同", "事业编制"), "合同制"
    ),
    **dict.fromkeys(("劳务派遣", "派遣", "派遣制", "派遣工"), "劳务派遣"),
    **dict.fromkeys(("新就业形态", "新就业形态劳动者", "灵活就业"), "新就业形态"),
}


@_remembered
def read_standing(cell: Cell) -> Read[str]:
    """在籍 or 保留会籍; problems ``NOT_CURRENT_MEMBER`` and ``STATE_UNKNOWN``; blank is 在籍."""
    written = _word(cell)
    if not written:
        return Read(CURRENT, warnings=("STATE_DEFAULTED",))
    if written in _GONE:
        return Read(None, problem="NOT_CURRENT_MEMBER")
    standing = _STANDINGS.get(written)
    if standing is None:
        return Read(None, problem="STATE_UNKNOWN")
    return Read(standing, ("state_mapped",) if written != standing else ())


@_remembered
def read_sex(cell: Cell) -> Read[str]:
    """男, 女 or empty; ``GENDER_MISMATCH`` for a word that is neither."""
    written = _word(cell)
    if written in {"", "男", "女"}:
        return Read(written)
    sex = _SEXES.get(written.upper())
    return Read(sex, ("sex_mapped",)) if sex else Read(None, problem="GENDER_MISMATCH")


@_remembered
def read_skill_grade(cell: Cell) -> Read[int]:
    """1 to 8, or nothing; an unknown word is left out with the warning ``SKILL_UNKNOWN``."""
    written = re.sub(r"\s", "", _word(cell))
    if written in _NO_GRADE:
        return Read(None)
    outside = written.partition("(")[0] if written.endswith(")") else written
    bare = outside.split("/")[-1]
    if bare in SKILL_GRADES:
        return Read(SKILL_GRADES.index(bare) + 1)
    level = _CERTIFICATE.fullmatch(bare) or _CERTIFICATE.match(written)
    if level:
        return Read(_CERTIFICATE_LEVELS[level[1].translate(_FIGURES)])
    return Read(None, warnings=("SKILL_UNKNOWN",))


@_remembered
def read_employment(cell: Cell) -> Read[str]:
    """One of ``EMPLOYMENTS``; blank stays blank."""
    written = _word(cell)
    return Read(_EMPLOYMENTS.get(written, "其他") if written else "")


@_remembered
def read_yes_no(cell: Cell) -> bool | None:
    """``None`` when neither yes nor no stands there."""
    written = _word(cell).upper()
    if written in {"是", "Y", "YES", "1", "TRUE", "√", "有"}:
        return True
    return False if written in {"否", "N", "NO", "0", "FALSE", "×", "无"} else None


def _word(cell: Cell) -> str:
    return to_half_width(without_invisible(as_text(cell))).strip()
