"""The desk's pages for a roll that comes again: changes, absences, transfers, undoing."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from python_calamine import CalamineWorkbook

from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, Membership, RollImport, TransferRequest
from unionhall.people.members.queries import open_absences
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll, sent_in, taken_in
from unionhall.people.members.tests.test_desk import at_the_desk, to
from unionhall.people.unions import actions as tree


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


@pytest.fixture
def last_year(plant7, bo) -> RollImport:
    return taken_in(a_roll(*[a_person(n, 部门="装配") for n in range(1, 5)]), plant7, bo)


def test_a_change_is_shown_with_what_stood_there_and_who_said_so(bos, last_year, plant7, bo):
    newer = a_person(1, 手机号码="19900004321", 部门="研发")
    roll = sent_in(a_roll(newer, a_person(2)), plant7, bo)
    html = bos.get(to("roll_import", roll.pk)).text
    assert "手机号码 1" in html
    html = bos.get(to("roll_import", roll.pk), {"effect": "updated"}).text
    assert "199****0001 → <strong>199****4321</strong>" in html
    assert "装配 → <strong>研发</strong>" in html
    assert "何立夏 导入了一份名册" in html
    assert html.count('<th scope="row"') == 1


def test_a_file_that_was_taken_in_before_is_known_again(bos, plant7, bo):
    content = a_roll(a_person(1))
    taken_in(content, plant7, bo)
    again = sent_in(content, plant7, bo)
    assert "传过一模一样的文件（导入完了）" in bos.get(to("roll_import", again.pk)).text


def test_a_file_that_waits_already_is_known_again_with_its_sender(bos, plant7, bo, fu):
    content = a_roll(a_person(1))
    first = sent_in(content, plant7, fu)
    again = sent_in(content, plant7, bo)
    said = f"{fu} 在 {timezone.localtime(first.created_at):%Y-%m-%d %H:%M} 传过一模一样的文件（检查完了"
    assert said in bos.get(to("roll_import", again.pk)).text
    members.discard_roll(first, by=fu)
    assert "一模一样" not in bos.get(to("roll_import", again.pk)).text


def test_her_own_table_comes_back_with_the_reasons(bos, plant7, bo):
    roll = sent_in(a_roll(a_person(1), a_person(2, 证件号码="x1")), plant7, bo)
    assert to("annotated", roll.pk) in bos.get(to("roll_import", roll.pk)).text
    response = bos.get(to("annotated", roll.pk))
    book = CalamineWorkbook.from_filelike(io.BytesIO(response.content))
    rows = book.get_sheet_by_name("名册").to_python()
    assert rows[1][0] == "周白露"
    assert rows[1][-1] == ""
    assert rows[2][-1].startswith("证件号码：")
    RollImport.objects.update(content=None)
    assert bos.get(to("annotated", roll.pk)).status_code == 404
    assert to("annotated", roll.pk) not in bos.get(to("roll_import", roll.pk)).text


def test_absent_people_are_listed_and_decided(bos, last_year, plant7, bo):
    roll = sent_in(a_roll(a_person(1)), plant7, bo)
    html = bos.get(to("absent", roll.pk)).text
    assert "3 位会员不在这份名册里" in html
    assert 'type="checkbox"' not in html
    members.confirm_roll(roll, by=bo)
    members.take_in_confirmed_rolls()
    absences = list(open_absences(roll, None))
    assert bos.post(to("absent", roll.pk), {"who": "all", "why": ""}).status_code == 422
    bos.post(to("absent", roll.pk), {"who": "some", "why": "died", "people": [absences[0].pk]})
    assert Membership.objects.filter(left_on=None).count() == 3
    html = bos.post(to("absent", roll.pk), {"who": "all", "why": "retired"}, follow=True).text
    assert "没有要办的人了" in html
    assert Membership.objects.filter(standing="retained", left_on=None).count() == 2


def test_people_of_other_departments_have_a_list_of_their_own(bos, last_year, plant7, bo):
    roll = taken_in(a_roll(a_person(1, 部门="研发"), a_person(2, 部门="研发")), plant7, bo)
    assert (
        "2 位会员不在这份名册里，他们的部门名册也没有提到"
        in bos.get(to("roll_import", roll.pk)).text
    )
    assert "没有要办的人了" in bos.get(to("absent", roll.pk)).text
    others = f"{to('absent', roll.pk)}?of=others"
    assert "2 位会员的部门，这份名册没有提到" in bos.get(others).text
    listed = bos.get(f"{V1}/rolls/{roll.pk}/absent/").json()["items"]
    assert [one["department_named"] for one in listed] == [False, False]
    assert send(bos, f"/rolls/{roll.pk}/absent/", why="moved").status_code == 409
    html = bos.post(others, {"who": "all", "why": "retired"}, follow=True).text
    assert "没有要办的人了" in html
    assert Membership.objects.filter(standing="retained").count() == 2


def test_what_an_undo_will_do_is_counted_beforehand(bos, last_year, harbour2, plant7, bo, cai):
    taken_in(a_roll(a_person(8, 所属工会="二号港工会")), harbour2, cai)
    roll = taken_in(
        a_roll(a_person(1, 部门="研发"), a_person(7), a_person(8), a_person(2)), plant7, bo
    )
    members.decide_absent(roll, why="moved", by=bo)
    html = bos.get(to("undo", roll.pk)).text
    for label in ("去掉的新会员", "改回来的资料", "还原的会籍", "撤回的接转"):
        assert label in html
    bos.post(to("undo", roll.pk), {"reason": "传成了去年的表"})
    html = bos.get(to("roll_import", roll.pk)).text
    assert "看接转" not in html
    assert "传成了去年的表" in bos.get(to("undo", roll.pk)).text
    assert "这次导入撤销了" in bos.get(to("absent", roll.pk)).text


def test_whoever_is_there_is_told_nothing_about_new_people(bos, last_year, plant7, bo):
    roll = sent_in(
        a_roll(a_person(1, 会籍状态="", 部门="研发"), a_person(9, 会籍状态="")), plant7, bo
    )
    assert "按“在籍”登记" not in bos.get(to("roll_import", roll.pk), {"effect": "updated"}).text
    assert "按“在籍”登记" in bos.get(to("roll_import", roll.pk), {"effect": "new"}).text


def test_unions_that_the_file_does_not_name_are_told(client, district, plant7, harbour2, fu, bo):
    taken_in(a_roll(*[a_person(n, 所属工会="二号港工会") for n in range(1, 4)]), harbour2, fu)
    roll = sent_in(a_roll(a_person(9)), district, fu)
    at_the_desk(client, fu)
    html = client.get(to("roll_import", roll.pk)).text
    assert "没有提到 1 个工会，一共 3 位会员" in html
    assert f"{to('index')}?union={harbour2.pk}" in html
    assert client.get(f"{V1}/rolls/{roll.pk}/").json()["left_out"] == {str(harbour2.pk): 3}
    at_the_desk(client, bo)
    own = sent_in(a_roll(a_person(9)), plant7, bo)
    assert "没有提到" not in client.get(to("roll_import", own.pk)).text


def test_transfers_that_wait_come_first(bos, last_year, harbour2, bo, cai):
    taken_in(a_roll(*[a_person(n, 所属工会="二号港工会") for n in range(1, 4)]), harbour2, cai)
    first, second, third = TransferRequest.objects.order_by("pk")
    members.refuse_transfer(third, by=bo, reason="还在这里上班")
    listed = bos.get(f"{V1}/transfers/").json()["items"]
    assert [one["id"] for one in listed] == [second.pk, first.pk, third.pk]


def test_what_is_to_be_undone_first_is_named_with_its_address(bos, last_year, plant7, bo):
    later = taken_in(a_roll(a_person(1, 部门="装配")), plant7, bo)
    link = to("roll_import", later.pk)
    html = bos.get(to("undo", last_year.pk)).text
    assert "先撤这几份" in html
    assert link in html
    members.undo_roll(later, by=bo, reason="传错了")
    assert link not in bos.get(to("undo", last_year.pk)).text


def test_an_import_is_undone_with_a_reason(bos, last_year):
    html = bos.get(to("undo", last_year.pk)).text
    assert "回到导入以前的样子" in html
    assert bos.post(to("undo", last_year.pk), {"reason": ""}).status_code == 422
    html = bos.post(to("undo", last_year.pk), {"reason": "传错了文件"}, follow=True).text
    assert "这次导入撤销了" in html
    assert not Member.objects.exists()
    assert "现在不能撤销" in bos.get(to("undo", last_year.pk)).text


def test_what_stands_in_the_way_of_undoing_is_said(bos, last_year, bo):
    members.leave(Member.objects.first(), by=bo, why="moved")
    html = bos.get(to("undo", last_year.pk)).text
    assert "后面已经有了别的事" in html
    assert "导入以后离开或者转走的会员" in html
    response = bos.post(to("undo", last_year.pk), {"reason": "传错了"})
    assert response.status_code == 409
    assert "撤销不了" in response.text


@pytest.mark.parametrize("name", ["verdict", "effect", "reason"])
def test_of_what_there_is_none_all_is_shown(bos, last_year, name):
    html = bos.get(to("roll_import", last_year.pk), {name: "\0'"}).text
    assert html.count('<th scope="row"') == 4 + 1  # and the row of headings


def test_what_was_not_taken_in_cannot_be_undone(bos, plant7, bo):
    roll = sent_in(a_roll(a_person(1)), plant7, bo)
    assert "现在不能撤销" in bos.get(to("undo", roll.pk)).text
    assert bos.post(to("undo", roll.pk), {"reason": "传错了"}).status_code == 409


@pytest.fixture
def asked(last_year, harbour2, cai) -> TransferRequest:
    taken_in(a_roll(a_person(1, 所属工会="二号港工会")), harbour2, cai)
    return TransferRequest.objects.get()


def test_the_asker_reads_neither_the_union_nor_its_officer(client, asked, cai):
    at_the_desk(client, cai)
    for page in (to("transfers"), to("transfer", asked.pk)):
        html = client.get(page).text
        assert "周白露" in html
        assert "七号厂" not in html
        assert "何立夏" not in html
    assert client.post(to("transfer", asked.pk), {"answer": "agree"}).status_code == 403
    client.post(to("transfer", asked.pk), {"answer": "withdraw"})
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


def test_the_old_union_is_asked_and_answers(bos, asked, harbour2):
    assert "1 份接转等你这边答复" in bos.get(to("transfers")).text
    assert "二号港工会" in bos.get(to("transfer", asked.pk)).text
    response = bos.post(to("transfer", asked.pk), {"answer": "refuse"})
    assert response.status_code == 422
    assert "写一句为什么" in response.text
    bos.post(to("transfer", asked.pk), {"answer": "agree"})
    assert Membership.objects.get(member=asked.member, left_on=None).union == harbour2
    assert "没有接转等你这边答复" in bos.get(to("transfers"), {"state": "asked"}).text


def test_a_no_is_read_by_the_asker(bos, asked, cai, client):
    bos.post(to("transfer", asked.pk), {"answer": "refuse", "reason": "还在这里上班"})
    at_the_desk(client, cai)
    assert "还在这里上班" in client.get(to("transfer", asked.pk)).text


def test_somebody_without_a_part_in_it_finds_no_transfer(client, asked, district, db):
    from tests.cast import a_login
    from unionhall.people.unions import actions as tree

    third = tree.found("三号仓工会", parent=district, level=3)
    stranger = a_login("谷雨生")
    tree.appoint(stranger, union=third, role="officer")
    at_the_desk(client, stranger)
    assert client.get(to("transfer", asked.pk)).status_code == 404
    assert "周白露" not in client.get(to("transfers")).text


def test_one_membership_is_kept_or_ended_by_hand(bos, last_year):
    first, second = Member.objects.order_by("pk")[:2]
    assert "七号厂工会" in bos.get(to("standing", first.pk)).text
    assert bos.post(to("standing", first.pk), {"why": ""}).status_code == 422
    bos.post(to("standing", first.pk), {"why": "retired"})
    assert first.memberships.get().standing == "retained"
    assert bos.post(to("standing", first.pk), {"why": "retired"}).status_code == 409
    bos.post(to("standing", second.pk), {"why": "moved"})
    assert second.memberships.get().left_on
    assert bos.get(to("standing", second.pk)).status_code == 404


def test_who_runs_both_unions_asks_the_old_one_first(client, last_year, harbour2, plant7, fu, bo):
    at_the_desk(client, fu)
    member = Member.objects.order_by("pk").first()
    response = client.post(to("move", member.pk), {"union": harbour2.pk}, follow=True)
    assert "先等原工会答复" in response.text
    assert client.post(to("move", member.pk), {"union": plant7.pk}).status_code == 409
    assert "先选一个工会" in client.post(to("move", member.pk), {"union": 0}, follow=True).text


def test_a_long_list_of_transfers_asks_no_more_than_a_short_one(
    bos, last_year, harbour2, cai, django_assert_max_num_queries
):
    taken_in(a_roll(*[a_person(n, 所属工会="二号港工会") for n in range(1, 5)]), harbour2, cai)
    bos.get(to("transfers"))
    with django_assert_max_num_queries(20):
        assert bos.get(to("transfers")).text.count("等你答复") == 4


def test_a_push_that_goes_on_is_shown_and_can_be_taken_down(bos, plant7, bo):
    roll = members.open_push(plant7, name="人事系统", by=bo)
    members.add_page(roll, number=1, rows=[a_person(1)])
    assert "一页一页地推送" in bos.get(to("roll_import", roll.pk)).text
    assert "<strong>人事系统</strong>" in bos.get(to("import")).text
    bos.post(to("discard", roll.pk))
    assert not roll.pages.exists()


def test_xls_and_tab_text_may_be_sent(bos, plant7):
    content = "\t".join(a_person(1)).encode() + b"\r\n" + "\t".join(a_person(1).values()).encode()
    file = SimpleUploadedFile("名册.txt", content)
    response = bos.post(to("import"), {"union": plant7.pk, "file": file})
    assert response.status_code == 302


# == The same verbs as an API ==

V1 = "/api/v1/members/desk"


def send(client, path, **body):
    return client.post(V1 + path, body, content_type="application/json")


def test_an_employers_system_pushes_a_roll_by_page(bos, plant7, bo):
    opened = send(bos, "/rolls/", union=plant7.pk, name="人事系统", as_of="2026-11-20").json()
    pages = f"/rolls/{opened['id']}/pages/"
    for _twice in range(2):
        assert send(bos, pages, number=1, rows=[a_person(1), a_person(2, 证件号码="1")]).json() == {
            "number": 1,
            "rows": 2,
        }
    assert send(bos, pages, number=1, rows=[]).status_code == 409
    assert send(bos, f"/rolls/{opened['id']}/finish/", pages=2).status_code == 409
    assert send(bos, f"/rolls/{opened['id']}/finish/", pages=1).json()["state"] == "received"
    members.check_waiting_rolls()
    told = bos.get(f"{V1}/rolls/{opened['id']}/").json()
    assert told["counts"]["verdicts"] == {"accepted": 1, "rejected": 1, "not_data": 1}
    rows = bos.get(f"{V1}/rolls/{opened['id']}/rows/?verdict=rejected").json()["items"]
    assert [(row["row"], row["reason_codes"]) for row in rows] == [(3, ["ID_LENGTH"])]
    assert send(bos, f"/rolls/{opened['id']}/confirmation/").json()["state"] == "running"
    members.take_in_confirmed_rolls()
    assert Member.objects.count() == 1
    assert send(bos, f"/rolls/{opened['id']}/undo/", reason="试一试").status_code == 204
    assert not Member.objects.exists()


def test_changes_and_absences_are_told_by_the_api(bos, last_year, plant7, bo):
    roll = taken_in(a_roll(a_person(1, 手机号码="19900004321")), plant7, bo)
    rows = bos.get(f"{V1}/rolls/{roll.pk}/rows/?effect=updated").json()["items"]
    assert rows[0]["changes"] == [
        {
            "column": "phone",
            "was": "199****0001",
            "now": "199****4321",
            "entry": last_year.batch_id,
        }
    ]
    absent = bos.get(f"{V1}/rolls/{roll.pk}/absent/").json()["items"]
    assert len(absent) == 3
    path = f"/rolls/{roll.pk}/absent/"
    assert send(bos, path, why="died", absent=[absent[0]["id"]]).json() == {"people": 1}
    assert send(bos, path, why="keep").json() == {"people": 2}
    assert send(bos, path, why="bored").status_code == 422


def test_a_transfer_is_answered_by_the_api(bos, client, asked, cai):
    told = bos.get(f"{V1}/transfers/").json()["items"]
    assert [(one["from_union"], one["may_answer"]) for one in told] == [("七号厂工会", True)]
    path = f"/transfers/{asked.pk}/answer/"
    assert send(bos, path, answer="refuse").status_code == 409
    assert send(bos, path, answer="agree").json()["state"] == "agreed"
    at_the_desk(client, cai)
    assert client.get(f"{V1}/transfers/{asked.pk}/").json()["from_union"] is None
    assert send(client, path, answer="withdraw").status_code == 403


def test_one_membership_is_changed_by_the_api(bos, last_year, harbour2):
    first, second = Member.objects.order_by("pk")[:2]
    assert send(bos, f"/{first.pk}/standing/", why="unemployed").status_code == 204
    assert first.memberships.get().standing == "retained"
    assert send(bos, f"/{second.pk}/move/", union=harbour2.pk).status_code == 404


def test_who_had_left_is_told_to_come_back(bos, last_year, plant7, bo):
    members.leave(Member.objects.first(), by=bo, why="moved")
    roll = sent_in(a_roll(a_person(1), a_person(9)), plant7, bo)
    html = bos.get(to("roll_import", roll.pk)).text
    assert "可以进来的里面，1 人以前在会，重新登记。" in html
    html = bos.get(to("roll_import", roll.pk), {"effect": "returned"}).text
    assert html.count('<th scope="row"') == 1


def test_the_page_of_a_roll_tells_how_its_transfers_stand(bos, plant7, harbour2, bo, cai):
    taken_in(a_roll(*[a_person(n, 所属工会="二号港工会") for n in (7, 8)]), harbour2, cai)
    roll = taken_in(a_roll(a_person(7), a_person(8), a_person(9)), plant7, bo)
    elsewhere = {"effect": "elsewhere"}
    html = bos.get(to("roll_import", roll.pk), elsewhere).text
    assert html.count("在别的工会，接转：等对方答复") == 2
    members.agree_transfer(TransferRequest.objects.first(), by=cai)
    html = bos.get(to("roll_import", roll.pk), elsewhere).text
    assert "等对方答复 1、同意了，已经转入 1" in html.replace("\n", "")
    assert html.count("在别的工会，接转：同意了，已经转入") == 1
    assert "要先接转" not in html


def test_the_union_she_came_from_is_not_named_to_the_new_one(
    bos, client, plant7, harbour2, bo, cai
):
    taken_in(a_roll(a_person(7, 所属工会="二号港工会", 部门="码头")), harbour2, cai)
    roll = taken_in(a_roll(a_person(7)), plant7, bo)
    members.agree_transfer(TransferRequest.objects.get(), by=cai)
    her = Member.objects.get()
    html = bos.get(to("member", her.pk)).text
    assert "别的工会" in html
    assert not any(word in html for word in ("二号港", "码头"))
    assert "提出接转（同意了，已经转入）" in html
    assert f'href="{to("roll_import", roll.pk)}"' in html
    told = client.get(f"{V1}/{her.pk}/").json()
    assert [one["union_name"] for one in told["memberships"]] == ["七号厂工会"]


def test_the_button_to_send_it_again_knows_the_union(bos, plant7, bo):
    roll = sent_in(a_roll(a_person(1), a_person(2, 证件号码="99010119900101123")), plant7, bo)
    html = bos.get(to("roll_import", roll.pk)).text
    assert "写了 17 位" in html
    assert f'href="{to("import")}?union={plant7.pk}"' in html
    assert "---------" not in bos.get(to("import"), {"union": plant7.pk}).text


def test_a_refusal_leads_back_to_the_page_of_the_button(bos, last_year):
    here = f"http://testserver{to('roll_import', last_year.pk)}"
    confirmation = to("confirmation", last_year.pk)
    assert f'href="{here}"' in bos.post(confirmation, headers={"Referer": here}).text
    elsewhere = bos.post(confirmation, headers={"Referer": "http://elsewhere.example/"}).text
    assert "elsewhere.example" not in elsewhere


def test_a_branch_with_a_common_name_gets_its_roll_from_its_own_page(bos, plant7, bo):
    branches = [
        tree.found("研发分会", parent=tree.found(f"{n}车间", parent=plant7, level=4), level=4)
        for n in "一二"
    ]
    refused = sent_in(a_roll(a_person(1, 所属工会="研发分会")), plant7, bo)
    html = bos.get(to("roll_import", refused.pk)).text
    assert "按这个名字找不到唯一的工会" in html
    link = f"{to('import')}?union={branches[1].pk}"
    assert f'href="{link}"' in bos.get(to("index"), {"union": branches[1].pk}).text
    assert bos.get(link).text.count("<option") == 1
    roll = taken_in(a_roll(a_person(1, 所属工会="研发分会")), branches[1], bo)
    assert Membership.objects.get().union == branches[1]
    assert roll.union == branches[1]


def test_a_request_for_another_roll_is_not_told_as_this_ones(bos, plant7, harbour2, bo, cai):
    taken_in(a_roll(a_person(7, 所属工会="二号港工会")), harbour2, cai)
    first = taken_in(a_roll(a_person(7)), plant7, bo)
    members.undo_roll(first, by=bo, reason="传错了")
    checked = sent_in(a_roll(a_person(7, 部门="装配")), plant7, bo)
    page = bos.get(to("roll_import", checked.pk), {"effect": "elsewhere"}).text
    assert "在别的工会，要接转" in page
    taken_in(a_roll(a_person(7, 部门="研发")), plant7, bo)
    undone = bos.get(to("roll_import", first.pk), {"effect": "elsewhere"}).text
    assert "接转：撤回了" in undone
    assert "等对方答复" not in undone


def test_why_a_membership_ended_stands_in_her_history(bos, last_year, bo):
    her = Member.objects.order_by("pk").first()
    members.retire(her, by=bo, why="retired")
    assert "改为保留会籍（退休了）" in bos.get(to("member", her.pk)).text


def test_why_she_left_another_union_is_not_told(bos, client, plant7, harbour2, bo, cai):
    taken_in(a_roll(a_person(7, 所属工会="二号港工会")), harbour2, cai)
    her = Member.objects.get()
    members.leave(her, by=cai, why="expelled")
    taken_in(a_roll(a_person(7)), plant7, bo)
    page = bos.get(to("member", her.pk)).text
    assert "结束了会籍" in page
    assert "被除名" not in page


def test_the_day_of_joining_is_shown_that_was_made_of_a_month(bos, plant7, bo):
    roll = sent_in(a_roll(a_person(1, 入会日期="2019.3")), plant7, bo)
    assert "入会日期记作 2019-03-01" in bos.get(to("roll_import", roll.pk)).text


def test_whatever_may_stand_on_a_person_has_a_name(db):
    """An undo that is refused names it."""
    for relation in Member._meta.related_objects:
        name = str(relation.related_model._meta.verbose_name)
        assert relation.related_model._meta.app_label == "members" or not name.isascii(), name
