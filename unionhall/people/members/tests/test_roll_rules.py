from __future__ import annotations

import datetime as dt
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shared_files import expected_rows, shared_file
from unionhall.base.chinese_ids import made_up_id
from unionhall.base.spreadsheets import read_workbook
from unionhall.base.tables import CellError, Formula, NoHeaderError, Sheet
from unionhall.base.wording import NOT_DATA, explained
from unionhall.people.members.rules import (
    RollLine,
    UnionNames,
    masked_id,
    masked_phone,
    masked_written,
    read_roll,
)
from unionhall.people.members.rules.id_numbers import read_id_number
from unionhall.people.members.rules.names import read_name
from unionhall.people.members.rules.roll import _birthday
from unionhall.people.members.rules.standings import read_skill_grade, read_yes_no
from unionhall.people.members.wording import NORMALISATIONS, REASON_GROUPS, REASONS, WARNINGS
from unionhall.people.unions.rules import read_union_list

TODAY = dt.date(2026, 11, 20)
BORN = dt.date(1990, 6, 21)
NUMBER = made_up_id(born=BORN, sequence=12)
UNIONS = UnionNames({"云桥仪表厂工会", "禾风（云桥）物流工会"}, {"云桥区总工会"})
HEADINGS = (
    "姓名",
    "性别",
    "证件类型",
    "证件号码",
    "出生日期",
    "手机号码",
    "所属工会",
    "会籍状态",
    "入会日期",
    "技能等级",
)
GOOD = {
    "姓名": "周白露", "性别": "女", "证件类型": "居民身份证", "证件号码": NUMBER, "出生日期": "1990-06-21",
    "手机号码": "19900000001", "所属工会": "云桥仪表厂工会", "会籍状态": "在籍", "入会日期": "2019-03-05",
}  # fmt: skip


def judged(*rows, allow_test_ids=True, headings=HEADINGS):
    table = [headings, *[[({**GOOD, **row}).get(name) for name in headings] for row in rows]]
    sheets = [Sheet("名册", table)]
    return list(read_roll(sheets, unions=UNIONS, today=TODAY, allow_test_ids=allow_test_ids))[1:]


def code_of(**cells):
    [verdict] = judged(cells)
    return ";".join(verdict.reason_codes or verdict.normalisations or verdict.warnings)


@pytest.fixture(scope="module")
def unions():
    lines = read_union_list(
        read_workbook(shared_file("unions.xlsx").read_bytes(), name="unions.xlsx")
    )
    taken = [line.values for line in lines if line.accepted]
    return UnionNames(
        {u.name for u in taken if u.level == 3}, {u.name for u in taken if u.level < 3}
    )


def as_expected(verdict):
    row = {
        "verdict": verdict.verdict.value,
        "reason_codes": ";".join(verdict.reason_codes),
        "normalisations": ";".join(verdict.normalisations),
        "warnings": ";".join(verdict.warnings),
    }
    if not verdict.accepted:
        return row
    line = verdict.values
    facts = {
        "name": line.name, "id_type": line.id_kind, "id_no": line.id_number, "birth": line.born_on,
        "sex": line.sex, "phone": line.phone, "union": line.union, "member_state": line.standing,
        "join_date": line.joined_on,
    }  # fmt: skip
    return row | {key: str(fact or "") for key, fact in facts.items()}


@pytest.mark.parametrize(
    ("file", "answers"),
    [
        ("roster_20k.xlsx", "roster_20k.expected.csv"),
        ("roster_small.xlsx", "roster_small.expected.csv"),
        ("roster_small_gbk.csv", "roster_small_gbk.expected.csv"),
    ],
)
def test_every_row_of_the_rolls_gets_its_expected_verdict(file, answers, unions):
    sheets = read_workbook(shared_file(file).read_bytes(), name=file)
    expected = expected_rows(answers, "excel_row")
    wrong, seen = {}, set()
    for verdict in read_roll(sheets, unions=unions, today=TODAY, allow_test_ids=True):
        seen.add(verdict.row)
        got = as_expected(verdict)
        if verdict.row in expected:
            if not got.items() <= expected[verdict.row].items():
                wrong[verdict.row] = (got, expected[verdict.row])
        elif verdict.reason_codes != ("HEADER",) and (
            got["verdict"] != "accepted" or verdict.warnings
        ):
            wrong[verdict.row] = (got, "plainly accepted")
        told = NOT_DATA if verdict.verdict == "not_data" else REASONS
        assert set(verdict.reason_codes) <= told.keys()
        assert set(verdict.normalisations) <= NORMALISATIONS.keys()
        assert set(verdict.warnings) <= WARNINGS.keys()
    assert not wrong
    assert expected.keys() <= seen


