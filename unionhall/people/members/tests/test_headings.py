"""What of a file is not read is said before anybody says yes; whose everybody is, is asked."""

from __future__ import annotations

import re

import pytest

from tests.cast import a_member
from tests.shared_files import shared_file
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.base.spreadsheets import Column, SheetToWrite, read_workbook, write_xlsx
from unionhall.base.tables import Sheet
from unionhall.people.members import actions as members
from unionhall.people.members.api.shapes import RollOut
from unionhall.people.members.models import Membership, RollImport, RollRow
from unionhall.people.members.rules import (
    Headings,
    UnionNames,
    columns_to_write,
    read_roll,
    roll_headings,
)
from unionhall.people.members.rules.headings import COLUMNS as RULES_COLUMNS
from unionhall.people.members.tests.test_actions_rolls import TODAY, a_person, sent_in
from unionhall.people.members.tests.test_desk import at_the_desk, to, upload
from unionhall.people.members.wording import COLUMNS

NUMBER = a_person(1)["证件号码"]
OF_ONE_UNION = {"员工姓名": "姓名", "身份证号": "证件号码", "联系手机": "手机号码"}


def a_file(*people, headings):
    """Heading -> what of the people stands below it."""
    rows = [list(headings), *[[p.get(name, "") for name in headings.values()] for p in people]]
    return "\n".join(",".join(row) for row in rows).encode()


def sent(content, union, by=None):
    return sent_in(content, union, by, name="名册.csv")


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


@pytest.fixture
def fus(client, fu):
    return at_the_desk(client, fu)


def test_each_heading_of_a_header_in_two_rows_is_known_or_told():
    name = "roster_small.xlsx"
    found = roll_headings(read_workbook(shared_file(name).read_bytes(), name=name))
    assert found.unknown == ["政治面貌", "是否农民工", "备注", "长度校验", "旧会员号"]
    assert ("证件号码", "id_number") in found.known
    assert ("所属工会（全称）", "union") in found.known
    assert (found.twice, found.unread, found.missing) == ([], [], ())


def test_of_two_columns_that_mean_the_same_the_second_is_told():
    heads = ("姓名", "证件号码", "所属工会", "手机", "联系电话")
    found = roll_headings(
        [
            Sheet("一", [heads]),
            Sheet("二", [("名", "号", "家")]),
            Sheet("说明", [("怎么填",)]),
            Sheet("空", [(None,)]),
        ]
    )
    assert found.twice == [("联系电话", "phone")]
    assert found.unread == ["二"]


def test_a_heading_is_told_on_one_line_and_without_a_number():
    [found] = roll_headings([Sheet("一", [("姓名", "证件号码", f"找\n周白露{NUMBER}")])]).unknown
    assert found.startswith("找 周白露99")
    assert NUMBER not in found


@pytest.mark.parametrize(
    ("heading", "guess"),
    [
        ("员工手机号", "手机号码"),
        ("所属单位工会", "所属工会"),
        ("参加工会日期", "入会日期"),
        ("政治面貌", ""),
        ("入职日期", ""),
    ],
)
def test_what_an_unknown_heading_may_mean_is_guessed(heading, guess):
    found = roll_headings([Sheet("一", [("姓名", "证件号码", heading)])])
    assert found.guesses() == [(heading, guess)]


def test_what_the_file_has_is_no_guess():
    found = roll_headings([Sheet("一", [("姓名", "证件号码", "手机", "备用手机")])])
    assert found.guesses() == [("备用手机", "")]


def test_of_a_file_without_a_header_nobodys_data_is_kept_as_a_heading():
    data = ("周白露", "身份证", NUMBER, "分会")
    found = roll_headings([Sheet("一", [data, data])])
    assert found == Headings(missing=["姓名", "证件号码"])


def test_every_column_has_its_words():
    assert list(RULES_COLUMNS.headings) == list(COLUMNS)
    assert list(columns_to_write()) == [str(label) for label in COLUMNS.values()]


def test_what_is_not_read_stands_before_the_yes(bos, plant7, bo):
    headings = {
        "员工姓名": "姓名",
        "身份证号": "证件号码",
        "所属工会": "所属工会",
        "本人电话号": "手机号码",
        "<b>": "部门",
    }
    roll = sent(a_file(a_person(1), a_person(2, "何立夏"), headings=headings), plant7, bo)
    before, _yes, _after = bos.get(to("roll_import", roll.pk)).text.partition("导入这 2 行")
    assert "2 列没认出来，里面的内容不导入" in before
    assert "“本人电话号”（像是“手机号码”）" in before
    assert "“&lt;b&gt;”" in before
    assert "把列名改成认识的" in before
    assert "也可以写：手机号、手机、联系电话" in before
    assert "2 人没有手机号，登不了录" in before
    assert "文件里没有“手机号码”这一列。" in before
    assert "认出 3 列：" in before
    assert "员工姓名 → <strong>姓名</strong>" in before
    members.confirm_roll(roll, by=bo)
    members.take_in_confirmed_rolls()
    assert "2 列没认出来" in bos.get(to("roll_import", roll.pk)).text


