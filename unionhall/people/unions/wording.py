"""What the codes of a union list's import mean to the officer who reads them."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from unionhall.base.wording import CELLS, Text, Wording
from unionhall.people.unions.models import Office

REASONS: Mapping[str, Wording] = {
    **CELLS,
    "PARENT_NOT_FOUND": Wording(
        _("上级工会“{parent}”不在组织树里"),
        _("这个名字在台账里没有，或者它自己那一行也没有收"),
        _("核对上级工会全称，或者先补上它"),
    ),
    "PARENT_CYCLE": Wording(
        _("上级绕了一圈，又回到它自己"),
        _("一个工会不能放到自己或者自己的下级里"),
        _("核对这几行的上级工会"),
    ),
    "PARENT_AMBIGUOUS": Wording(
        _("叫“{parent}”的上级不止一个"),
        _("只凭名称分不出是哪一个"),
        _("把上级的名称写全，或者先改掉同名的"),
    ),
    "USCC_TAKEN": Wording(
        _("统一社会信用代码 {uscc} 已经是另一个工会的"),
        _("一个代码只属于一个工会"),
        _("对照法人证书核对代码和名称"),
    ),
    "DUP_UNION": Wording(
        _("同一个上级下面已经有同名工会"),
        _("见{where}"),
        _("删掉一行，或者改名称"),
    ),
    "UNION_OUT_OF_SCOPE": Wording(
        _("这个工会不再归传台账的人管"),
        _("检查完以后，它换了上级，或者传台账的人换了任职"),
        _("去掉这一行，或者请现在管它的人来传"),
    ),
    "USCC_LENGTH": Wording(
        _("统一社会信用代码是 {length} 位"), _("应当是 18 位"), _("对照法人证书补全")
    ),
    "USCC_CHECKSUM": Wording(
        _("统一社会信用代码的校验位对不上"),
        _("多半是抄错了一个字符；代码里没有 I、O、S、V、Z"),
        _("对照法人证书逐位核对"),
    ),
    "MEMBERS_GT_WORKERS": Wording(
        _("会员比职工多"), _("会员 {members} 人，职工 {workers} 人"), _("核对两个人数")
    ),
    "INDUSTRY_SECTION_MISMATCH": Wording(
        _("行业门类 {section} 和大类 {division} 对不上"),
        _("按 GB/T 4754-2017，大类 {division} 属于门类 {right}；2002 版的字母不一样"),
        _("门类改成 {right}，或者核对大类"),
    ),
    "TERM_END_BEFORE_FOUNDED": Wording(
        _("换届日期早于建会日期"), _("还没有建会就换届，不可能"), _("核对两个日期")
    ),
    "FOUNDED_IN_FUTURE": Wording(
        _("建会日期还没有到"), _("它晚于检查这份台账的那一天"), _("核对建会日期")
    ),
    "UNION_NAME_EMPTY": Wording(_("没有工会名称"), _("名称这一格是空的"), _("填上全称")),
    "UNION_NAME_LONG": Wording(_("工会名称太长"), _("最多 120 个字"), _("写法人证书上的全称")),
    "LEVEL_UNKNOWN": Wording(
        _("不认识这个组织级别"),
        _("级别有区级、乡镇（街道）级、基层工会、分会"),
        _("换成其中一种"),
    ),
    "COUNT_INVALID": Wording(_("人数不对"), _("有一格人数不是整数"), _("填整数，没有就留空")),
    "DATE_INVALID": Wording(
        _("日期不对"), _("建会日期或换届日期不是日期"), _("写成 2019-03-05 这样")
    ),
}

NORMALISATIONS: Mapping[str, Text] = {
    "name_trim": _("名称去掉首尾空格"),
    "union_format": _("名称统一括号"),
    "uscc_upper": _("信用代码改大写"),
    "formula_value": _("公式取了结果"),
}

WARNINGS: Mapping[str, Text] = {
    "TERM_OVERDUE": _("过了换届日期"),
}

_MAY: Mapping[str, Text] = {
    "chair": _("办这个工会和下级的事，任免它和下级的人"),
    "deputy": _("办这个工会和下级的事，任免它和下级的人"),
    "officer": _("办这个工会和下级的事，任免下级的人"),
    "auditor": _("读这个工会和下级的记录，别的不办"),
    "system": _("看平台的设置、密钥和运行情况，看不到会员"),
    "security": _("看谁有什么权、谁没有动态码，让别人退出登录，看不到会员"),
    "audit": _("只读整本记录，看不到会员"),
}


def roles_told() -> list[tuple[Text, Text]]:
    """Each role with what it may do, in the order of ``Office.Role``."""
    return [(label, _MAY[key]) for key, label in Office.Role.choices]