def test_the_large_roll_adds_up(unions):
    sheets = read_workbook(shared_file("roster_20k.xlsx").read_bytes(), name="roster_20k.xlsx")
    expected = json.loads(shared_file("roster_20k.expected.json").read_text())
    verdicts = list(read_roll(sheets, unions=unions, today=TODAY, allow_test_ids=True))
    counts = Counter(verdict.verdict.value for verdict in verdicts)
    assert counts.pop("not_data") == 1
    assert counts == expected["verdicts"]
    grades = {verdict.values.skill_grade for verdict in verdicts if verdict.accepted}
    assert grades == {None, *range(1, 9)}


def test_the_test_region_is_refused_in_production():
    [verdict] = judged({}, allow_test_ids=False)
    assert verdict.reason_codes == ("ID_REGION",)


def test_columns_may_stand_in_any_order_under_other_headings():
    renamed = {"证件号码": "身份证号", "手机号码": "手机", "所属工会": "所属工会（全称）"}
    headings = tuple(reversed(HEADINGS))
    row = [GOOD.get(name) for name in headings]
    sheets = [Sheet("名册", [[renamed.get(name, name) for name in headings], row])]
    [_, verdict] = read_roll(sheets, unions=UNIONS, today=TODAY, allow_test_ids=True)
    assert verdict.values.name == "周白露"
    assert verdict.values.phone == "19900000001"


def test_hidden_sheets_are_not_read_and_a_roll_may_have_several():
    row = [GOOD.get(name) for name in HEADINGS]
    sheets = [
        Sheet("一车间", [HEADINGS, row]),
        Sheet("旧", [HEADINGS, row], hidden=True),
        Sheet("二车间", [HEADINGS, row]),
    ]
    verdicts = list(read_roll(sheets, unions=UNIONS, today=TODAY, allow_test_ids=True))
    assert [(v.sheet, ";".join(v.reason_codes)) for v in verdicts] == [
        ("一车间", "HEADER"), ("一车间", ""), ("二车间", "HEADER"), ("二车间", "DUP_IN_FILE"),
    ]  # fmt: skip


def test_a_file_without_the_columns_is_no_roll():
    with pytest.raises(NoHeaderError):
        read_roll([Sheet("表", [("甲", "乙")])], unions=UNIONS, today=TODAY, allow_test_ids=True)


@pytest.mark.parametrize(
    ("written", "name", "changes"),
    [
        ("𠮷白露", "𠮷白露", ()),
        ("迪丽努尔•阿不都", "迪丽努尔·阿不都", ("name_dot",)),
        (" 周 白露\u3000", "周白露", ("name_trim", "name_inner_space")),
        ("周\u200b白露", "周白露", ("name_invisible",)),
        ("葛\U000e0100", "葛\U000e0100", ()),
        ("李〇", "李〇", ()),
        ("\uf9dc立夏", "\uf9dc立夏", ()),
        ("Anna Bo Li", "Anna Bo Li", ()),
    ],
)
def test_a_name_is_tidied_but_never_folded(written, name, changes):
    read = read_name(written)
    assert (read.value, read.changes) == (name, changes)


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        (None, "NAME_EMPTY"), ("\u200b ", "NAME_EMPTY"), ("何?夏", "NAME_GARBLED"), ("何\ufffd", "NAME_GARBLED"),
        ("何\ue863", "NAME_PUA"), ("何立夏1", "NAME_INVALID"), ("何（小）", "NAME_INVALID"), (12.0, "NAME_INVALID"),
        ("·", "NAME_INVALID"), ("何Li", "NAME_INVALID"), ("😀", "NAME_INVALID"),
    ],
)  # fmt: skip
def test_what_is_no_name_is_said(written, problem):
    assert read_name(written).problem == problem


def test_a_name_of_one_character_is_a_warning():
    assert read_name("曌").warnings == ("NAME_SINGLE_CHAR",)
    assert read_name("曌\ufe00").warnings == ("NAME_SINGLE_CHAR",)


FOREIGNER = made_up_id(region="911000", born=BORN, sequence=2)  # 000 is no country