def test_a_file_of_which_all_is_read_says_so_and_no_more(bos, plant7, bo):
    roll = sent(
        a_file(
            a_person(1),
            headings={
                "序号": "",
                "要改什么（这一列不会导入）": "",
                **OF_ONE_UNION,
                "所属工会": "所属工会",
            },
        ),
        plant7,
        bo,
    )
    html = bos.get(to("roll_import", roll.pk)).text
    assert "认出 4 列：" in html
    for word in ("没认出来", "没有手机号", "认识的列名", "所有人都算", "没有读"):
        assert word not in html


def test_whose_phone_is_on_the_roll_is_not_without_one(plant7, bo):
    headings = {"姓名": "姓名", "证件号码": "证件号码"}
    known = [a_member(name, plant7) for name in ("周白露", "苏惊蛰")]
    for one in known[1:]:
        one.phone, one.phone_index, one.phone_tail_index = None, "", ""
        one.save()
    people = [{"姓名": one.name, "证件号码": one.id_number} for one in known]
    roll = sent(a_file(*people, a_person(70, "何立夏"), headings=headings), plant7, bo)
    assert roll.counts["verdicts"]["accepted"] == 3
    assert roll.without_phone == 2


def test_who_comes_back_without_a_phone_is_counted_unless_the_roll_has_one(plant7, bo):
    known = [a_member(name, plant7) for name in ("周白露", "苏惊蛰")]
    for one in known:
        members.leave(one, why="resigned", by=bo)
    known[1].phone, known[1].phone_index, known[1].phone_tail_index = None, "", ""
    known[1].save()
    headings = {"姓名": "姓名", "证件号码": "证件号码"}
    people = [{"姓名": one.name, "证件号码": one.id_number} for one in known]
    roll = sent(a_file(*people, headings=headings), plant7, bo)
    assert roll.counts["effects"] == {"returned": 2}
    assert roll.without_phone == 1


def test_a_roll_without_unions_is_its_grassroots_unions_own(bos, plant7, bo):
    roll = sent(a_file(a_person(1), headings=OF_ONE_UNION), plant7, bo)
    assert (roll.state, roll.of_union, roll.counts["effects"]) == ("checked", plant7, {"new": 1})
    assert "所有人都算“七号厂工会”的" in bos.get(to("roll_import", roll.pk)).text
    members.confirm_roll(roll, by=bo)
    members.take_in_confirmed_rolls()
    assert Membership.objects.get().union == plant7


def test_a_district_is_asked_whose_everybody_is(fus, district, plant7, harbour2, fu):
    roll = sent(a_file(a_person(1), a_person(2, "何1"), headings=OF_ONE_UNION), district, fu)
    html = fus.get(to("roll_import", roll.pk)).text
    assert "这份名册都是哪个工会的？" in html
    assert f'<option value="{plant7.pk}">' in html
    assert f'<option value="{district.pk}">' not in html
    assert "等你改" not in html
    assert "没有写所属工会" not in html
    answer = fus.post(to("roll_import", roll.pk), {"union": plant7.pk})
    assert answer.headers["Location"] == to("roll_import", roll.pk)
    assert not RollRow.objects.exists()
    assert "正在逐行检查" in fus.get(to("roll_import", roll.pk)).text
    members.check_waiting_rolls()
    html = fus.get(to("roll_import", roll.pk)).text
    assert "2 行里，1 行可以进来，1 行等你改。" in html
    assert "所有人都算“七号厂工会”的" in html
    entry = Entry.objects.get(action="members.roll_union_chosen")
    assert (entry.by_id, entry.union_id, entry.subject_id) == (fu.pk, plant7.pk, roll.pk)


def test_it_can_be_said_otherwise_until_the_yes(fus, district, plant7, harbour2, fu):
    roll = sent(a_file(a_person(1), headings=OF_ONE_UNION), district, fu)
    for union in (plant7, harbour2):
        fus.post(to("roll_import", roll.pk), {"union": union.pk})
        members.check_waiting_rolls()
    roll.refresh_from_db()
    assert (roll.of_union, roll.roll_rows.count(), roll.newcomers.count()) == (harbour2, 2, 1)
    fus.post(to("confirmation", roll.pk))
    with pytest.raises(Refused) as late:
        members.choose_union(roll, plant7, by=fu)
    assert late.value.code == "roll_not_checked"
    members.take_in_confirmed_rolls()
    assert Membership.objects.get().union == harbour2


def test_a_yes_to_what_is_not_on_the_page_any_more_is_asked_for_again(
    fus, district, plant7, harbour2, fu
):
    """In another tab somebody said that they are all of another union."""
    roll = sent(a_file(a_person(1), headings=OF_ONE_UNION), district, fu)
    fus.post(to("roll_import", roll.pk), {"union": plant7.pk})
    members.check_waiting_rolls()
    page = fus.get(to("roll_import", roll.pk)).text
    shown = re.search(r'name="shown" value="(\w+)"', page)[1]
    fus.post(to("roll_import", roll.pk), {"union": harbour2.pk})
    members.check_waiting_rolls()
    answer = fus.post(to("confirmation", roll.pk), {"shown": shown}, follow=True)
    assert "重新检查过了" in answer.text
    roll.refresh_from_db()
    assert roll.state == "checked"
    anew = re.search(r'name="shown" value="(\w+)"', fus.get(to("roll_import", roll.pk)).text)[1]
    fus.post(to("confirmation", roll.pk), {"shown": anew})
    roll.refresh_from_db()
    assert roll.state == "running"


