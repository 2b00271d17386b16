from __future__ import annotations

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse

from unionhall.base.spreadsheets import Column, SheetToWrite, read_workbook, write_xlsx
from unionhall.people.unions import actions as unions
from unionhall.people.unions.models import ListImport, Office, Union
from unionhall.people.unions.tests.test_actions_import import a_list
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


@pytest.fixture
def fus(client, fu):
    return at_the_desk(client, fu)


def to(name, *args):
    return reverse(f"unions_desk:{name}", args=args)


def test_the_list_is_her_part_of_the_tree(bos, plant7, harbour2):
    html = bos.get(to("index")).text
    assert "1 个工会" in html
    assert harbour2.name not in html


def test_a_union_is_found_by_name_code_and_level(fus, plant7, harbour2):
    Union.objects.filter(pk=plant7.pk).update(uscc="81990100M4KXXND07H")
    for asked in ({"q": "七号"}, {"q": "81990100m4kxxnd07h"}):
        html = fus.get(to("index"), asked).text
        assert plant7.name in html
        assert harbour2.name not in html
    assert "1 个工会" in fus.get(to("index"), {"level": "1"}).text
    assert "没有找到" in fus.get(to("index"), {"q": "没有的"}).text


def test_an_election_that_is_overdue_is_marked(fus, plant7):
    Union.objects.filter(pk=plant7.pk).update(term_ends_on=dt.date(2020, 1, 1))
    assert "过了" in fus.get(to("index")).text
    assert "过了换届日期" in fus.get(to("union", plant7.pk)).text


def test_a_union_tells_its_place_its_people_and_its_history(
    fus, fu, district, plant7, harbour2, bo
):
    unions.move(plant7, parent=harbour2, by=fu)
    unions.dismiss(Office.objects.get(user=bo), by=fu)
    html = fus.get(to("union", plant7.pk)).text
    for part in (
        "归谁管过",
        district.name,
        harbour2.name,
        "何立夏</strong>，干事",
        "周白露 把它移到了另一个上级",
    ):
        assert part in html
    assert plant7.name in fus.get(to("union", harbour2.pk)).text


def test_a_list_asks_no_more_for_more_unions(fus, district, plant7, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    fus.get(to("index"))
    with CaptureQueriesContext(connection) as short:
        fus.get(to("index"))
    for number in range(4):
        unions.found(f"{number}号", parent=district, level=3)
    with django_assert_num_queries(len(short)):
        fus.get(to("index"))


def test_another_union_is_not_there(bos, harbour2, district):
    for union in (harbour2, district):
        assert bos.get(to("union", union.pk)).status_code == 404


def upload(client, content: bytes):
    return client.post(to("import"), {"file": SimpleUploadedFile("台账.xlsx", content)})


def checked(client, content: bytes):
    """The list that was sent in by a browser and checked by the worker."""
    assert upload(client, content).status_code == 302
    unions.check_waiting_lists()
    return ListImport.objects.get()


def test_a_list_goes_in_after_a_yes(bos, plant7):
    response = upload(
        bos, a_list(("一分会", plant7.name, "分会"), ("二分会", "没有的工会", "分会"))
    )
    sent = ListImport.objects.get()
    assert response.headers["Location"] == to("list_import", sent.pk)
    assert "正在逐行检查" in bos.get(to("list_import", sent.pk)).text
    unions.check_waiting_lists()
    html = bos.get(to("list_import", sent.pk)).text
    assert "新登记 1 个，更新 0 个，没有变化 0 个，1 行等你改。" in html
    assert "上级工会“没有的工会”不在组织树里" in html
    assert "一分会" in bos.get(to("list_import", sent.pk), {"verdict": ""}).text
    assert not Union.objects.filter(name="一分会").exists()
    assert "正在导入，到了第 0 个" in bos.post(to("confirmation", sent.pk), follow=True).text
    unions.take_in_confirmed_lists()
    assert "导入好了：新登记 1 个" in bos.get(to("list_import", sent.pk)).text
    assert bos.post(to("confirmation", sent.pk)).status_code == 409


def test_a_list_that_comes_again_shows_what_it_changes(bos, plant7):
    Union.objects.filter(pk=plant7.pk).update(workers=10)
    row = (plant7.name, "", "基层工会", 20, 15)
    sent = checked(bos, a_list(("一分会", plant7.name, "分会"), row))
    html = bos.get(to("list_import", sent.pk), {"effect": "updated"}).text
    assert "职工人数：10 → <strong>20</strong>" in html
    assert "职工人数原来的：登记时写的" in html
    html = bos.get(to("list_import", sent.pk), {"effect": "founded"}).text
    assert "一分会" in html
    assert "职工人数：10" not in html


def test_the_senders_own_table_is_downloaded(client, bo, cai, plant7):
    sent = checked(at_the_desk(client, bo), a_list(("二分会", "没有的工会", "分会")))
    assert to("annotated", sent.pk) in client.get(to("list_import", sent.pk)).text
    response = client.get(to("annotated", sent.pk))
    assert response.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert response.headers["Content-Disposition"].startswith("attachment;")
    assert "没有的工会" in str(list(read_workbook(response.content, name="a.xlsx")[0].rows[1])[-1])
    ListImport.objects.update(content=None)
    assert client.get(to("annotated", sent.pk)).status_code == 404
    assert at_the_desk(client, cai).get(to("annotated", sent.pk)).status_code == 404


def test_a_list_is_taken_down(bos, plant7):
    upload(bos, a_list(("一分会", plant7.name, "分会")))
    sent = ListImport.objects.get()
    assert "撤下来了" in bos.post(to("discard", sent.pk), follow=True).text
    assert bos.get(to("list_import", sent.pk)).status_code == 404


def test_a_file_that_cannot_be_read_says_so_and_what_to_do(bos, plant7):
    sent = checked(bos, b"PK\x03\x04 nonsense")
    assert (sent.state, sent.content) == ("unreadable", None)
    html = bos.get(to("list_import", sent.pk)).text
    assert "文件坏了" in html
    assert "再传一次" in html
    assert "还没有选文件" in bos.post(to("import")).text


def test_the_columns_that_a_list_lacks_are_named_on_its_page_and_by_the_command(bos, tmp_path):
    content = write_xlsx(SheetToWrite("表", [Column("名称"), Column("工会名称")], []))
    sent = checked(bos, content)
    why = "表头里要有这几列，没有找到：上级工会、组织级别。"
    assert why in bos.get(to("list_import", sent.pk)).text
    file = tmp_path / "a.xlsx"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=why):
        call_command("import_unions", str(file))