@pytest.mark.parametrize(
    ("kind", "cell", "problem"),
    [
        ("居民身份证", 990101199001011200.0, "ID_NUMERIC_TRUNCATED"),
        ("居民身份证", "9.90101E+17", "ID_NUMERIC_TRUNCATED"),
        ("居民身份证", " ", "ID_EMPTY"),
        ("居民身份证", "99010119900101O234", "ID_CHARS"),
        ("居民身份证", "99010119900101123", "ID_LENGTH"),
        ("居民身份证", "000101199006211234", "ID_REGION"),
        ("居民身份证", "990101199002301234", "ID_DATE"),
        ("居民身份证", "990101189901011234", "ID_DATE"),
        ("居民身份证", "990101202612011234", "ID_DATE"),
        ("居民身份证", NUMBER[:-1] + ("0" if NUMBER[-1] != "0" else "1"), "ID_CHECKSUM"),
        ("港澳居民居住证", NUMBER, "ID_REGION"),
        ("台湾居民居住证", made_up_id(region="810000", born=BORN, sequence=0), "ID_REGION"),
        ("护照", "E1234", "ID_LENGTH"),
        ("护照", "E1234567！", "ID_CHARS"),
        ("外国人永久居留身份证", FOREIGNER[:-1] + "?", "ID_CHARS"),
        ("外国人永久居留身份证", FOREIGNER[:6] + FOREIGNER[8:17], "ID_LENGTH"),
        ("外国人永久居留身份证", "USA1101900621", "ID_LENGTH"),
        ("外国人永久居留身份证", NUMBER, "ID_REGION"),
        ("外国人永久居留身份证", made_up_id(region="990123", born=BORN, sequence=1), "ID_REGION"),
        ("居民身份证", FOREIGNER, "ID_REGION"),
    ],
)
def test_a_wrong_id_number_gets_its_first_fault(kind, cell, problem):
    assert read_id_number(cell, kind, today=TODAY, allow_test_ids=True).problem == problem


@pytest.mark.parametrize(
    ("kind", "cell", "number", "changes"),
    [
        (
            "居民身份证",
            f"身份证号：{NUMBER[:6]} {NUMBER[6:]}",
            NUMBER,
            ("id_halfwidth", "id_prefix", "id_separators"),
        ),
        ("居民身份证", f"'{NUMBER}", NUMBER, ("id_separators",)),
        ("居民身份证", NUMBER[:6] + NUMBER[8:17], NUMBER, ("id15_upgraded",)),
        (
            "居民身份证",
            float(NUMBER[:6] + NUMBER[8:17]),
            NUMBER,
            ("id_from_number", "id15_upgraded"),
        ),
        ("港澳居民居住证", made_up_id(region="820000", born=BORN, sequence=0), None, ()),
        ("台湾居民居住证", made_up_id(region="830000", born=BORN, sequence=0), None, ()),
        ("护照", "e12345678", "E12345678", ("id_upper_x",)),
        ("外国人永久居留身份证", FOREIGNER, FOREIGNER, ()),
        ("外国人永久居留身份证", "xyz110090062101", "XYZ110090062101", ("id_upper_x",)),
    ],
)
def test_an_id_number_has_one_form(kind, cell, number, changes):
    read = read_id_number(cell, kind, today=TODAY, allow_test_ids=True)
    assert read.value.number == (number or cell)
    assert read.changes == changes


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"证件类型": "身份证"}, "id_type_mapped"),
        ({"证件类型": "军官证"}, "ID_TYPE_UNKNOWN"),
        ({"证件类型": "外国人永久居留证", "证件号码": FOREIGNER}, "id_type_mapped"),
        ({"出生日期": "1990-06-22"}, "BIRTH_MISMATCH"),
        ({"出生日期": "1990-06"}, "birth_text"),
        ({"出生日期": None}, ""),
        ({"性别": "男"}, "GENDER_MISMATCH"),
        ({"性别": "F"}, "sex_mapped"),
        ({"性别": None}, ""),
        ({"所属工会": " 云桥仪表厂工会"}, "union_trim"),
        ({"所属工会": "禾风(云桥) 物流工会"}, "union_format"),
        ({"所属工会": "没有这个工会"}, "UNION_NOT_FOUND"),
        ({"所属工会": "云桥区总工会"}, "UNION_NOT_GRASSROOTS"),
        ({"所属工会": None}, "UNION_EMPTY"),
        ({"会籍状态": "退休"}, "state_mapped"),
        ({"会籍状态": "去世"}, "NOT_CURRENT_MEMBER"),
        ({"会籍状态": "在线"}, "STATE_UNKNOWN"),
        ({"会籍状态": None}, "STATE_DEFAULTED"),
        ({"入会日期": "2027-01-01"}, "JOIN_DATE_FUTURE"),
        ({"入会日期": "2006-06-20"}, "JOIN_BEFORE_16"),
        ({"入会日期": "2006-06-21"}, ""),
        ({"入会日期": "19.3.5"}, "JOIN_DATE_AMBIGUOUS"),
        ({"入会日期": None}, "JOIN_DATE_MISSING"),
        ({"技能等级": "大师傅"}, "SKILL_UNKNOWN"),
        ({"姓名": Formula("A1", "周白露")}, "formula_value"),
        ({"姓名": Formula("A1", None)}, "FORMULA_NO_VALUE"),
        ({"姓名": Formula("cmd|' /C calc'!A0", "周白露")}, "FORMULA_FORBIDDEN"),
        ({"姓名": CellError("#REF!")}, "CELL_ERROR"),
        ({"所属工会": "#N/A"}, "CELL_ERROR"),
        ({"所属工会": Formula("VLOOKUP(1)", CellError("#N/A"))}, "CELL_ERROR"),
    ],
)
def test_each_rule_of_the_policy(cells, code):
    assert code_of(**cells) == code