def test_names_of_a_table_that_lies_on_its_side_are_not_kept(plant7, bo):
    rows = [["姓名", "张三", "李四", "身份号"], ["证件号码", "1", "2", "3"]]
    columns = [Column(str(n)) for n in range(4)]
    roll = sent(write_xlsx(SheetToWrite("表", columns, rows)), plant7, bo)
    assert (roll.state, roll.headings["unknown"]) == ("unreadable", ["身份号"])


def test_a_roll_that_is_let_go_points_at_no_union(district, plant7, fu):
    roll = sent(a_file(a_person(1), headings=OF_ONE_UNION), district, fu)
    members.choose_union(roll, plant7, by=fu)
    members.discard_roll(roll, by=fu)
    roll.refresh_from_db()
    assert roll.of_union is None


@pytest.mark.parametrize("said", ["", "0", "x"])
def test_no_union_is_asked_for_again(fus, district, plant7, fu, said):
    roll = sent(a_file(a_person(1), headings=OF_ONE_UNION), district, fu)
    answer = fus.post(to("roll_import", roll.pk), {"union": said})
    assert "这份名册都是哪个工会的？" in answer.text
    assert RollImport.objects.get().state == "checked"


def test_a_union_that_takes_nobody_or_is_elsewhere_is_not_everybodys(
    district, plant7, harbour2, fu
):
    roll = sent(a_file(a_person(1), headings=OF_ONE_UNION), district, fu)
    with pytest.raises(Refused) as refusal:
        members.choose_union(roll, district, by=fu)
    assert refusal.value.code == "union_takes_no_members"
    own = sent(a_file(a_person(1), headings=OF_ONE_UNION), plant7, fu)
    with pytest.raises(Refused):
        members.choose_union(own, harbour2, by=fu)


def test_a_column_of_unions_leaves_nothing_to_choose(fus, district, plant7, fu):
    headings = {**OF_ONE_UNION, "所属工会": "所属工会"}
    blank = {**a_person(2, "何立夏"), "所属工会": ""}
    roll = sent(a_file(a_person(1), blank, headings=headings), plant7, fu)
    assert roll.counts["reasons"] == {"UNION_EMPTY": 1}
    assert roll.of_union is None
    with pytest.raises(Refused):
        members.choose_union(roll, plant7, by=fu)
    assert fus.post(to("roll_import", roll.pk), {"union": plant7.pk}).status_code == 200
    assert RollImport.objects.get().of_union is None


def test_a_blank_cell_is_nobodys_union_even_of_a_roll_of_one():
    sheet = Sheet("一", [("姓名", "证件号码", "所属工会"), ("周白露", NUMBER, None)])
    known = UnionNames({"七号厂工会"})
    args = {"unions": known, "today": TODAY, "allow_test_ids": True, "of_union": "七号厂工会"}
    [_header, blank] = read_roll([sheet], **args)
    assert blank.reason_codes == ("UNION_EMPTY",)
    [_header, plain] = read_roll([Sheet("一", [row[:2] for row in sheet.rows])], **args)
    assert plain.values.union == "七号厂工会"


def test_a_needed_column_that_is_missing_is_named_on_the_page(bos, plant7):
    headings = {"员工姓名": "姓名", "身份号": "证件号码", "手机": "手机号码"}
    upload(bos, a_file(a_person(1), headings=headings), plant7, name="名册.csv")
    members.check_waiting_rolls()
    html = bos.get(to("roll_import", RollImport.objects.get().pk)).text
    assert "表头里要有这几列，没有找到：证件号码。" in html
    assert "“身份号”（像是“证件号码”）" in html
    assert "员工姓名 → <strong>姓名</strong>" in html
    assert "周白露" not in html


def test_the_known_headings_stand_beside_the_upload(bos):
    html = bos.get(to("import")).text
    assert "认识的列名" in html
    assert "身份证号" in html


def test_a_program_learns_the_same(district, plant7, fu):
    roll = sent(a_file(a_person(1), headings={"工号": "", **OF_ONE_UNION}), plant7, fu)
    told = RollOut.from_orm(RollImport.objects.get(pk=roll.pk)).model_dump()
    assert told["headings"]["unknown"] == ["工号"]
    assert ("员工姓名", "name") in told["headings"]["known"]
    assert (told["of_union"], told["without_phone"]) == (plant7.pk, 0)
    bare = RollImport.objects.create(union=plant7, by=fu, file_name="a", as_of=roll.as_of)
    assert RollOut.from_orm(bare).headings.known == []
