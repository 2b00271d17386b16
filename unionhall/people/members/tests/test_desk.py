from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from tests.cast import a_member, many_members
from unionhall.base.ledger.models import Entry
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, Membership, RollImport
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in, taken_in
from unionhall.site.second_factor import remember


def at_the_desk(client, user):
    client.force_login(user)
    session = client.session
    remember(session, user)
    session.save()
    return client


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


def to(name, *args):
    return reverse(f"members_desk:{name}", args=args)


def test_the_roll_lists_her_own_people_and_nobody_elses(bos, ann, chen):
    html = bos.get(to("index")).text
    assert "1 位会员" in html
    assert ann.name in html
    assert chen.name not in html


def test_a_list_shows_no_full_number(bos, ann):
    html = bos.get(to("index")).text
    assert ann.phone not in html
    assert ann.id_number not in html
    assert f"{ann.phone[:3]}****{ann.phone[-4:]}" in html


@pytest.mark.parametrize("how", ["name", "phone", "tail", "id"])
def test_somebody_is_found_by_name_and_by_number(bos, plant7, ann, how):
    other = a_member("周白露", plant7)
    asked = {
        "name": ann.name[:2],
        "phone": ann.phone,
        "tail": ann.phone[-4:],
        "id": ann.id_number.lower(),
    }[how]
    html = bos.get(to("index"), {"q": asked}).text
    assert ann.name in html
    assert other.name not in html


def test_the_filters_narrow_the_list(bos, plant7, bo):
    taken_in(
        a_roll(a_person(1, 技能等级="高级工"), a_person(2, "何立夏", 会籍状态="退休")), plant7, bo
    )
    for asked, shown, hidden in (
        ({"standing": "retained"}, "何立夏</a>", "周白露"),
        ({"grade": "4"}, "周白露", "何立夏</a>"),
    ):
        html = bos.get(to("index"), asked).text
        assert shown in html
        assert hidden not in html
    assert "没有找到" in bos.get(to("index"), {"front_line": "1"}).text


def test_a_wrong_filter_is_left_out(bos, ann):
    assert ann.name in bos.get(to("index"), {"grade": "x", "standing": "y", "page": "z"}).text


def test_the_tree_leads_down_and_never_out(client, fu, district, plant7, harbour2, bo, ann):
    at_the_desk(client, fu)
    html = client.get(to("index")).text
    assert f"?union={plant7.pk}" in html
    assert ann.name in client.get(to("index"), {"union": plant7.pk}).text
    at_the_desk(client, bo)
    assert f"?union={district.pk}" not in client.get(to("index")).text
    for foreign in (district.pk, harbour2.pk, 0, "x"):
        assert client.get(to("index"), {"union": foreign}).status_code == 404