def test_who_is_under_sixteen_is_refused_until_the_birthday():
    for day, code in ((dt.date(2010, 11, 20), ""), (dt.date(2010, 11, 21), "AGE_UNDER_16")):
        number = made_up_id(born=day, sequence=2)
        cells = {"证件号码": number, "出生日期": day, "入会日期": TODAY}
        assert code_of(**cells) == code


def test_a_row_tells_all_its_faults():
    [verdict] = judged({"姓名": "何1", "手机号码": "1", "所属工会": None})
    assert verdict.reason_codes == ("NAME_INVALID", "PHONE_INVALID", "UNION_EMPTY")


@pytest.mark.parametrize(
    ("second", "code"),
    [
        ({}, "DUP_IN_FILE"),
        ({"所属工会": "禾风（云桥）物流工会"}, "PERSON_IN_TWO_UNIONS"),
        ({"姓名": "何立夏"}, "ID_NAME_CONFLICT"),
        ({"证件号码": NUMBER[:6] + NUMBER[8:17]}, "DUP_IN_FILE"),
    ],
)
def test_a_second_row_of_the_same_person_is_refused(second, code):
    verdict = judged({}, second)[1]
    assert verdict.reason_codes == (code,)
    assert verdict.reasons[0].facts["earlier"] == 2
    assert "2" in explained(verdict.reasons[0], REASONS).why


def test_the_twin_of_a_refused_row_is_accepted():
    assert [v.accepted for v in judged({"手机号码": "1"}, {})] == [False, True]


def test_a_shared_phone_is_a_warning():
    other = made_up_id(born=BORN, sequence=14)
    assert judged({}, {"姓名": "何立夏", "证件号码": other})[1].warnings == ("PHONE_SHARED",)


@pytest.mark.parametrize(
    ("written", "grade"),
    [
        ("学徒工", 1), ("初级工", 2), ("五级", 2), ("五级/初级工", 2), ("职业资格五级", 2), ("初级工（五级）", 2),
        ("四级", 3), ("三级", 4), ("高级工", 4), ("二级", 5), ("技师", 5), ("一级", 6), ("高级技师", 6),
        ("特级技师", 7), ("首席技师", 8), ("国家职业资格三级（高级工）", 4), ("", None), ("无", None),
    ],
)  # fmt: skip
def test_certificate_levels_run_backwards_and_our_ordinal_does_not(written, grade):
    assert read_skill_grade(written or None).value == grade


def test_a_subtotal_is_no_person():
    [verdict] = judged(dict.fromkeys(HEADINGS) | {"姓名": "小计", "手机号码": 251.0})
    assert (verdict.verdict, verdict.reason_codes) == ("not_data", ("SUBTOTAL",))


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"姓名": "小计：12人"}, "SUBTOTAL"),
        ({"姓名": "制表人：", "手机号码": "审核人："}, "NOTE"),
    ],
)
def test_a_foot_of_the_table_is_no_person(cells, code):
    [verdict] = judged(dict.fromkeys(HEADINGS) | cells)
    assert (verdict.verdict, verdict.reason_codes) == ("not_data", (code,))


