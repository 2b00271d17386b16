"""What the codes of a roll's import mean to the officer who reads them. One table a kind."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from unionhall.base.wording import CELLS, Text, Wording

COLUMNS: Mapping[str, Text] = {
    "name": _("姓名"),
    "sex": _("性别"),
    "ethnicity": _("民族"),
    "id_kind": _("证件类型"),
    "id_number": _("证件号码"),
    "born_on": _("出生日期"),
    "phone": _("手机号码"),
    "union": _("所属工会"),
    "department": _("部门"),
    "education": _("学历"),
    "skill_grade": _("技能等级"),
    "employment": _("用工形式"),
    "front_line": _("是否一线"),
    "standing": _("会籍状态"),
    "joined_on": _("入会日期"),
}

REASONS: Mapping[str, Wording] = {
    **CELLS,
    "NAME_EMPTY": Wording(
        _("没有姓名"), _("姓名这一格是空的"), _("填上姓名；这一行不是人，就不用管")
    ),
    "NAME_GARBLED": Wording(
        _("姓名里有丢了的字"),
        _("有“？”或乱码，多半是存文件时丢了生僻字"),
        _("对照证件补上那个字，用 .xlsx 存"),
    ),
    "NAME_PUA": Wording(
        _("姓名里有自造的字"),
        _("这个字是自己电脑上造的，换一台就看不到"),
        _("换成国标里的字，输入法打不出就查它的编码"),
    ),
    "NAME_INVALID": Wording(
        _("姓名里有不能用的字符"),
        _("姓名只有汉字和间隔号“·”，或者是拼音、外文"),
        _("去掉数字、括号和其他符号"),
    ),
    "ID_EMPTY": Wording(_("没有证件号码"), _("证件号码这一格是空的"), _("填上证件号码")),
    "ID_TYPE_UNKNOWN": Wording(
        _("不认识这种证件"),
        _("现在收居民身份证、港澳居民居住证、台湾居民居住证、外国人永久居留身份证和护照"),
        _("换成其中一种"),
    ),
    "ID_NUMERIC_TRUNCATED": Wording(
        _("证件号码丢了末几位"),
        _("这一格存成了数字，数字只能记住前 15 位"),
        _("先把这一列设成“文本”，再重新填"),
    ),
    "ID_CHARS": Wording(
        _("证件号码里有不能用的字符"),
        _("身份证号只有数字，最后一位可以是 X"),
        _("对照证件改正；不是身份证，就加一列“证件类型”写明是什么证件"),
    ),
    "ID_LENGTH": Wording(
        _("证件号码位数不对"),
        _(
            "写了 {length} 位。身份证 18 位（旧证 15 位），外国人永久居留身份证 18 位（旧证 3 个字母加 12 个数字），护照是 1 到 2 个字母加 7 到 8 个数字"
        ),
        _("对照证件补全"),
    ),
    "ID_REGION": Wording(
        _("证件号码的地区不存在"),
        _("前两位不是任何一个省份的代码，或者和证件类型对不上"),
        _("对照证件改正前六位和证件类型"),
    ),
    "ID_DATE": Wording(
        _("证件号码里的生日不存在"),
        _("第 7 到 14 位是出生日期，这一天没有，或者不合理"),
        _("对照证件改正"),
    ),
    "ID_CHECKSUM": Wording(
        _("证件号码最后一位对不上"),
        _("最后一位由前 17 位算出，多半是抄错了一个数字"),
        _("对照证件逐位核对"),
    ),
    "BIRTH_MISMATCH": Wording(
        _("出生日期对不上"),
        _("和证件号码里的不一样，或者不是一个日期"),
        _("看证件，改错的那一个"),
    ),
    "GENDER_MISMATCH": Wording(
        _("性别对不上"),
        _("证件号码第 17 位单数是男，双数是女"),
        _("看证件，改错的那一个"),
    ),
    "AGE_UNDER_16": Wording(
        _("还不满 16 岁"),
        _("生日是 {born_on}，劳动法规定满 16 岁才能就业"),
        _("核对出生日期"),
    ),
    "PHONE_SCIENTIFIC_LOSSY": Wording(
        _("手机号丢了末几位"),
        _("存成了科学计数法，像 1.99E+10"),
        _("先把这一列设成“文本”，再重新填"),
    ),
    "PHONE_NOT_MOBILE": Wording(
        _("这是座机"), _("通知和券要发到手机上"), _("换成手机号，没有就留空")
    ),
    "PHONE_INVALID": Wording(
        _("手机号不对"), _("手机号是 11 位，以 13 到 19 开头"), _("改正，一格只写一个，没有就留空")
    ),
    "UNION_EMPTY": Wording(_("没有写所属工会"), _("所属工会这一格是空的"), _("填上工会全称")),
    "UNION_NOT_FOUND": Wording(
        _("按这个名字找不到唯一的工会"),
        _("要和台账里的全称一字不差，在你管的范围里，而且没有第二个同名的"),
        _("到“工会”页查全称；有同名的，打开那个工会的会员，从那里导入它的名册"),
    ),
    "UNION_NOT_GRASSROOTS": Wording(
        _("这是上级工会"), _("会员登记在基层工会，不登记在总工会"), _("换成单位的工会全称")
    ),
    "NOT_CURRENT_MEMBER": Wording(
        _("这个人已经不在会"),
        _("写着转出、退会、离职、除名或去世"),
        _("从名册里删掉这一行"),
    ),
    "STATE_UNKNOWN": Wording(
        _("不认识这种会籍"),
        _("认识的是“在籍、正常、在职、在会”和“保留会籍、退休、失业”"),
        _("换成其中一种；已经不在会的，删掉这一行"),
    ),
    "JOIN_DATE_AMBIGUOUS": Wording(
        _("入会日期看不准"), _("分不清哪个是年、月、日"), _("写成 2019-03-05 这样")
    ),
    "JOIN_DATE_INVALID": Wording(
        _("没有这个入会日期"), _("日历上没有这一天，或者不是日期"), _("写成 2019-03-05 这样")
    ),
    "JOIN_DATE_FUTURE": Wording(
        _("入会日期在今天以后"), _("还没到这一天"), _("核对年份；真是以后才入会，到那天再传")
    ),
    "JOIN_BEFORE_16": Wording(
        _("入会时还不满 16 岁"), _("入会日期早于 16 岁生日"), _("核对入会日期和出生日期")
    ),
    "DUP_IN_FILE": Wording(
        _("和前面的一行重复"), _("{where}里是同一个人、同一个工会"), _("删掉一行")
    ),
    "PERSON_IN_TWO_UNIONS": Wording(
        _("这个人已经在另一个工会"),
        _("一个人同一时间只有一个会籍，见{where}"),
        _("留一行，写她现在的工会"),
    ),
    "ID_NAME_CONFLICT": Wording(
        _("同一个证件号码，两个姓名"), _("和{where}的姓名不一样"), _("看证件，改错的那一个")
    ),
}

# What the officer looks for: one heading for the many codes of one kind of mistake.
REASON_GROUPS: Mapping[str, tuple[Text, frozenset[str]]] = {
    "name": (_("姓名"), frozenset(code for code in REASONS if code.startswith("NAME_"))),
    "id": (
        _("证件"),
        frozenset(c for c in REASONS if c.startswith("ID_")) - {"ID_NAME_CONFLICT"},
    ),
    "birth": (_("生日和性别"), frozenset({"BIRTH_MISMATCH", "GENDER_MISMATCH", "AGE_UNDER_16"})),
    "phone": (_("手机"), frozenset(code for code in REASONS if code.startswith("PHONE_"))),
    "union": (_("工会"), frozenset(code for code in REASONS if code.startswith("UNION_"))),
    "standing": (_("会籍"), frozenset({"NOT_CURRENT_MEMBER", "STATE_UNKNOWN"})),
    "joined": (_("入会日期"), frozenset(code for code in REASONS if code.startswith("JOIN_"))),
    "twice": (
        _("重复"),
        frozenset({"DUP_IN_FILE", "PERSON_IN_TWO_UNIONS", "ID_NAME_CONFLICT"}),
    ),
    "cell": (_("格子"), frozenset(CELLS)),
}

WARNINGS: Mapping[str, Text] = {
    "NAME_SINGLE_CHAR": _("姓名只有一个字，核对一下"),
    "NO_PHONE": _("没有手机号，收不到通知"),
    "PHONE_SHARED": _("手机号和前面的人一样"),
    "STATE_DEFAULTED": _("会籍没写，按“在籍”登记"),
    "JOIN_DATE_MISSING": _("没有入会日期"),
    "DATE_DAY_MISSING": _("只写了年月，按 1 日登记"),
    "SKILL_UNKNOWN": _("不认识这个技能等级，没有登记"),
}

NORMALISATIONS: Mapping[str, Text] = {
    "formula_value": _("公式取了结果"),
    "name_invisible": _("姓名去掉看不见的字符"),
    "name_trim": _("姓名去掉首尾空格"),
    "name_dot": _("姓名统一间隔号"),
    "name_inner_space": _("姓名去掉中间空格"),
    "id_type_mapped": _("证件类型写成全称"),
    "id_from_number": _("证件号码由数字转成文字"),
    "id_halfwidth": _("证件号码全角转半角"),
    "id_prefix": _("证件号码去掉前面的字"),
    "id_separators": _("证件号码去掉空格和横线"),
    "id_upper_x": _("证件号码 x 改大写"),
    "id15_upgraded": _("15 位升为 18 位"),
    "birth_text": _("出生日期统一写法"),
    "birth_serial": _("出生日期由序号还原"),
    "sex_mapped": _("性别统一写法"),
    "phone_from_number": _("手机号由数字转成文字"),
    "phone_halfwidth": _("手机号全角转半角"),
    "phone_sci_text": _("手机号由科学计数法还原"),
    "phone_separators": _("手机号去掉空格和横线"),
    "phone_prefix86": _("手机号去掉 86"),
    "union_trim": _("工会名称去掉首尾空格"),
    "union_format": _("工会名称统一括号"),
    "state_mapped": _("会籍统一写法"),
    "join_text": _("入会日期统一写法"),
    "join_serial": _("入会日期由序号还原"),
    "join_month_only": _("入会日期补上 1 日"),
}

INDUSTRIES: Mapping[str, Text] = {  # sections of GB/T 4754-2017
    "A": _("农、林、牧、渔业"),
    "B": _("采矿业"),
    "C": _("制造业"),
    "D": _("电力、热力、燃气及水生产和供应业"),
    "E": _("建筑业"),
    "F": _("批发和零售业"),
    "G": _("交通运输、仓储和邮政业"),
    "H": _("住宿和餐饮业"),
    "I": _("信息传输、软件和信息技术服务业"),
    "J": _("金融业"),
    "K": _("房地产业"),
    "L": _("租赁和商务服务业"),
    "M": _("科学研究和技术服务业"),
    "N": _("水利、环境和公共设施管理业"),
    "O": _("居民服务、修理和其他服务业"),
    "P": _("教育"),
    "Q": _("卫生和社会工作"),
    "R": _("文化、体育和娱乐业"),
    "S": _("公共管理、社会保障和社会组织"),
    "T": _("国际组织"),
}