def test_a_long_list_asks_no_more_than_a_short_one(bos, plant7, ann, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    bos.get(to("index"))
    with CaptureQueriesContext(connection) as short:
        bos.get(to("index"))
    assert len(short) <= 22
    many_members(5, plant7)
    with django_assert_num_queries(len(short)):
        bos.get(to("index"))


def test_a_page_has_fifty(bos, plant7):
    many_members(52, plant7)
    assert bos.get(to("index")).text.count("<tr>") == 51
    assert bos.get(to("index"), {"page": 2}).text.count("<tr>") == 3


def test_a_person_is_shown_masked(bos, ann):
    html = bos.get(to("member", ann.pk)).text
    assert ann.name in html
    assert "七号厂工会" in html
    assert ann.phone not in html
    assert ann.id_number not in html


@pytest.mark.parametrize("field", ["phone", "id_number"])
def test_one_look_is_one_line_in_the_ledger(bos, bo, ann, field):
    html = bos.post(to("unmask", ann.pk, field), headers={"HX-Request": "true"}).text
    assert getattr(ann, field) in html
    entry = Entry.objects.get(action="members.value_unmasked")
    assert (entry.by_id, entry.subject_id, entry.detail) == (bo.pk, ann.pk, {"field": field})
    assert "何立夏 看了" in bos.get(to("member", ann.pk)).text


def test_a_number_is_never_shown_by_a_link(bos, ann):
    assert bos.get(to("unmask", ann.pk, "phone")).status_code == 405
    assert bos.post(to("unmask", ann.pk, "name")).status_code == 404
    assert not Entry.objects.filter(action="members.value_unmasked").exists()


def test_somebody_elses_member_is_nobody(bos, chen):
    assert bos.get(to("member", chen.pk)).status_code == 404
    assert bos.post(to("unmask", chen.pk, "phone")).status_code == 404
    assert not Entry.objects.filter(action="members.value_unmasked").exists()


def upload(client, content: bytes, union, name: str = "名册.xlsx"):
    file = SimpleUploadedFile(name, content)
    return client.post(to("import"), {"file": file, "union": union.pk})


def test_a_roll_goes_in_step_by_step(bos, plant7):
    response = upload(bos, a_roll(a_person(1), a_person(1), a_person(2, "何立夏1")), plant7)
    roll = RollImport.objects.get()
    assert response.headers["Location"] == to("roll_import", roll.pk)
    waiting = bos.get(to("roll_import", roll.pk)).text
    assert "正在逐行检查" in waiting
    assert 'hx-trigger="every 2s"' in waiting
    members.check_waiting_rolls()
    checked = bos.get(to("roll_import", roll.pk)).text
    assert "3 行里，1 行可以进来，2 行等你改。" in checked
    assert "和前面的一行重复" in checked
    assert "第 2 行" in checked
    assert "姓名里有不能用的字符" in checked
    assert a_person(1)["证件号码"] not in checked
    bos.post(to("confirmation", roll.pk))
    assert "正在导入" in bos.get(to("roll_import", roll.pk)).text
    members.take_in_confirmed_rolls()
    done = bos.get(to("roll_import", roll.pk)).text
    assert "1 行已经进来" in done
    assert "hx-trigger" not in done
    assert Member.objects.get().name == "周白露"


def test_the_fragment_alone_answers_the_waiting_page(bos, plant7):
    upload(bos, a_roll(a_person(1)), plant7)
    roll = RollImport.objects.get()
    fragment = bos.get(to("roll_import", roll.pk), headers={"HX-Request": "true"}).text
    assert "<html" not in fragment
    assert 'id="roll"' in fragment


def test_rows_are_filtered_by_verdict_and_reason(bos, plant7, bo):
    roll = sent_in(
        a_roll(a_person(1, " 周白露"), a_person(2, "何1"), a_person(3, "苏惊蛰", 手机号码="123")),
        plant7,
        bo,
    )
    wrong = bos.get(to("roll_import", roll.pk)).text
    assert ("何1" in wrong, "苏惊蛰" in wrong, "周白露" in wrong) == (True, True, False)
    one = bos.get(to("roll_import", roll.pk), {"verdict": "rejected", "reason": "name"}).text
    assert ("何1" in one, "苏惊蛰" in one) == (True, False)
    tidied = bos.get(to("roll_import", roll.pk), {"verdict": "accepted_normalised"}).text
    assert "姓名去掉首尾空格" in tidied
    assert "标题" not in bos.get(to("roll_import", roll.pk), {"verdict": "not_data"}).text


def test_the_rows_without_a_phone_are_one_link_away(bos, plant7, bo):
    people = a_person(1), a_person(2, "何立夏", 手机号码=""), a_person(3, "何1")
    roll = sent_in(a_roll(*people), plant7, bo)
    page = bos.get(to("roll_import", roll.pk)).text
    assert 'href="?warning=NO_PHONE"' in page
    theirs = bos.get(to("roll_import", roll.pk), {"warning": "NO_PHONE"}).text
    assert ("何立夏" in theirs, "周白露" in theirs, "何1" in theirs) == (True, False, False)
    assert f"roll={roll.pk}&amp;warning=NO_PHONE" in theirs
    unknown = bos.get(to("roll_import", roll.pk), {"warning": "'--"}).text
    assert "何1" in unknown


def test_a_report_has_codes_and_no_names(bos, plant7, bo):
    roll = sent_in(a_roll(a_person(1), a_person(1)), plant7, bo)
    text = bos.get(to("report", roll.pk)).content.decode("utf-8-sig")
    assert text.splitlines()[3] == "名册,3,rejected,DUP_IN_FILE,,"
    assert "周白露" not in text


def test_a_roll_is_taken_down(bos, plant7, bo):
    roll = sent_in(a_roll(a_person(1)), plant7, bo)
    assert "撤下来了" in bos.post(to("discard", roll.pk), follow=True).text
    assert bos.get(to("roll_import", roll.pk)).status_code == 404
    assert "名册.xlsx" not in bos.get(to("import")).text


def test_a_file_that_cannot_be_read_says_why(bos, plant7):
    upload(bos, b"PK\x03\x04 nonsense", plant7)
    members.check_waiting_rolls()
    html = bos.get(to("roll_import", RollImport.objects.get().pk)).text
    assert "读不了这个文件" in html
    assert "文件坏了" in html


def test_no_file_and_a_foreign_union_are_refused_with_the_page_kept(bos, plant7, harbour2):
    assert "还没有选文件" in bos.post(to("import"), {"union": plant7.pk}).text
    assert upload(bos, a_roll(a_person(1)), harbour2).status_code == 422
    assert not RollImport.objects.exists()


def test_the_wrong_unions_officer_sees_and_does_nothing(client, cai, plant7, bo):
    roll = sent_in(a_roll(a_person(1)), plant7, bo)
    at_the_desk(client, cai)
    assert "名册.xlsx" not in client.get(to("import")).text
    for name in ("roll_import", "report"):
        assert client.get(to(name, roll.pk)).status_code == 404
    for name in ("confirmation", "discard"):
        assert client.post(to(name, roll.pk)).status_code == 404
    roll.refresh_from_db()
    assert roll.state == "checked"


def test_members_and_former_officers_stay_outside(client, ann, bo, plant7):
    client.force_login(ann.user)
    assert client.get(to("index")).status_code == 403
    at_the_desk(client, bo)
    bo.offices.update(until_on=Membership.objects.get(member=ann).union.edges.get().since_on)
    assert client.get(to("index")).status_code == 403