def test_a_list_is_not_there_for_the_officer_of_another_union(client, bo, cai, plant7):
    upload(at_the_desk(client, bo), a_list(("一分会", plant7.name, "分会")))
    sent = ListImport.objects.get()
    at_the_desk(client, cai)
    assert client.get(to("list_import", sent.pk)).status_code == 404
    for name in ("confirmation", "discard"):
        assert client.post(to(name, sent.pk)).status_code == 404


def test_members_stay_outside(client, ann):
    client.force_login(ann.user)
    assert client.get(to("index")).status_code == 403


def test_an_officer_above_puts_somebody_in_charge(fus, plant7, dee):
    html = fus.post(
        to("offices", plant7.pk), {"phone": dee.phone, "role": "officer"}, follow=True
    ).text
    assert "丁霜降从今天起是七号厂工会的干事。" in html
    office = Office.objects.get(user=dee)
    assert (office.union, office.role, office.until_on) == (plant7, "officer", None)
    assert "任职到今天为止" in fus.post(to("dismissal", office.pk), follow=True).text
    office.refresh_from_db()
    assert office.until_on


def test_only_logins_are_appointed(fus, plant7):
    assert (
        fus.post(to("offices", plant7.pk), {"phone": "19900499999", "role": "officer"}).status_code
        == 409
    )
    assert (
        "手机号是 11 位"
        in fus.post(to("offices", plant7.pk), {"phone": "123", "role": "officer"}, follow=True).text
    )
    assert Office.objects.filter(union=plant7).count() == 0


def test_an_officer_cannot_staff_her_own_union_but_its_chair_can(client, bo, plant7, dee):
    at_the_desk(client, bo)
    assert "任命一位" not in client.get(to("union", plant7.pk)).text
    assert (
        client.post(to("offices", plant7.pk), {"phone": dee.phone, "role": "chair"}).status_code
        == 403
    )
    assert client.post(to("dismissal", bo.offices.get().pk)).status_code == 404
    unions.appoint(bo, union=plant7, role=Office.Role.CHAIR)
    assert "任命一位" in client.get(to("union", plant7.pk)).text
    client.post(to("offices", plant7.pk), {"phone": dee.phone, "role": "officer"})
    assert Office.objects.filter(user=dee, union=plant7).exists()


def test_nobody_is_put_in_charge_of_another_union(bos, cai, harbour2, district, dee):
    for union in (harbour2, district):
        assert (
            bos.post(to("offices", union.pk), {"phone": dee.phone, "role": "chair"}).status_code
            == 404
        )
    assert bos.post(to("dismissal", cai.offices.get().pk)).status_code == 404
    assert cai.offices.get().until_on is None