def test_masks_cover_the_middle():
    assert masked_id("990101199006211234") == "9901**********1234"
    assert masked_id("1234") == "****"
    assert masked_id("E12345678") == "E1****678"
    assert masked_phone("19900001234") == "199****1234"


@pytest.mark.parametrize(
    "number", ["990101199006211234", "99010119900307001X", "E12345678", "ABC990101123456"]
)
def test_a_number_has_one_mask_wherever_it_is_shown(number):
    assert masked_id(number) == masked_written("id_number", number)


def test_a_phone_has_one_mask_wherever_it_is_shown():
    assert masked_phone("19900001234") == masked_written("phone", "19900001234")


@pytest.mark.parametrize(
    ("column", "written", "shown"),
    [
        ("id_number", "990101199006210016", "9901**********0016"),
        ("id_number", "990101 1990-0621 0016", "9901** ****-**** 0016"),
        ("id_number", "9.90101E+17", "9.9****E+17"),
        ("id_number", "#REF!", "#REF!"),
        ("name", "何立夏99010119900307001X", "何立夏9901**********001X"),
        ("phone", "19900001234", "199****1234"),
        ("name", "何立夏19900001234", "何立夏199****1234"),
        (
            "phone",
            'HYPERLINK("http://a.invalid","19900001234")',
            'HYPERLINK("http://a.invalid","199****1234")',
        ),
        ("phone", "1.99E+10", "1.99E+10"),
        ("joined_on", "2019-03-05 10:00:00", "2019-03-05 10:00:00"),
        ("union", "何" * 100, "何" * 60),
    ],
)
def test_what_stood_in_a_cell_is_shown_with_its_numbers_covered(column, written, shown):
    assert masked_written(column, written) == shown


def test_every_reason_has_its_heading():
    grouped = [code for _label, codes in REASON_GROUPS.values() for code in codes]
    assert sorted(grouped) == sorted(REASONS)


cells = (
    st.none()
    | st.text(max_size=30)
    | st.floats()
    | st.booleans()
    | st.dates()
    | st.datetimes()
    | st.builds(CellError, st.text(max_size=5))
    | st.builds(Formula, st.text(max_size=9), st.none() | st.text(max_size=9) | st.floats())
    | st.sampled_from([*GOOD.values(), "#N/A", "小计", "合计", "说明：", *HEADINGS])
)


@given(st.lists(st.lists(cells, min_size=0, max_size=12), max_size=8))
def test_whatever_stands_in_the_cells_every_row_gets_a_verdict(rows):
    sheets = [Sheet("名册", [HEADINGS, *rows])]
    verdicts = list(read_roll(sheets, unions=UNIONS, today=TODAY, allow_test_ids=True))
    assert [verdict.row for verdict in verdicts] == list(range(1, len(rows) + 2))
    for verdict in verdicts:
        assert bool(verdict.values) == verdict.accepted
        assert bool(verdict.reasons) != verdict.accepted
        if verdict.values:
            assert RollLine.from_json(verdict.values.to_json()) == verdict.values
        for reason in verdict.reasons:
            assert verdict.verdict == "not_data" or explained(reason, REASONS).what


@given(st.dictionaries(st.sampled_from(HEADINGS), cells, max_size=3))
def test_a_good_row_with_odd_cells_is_taken_whole_or_refused(odd):
    [verdict] = judged(odd)
    line = verdict.values
    if line:
        texts = (line.name, line.union, line.department, line.ethnicity, line.education, line.phone)
        assert not any("\0" in text for text in texts)
        assert len(line.name) <= 80


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("是", True),
        ("√", True),
        ("ｙ", True),
        ("否", False),
        (0.0, False),
        ("也许", None),
        (None, None),
    ],
)
def test_yes_and_no_are_read_in_many_hands(written, meant):
    assert read_yes_no(written) is meant


def test_whoever_is_born_on_29_february_comes_of_age_on_1_march():
    born = dt.date(2012, 2, 29)
    assert _birthday(born, 17) == dt.date(2029, 3, 1)
    assert _birthday(born, 16) == dt.date(2028, 2, 29)
