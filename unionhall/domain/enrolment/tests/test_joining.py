from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.cast import a_login, a_member
from unionhall.base.chinese_ids import made_up_id
from unionhall.base.days import working_days_after
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.domain.enrolment import actions as enrolment
from unionhall.domain.enrolment.models import Application
from unionhall.domain.enrolment.queries import (
    OnRoll,
    application_in_charge,
    application_of,
    choices_for,
    number_on_roll,
    replaces_a_login,
    short_names,
    shown,
    unions_to_enter,
)
from unionhall.kernel.casework.actions import AlreadyOpen
from unionhall.kernel.casework.models import Case
from unionhall.kernel.casework.queries import NoSuchCase, to_do_in_charge
from unionhall.kernel.notify.models import Message
from unionhall.people.members import actions as roll
from unionhall.people.members.models import Member, Membership
from unionhall.people.members.queries import member_of, union_of
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union
from unionhall.people.unions.tests.test_desk import at_the_desk

_serial = itertools.count(500)


def said_by(name="丁霜降", **otherwise):
    number = made_up_id(born=dt.date(1991, 3, 4), sequence=next(_serial))
    return {"name": name, "id_kind": "resident", "id_number": number} | otherwise


@pytest.fixture
def street(district):
    return tree.found("柳泉街道总工会", parent=district, level=Union.Level.STREET)


def ask(user, union, **given):
    usual = {"situation": "union", "said": said_by(user.name)}
    return enrolment.apply_to_join(user, union=union, **(usual | given))


def courier(user, street, **given):
    return ask(user, street, situation="new_form", occupation="courier", **given)


# == In ==


def test_a_courier_without_employer_is_answered_within_a_working_day_and_is_a_member(
    street, dee, fu
):
    asked = courier(dee, street)
    assert asked.case.due_on == working_days_after(timezone.localdate(), 1)
    assert list(to_do_in_charge(fu)) == [asked.case]
    member = enrolment.accept(asked, by=fu)
    live = member.memberships.get()
    assert (member_of(dee), live.union, live.standing) == (member, street, "current")
    assert live.joined_on == timezone.localdate()
    assert (member.employment, member.born_on) == ("new_form", dt.date(1991, 3, 4))
    assert (member.phone, asked.case.stage) == (dee.phone, "accepted")


def test_the_street_may_enter_her_in_a_union_below_it(street, dee, fu):
    couriers = tree.found("快递行业工会", parent=street, level=Union.Level.GRASSROOTS)
    asked = courier(dee, street)
    assert list(unions_to_enter(fu, asked)) == [street, couriers]
    assert union_of(enrolment.accept(asked, by=fu, union=couriers)) == couriers


def test_a_firm_without_a_union_is_helped_to_found_one_and_she_is_told(street, dee, fu, plant7):
    asked = ask(dee, street, situation="none", employer="春风电子厂")
    enrolment.found_first(asked, by=fu, text="下周去厂里")
    assert (asked.case.stage, asked.case.at.waits) == ("founding", "union")
    assert union_of(enrolment.accept(asked, by=fu, union=plant7)) == plant7
    with pytest.raises(Refused, match="没有记下"):
        enrolment.found_first(courier(a_login("别人"), street), by=fu, text="建会")


def test_who_left_is_admitted_again_as_the_same_person(plant7, harbour2, bo, cai, ann):
    roll.leave(ann, by=bo, why="moved")
    said = {"name": ann.name, "id_kind": ann.id_kind, "id_number": ann.id_number}
    asked = ask(ann.user, harbour2, said=said)
    assert number_on_roll(asked, cai) == (OnRoll.LEFT, None)
    assert enrolment.accept(asked, by=cai) == ann
    assert union_of(ann) == harbour2
    assert Entry.objects.filter(action="members.member_admitted_again").count() == 1


def test_who_comes_back_with_another_login_is_seen_first(plant7, harbour2, bo, cai, ann, dee):
    """Name and number of somebody who left are no secret; her vouchers are hers."""
    former = ann.user
    roll.leave(ann, by=bo, why="moved")
    said = {"name": ann.name, "id_kind": ann.id_kind, "id_number": ann.id_number}
    asked = ask(dee, harbour2, said=said)
    assert replaces_a_login(asked)
    _entered, left = enrolment.accept_all([asked], by=cai)
    assert [refusal.code for _one, refusal in left] == ["replaces_a_login"]
    assert (member_of(former), union_of(ann)) == (ann, None), "nothing of it stands"
    asked = application_in_charge(cai, asked.pk)
    enrolment.accept(asked, by=cai, made_sure=True)
    assert (member_of(dee), member_of(former)) == (ann, None)
    told = Message.objects.get(topic="enrolment/login_replaced")
    assert told.phone == former.phone


def test_the_page_asks_whether_the_officer_saw_her_where_a_login_is_replaced(
    client, plant7, harbour2, bo, cai, ann, dee
):
    roll.leave(ann, by=bo, why="moved")
    said = {"name": ann.name, "id_kind": ann.id_kind, "id_number": ann.id_number}
    desk, asked = at_the_desk(client, cai), ask(dee, harbour2, said=said)
    other = ask(a_login("别人"), harbour2)
    address = reverse("enrolment_desk:acceptance", args=[asked.pk])
    assert 'name="saw_her"' in desk.get(asked.case.desk_page).text
    assert 'name="saw_her"' not in desk.get(other.case.desk_page).text
    assert desk.post(address, {"text": "", "saw_her": "on"}).status_code == 409
    assert member_of(dee) is None
    desk.post(address, {"text": "", "saw_her": "on", "former_ends": "on"})
    assert member_of(dee) == ann


def test_a_member_is_led_to_a_transfer(ann, harbour2):
    with pytest.raises(Refused) as refusal:
        ask(ann.user, harbour2)
    assert refusal.value.code == "is_a_member"


def test_who_is_on_a_roll_already_is_led_to_her_binding(plant7, harbour2, dee):
    there = a_member("丁霜降", plant7)
    said = {"name": "丁霜降", "id_kind": "resident", "id_number": there.id_number}
    with pytest.raises(enrolment.OnTheRoll):
        ask(dee, harbour2, said=said)
    assert not Application.objects.exists()


def test_numbers_cannot_be_guessed_by_applying(plant7, dee):
    there = a_member("谷雨", plant7)
    said = {"name": "谷雨", "id_kind": "resident", "id_number": there.id_number}
    for _nth in range(enrolment.TRIES_A_DAY):
        with pytest.raises(enrolment.OnTheRoll):
            ask(dee, plant7, said=said)
    with pytest.raises(Refused, match="今天不能再申请了"):
        ask(dee, plant7, said=said)


# == Answers ==


def test_a_number_under_another_name_lets_nobody_in(plant7, bo, dee):
    there = a_member("谷雨", plant7)
    said = said_by("丁霜降", id_number=there.id_number)
    asked = ask(dee, plant7, said=said)
    assert number_on_roll(asked, bo) == (OnRoll.HERE, there)
    with pytest.raises(Refused, match="没有入会"):
        enrolment.accept(asked, by=bo)
    assert (Case.objects.get(pk=asked.pk).stage, member_of(dee)) == ("asked", None)


def test_of_another_unions_roll_an_officer_learns_only_that_it_has_the_number(
    plant7, chen, bo, dee
):
    asked = ask(dee, plant7, said=said_by("丁", id_number=chen.id_number))
    assert number_on_roll(asked, bo) == (OnRoll.ELSEWHERE, None)


def test_the_wrong_unions_officer_finds_no_application(plant7, dee, bo, cai, chen):
    asked = ask(dee, plant7)
    assert application_in_charge(bo, asked.pk) == asked
    for stranger in (cai, dee):
        with pytest.raises(NoSuchCase):
            application_in_charge(stranger, asked.pk)
    with pytest.raises(NoSuchCase):
        application_of(chen.user, asked.pk)


def test_what_was_wrong_is_put_right_by_her_and_her_day_begins_anew(plant7, dee, bo):
    asked = ask(dee, plant7, said=said_by("丁霜"))
    enrolment.send_back(asked, by=bo, text="名字少一个字")
    enrolment.answer(asked, said=said_by("丁霜降"), by=dee, text="改了")
    again = application_in_charge(bo, asked.pk)
    assert (again.name, again.case.stage) == ("丁霜降", "asked")
    assert again.case.due_on == working_days_after(timezone.localdate(), 1)


def test_a_no_needs_its_reason_and_she_may_ask_another_union(plant7, harbour2, dee, bo):
    asked = ask(dee, plant7)
    with pytest.raises(Refused, match="没有写原因"):
        enrolment.decline(asked, by=bo, text=" ")
    enrolment.decline(asked, by=bo, text="不在我们厂")
    assert ask(dee, harbour2).case.union == harbour2


def test_she_asks_one_union_at_a_time(plant7, harbour2, dee):
    asked = ask(dee, plant7)
    with pytest.raises(AlreadyOpen) as there:
        ask(dee, harbour2)
    assert there.value.case == asked.case


def test_many_are_let_in_at_once_and_who_is_not_holds_up_nobody(plant7, bo):
    asked = [ask(a_login(f"新{nth}"), plant7) for nth in range(3)]
    taken = a_member("谷雨", plant7)
    Application.objects.filter(pk=asked[1].pk).update(
        id_number=taken.id_number, id_index=taken.id_index
    )
    applications = [application_in_charge(bo, one.pk) for one in asked]
    entered, left = enrolment.accept_all(applications, by=bo)
    assert [member.name for member in entered] == ["新0", "新2"]
    assert [(one.pk, refusal.code) for one, refusal in left] == [(asked[1].pk, "number_of_another")]


def test_at_the_desk_somebody_without_a_phone_joins_and_who_helped_is_on_the_ledger(plant7, bo):
    said = said_by("老霜降")
    usual = {"union": plant7, "situation": "union", "said": said, "by": bo}
    asked = enrolment.apply_at_desk(**usual)
    with pytest.raises(AlreadyOpen):
        enrolment.apply_at_desk(**usual)
    member = enrolment.accept(asked, by=bo)
    assert (member.user, member.phone, union_of(member)) == (None, None, plant7)
    opened = Entry.objects.get(action="casework.case_opened", subject_id=asked.pk)
    assert opened.by_id == bo.pk


def test_the_number_is_masked_until_somebody_looks_and_that_is_kept(plant7, dee, bo):
    asked = ask(dee, plant7)
    assert asked.id_number not in str(shown(asked))
    assert enrolment.unmask(asked, by=bo) == asked.id_number
    assert Entry.objects.get(action="enrolment.number_unmasked").by_id == bo.pk


def test_a_passport_says_nothing_of_birth_and_sex(plant7, dee, bo):
    said = said_by("Ada Lovelace", id_kind="passport", id_number="E12345678")
    member = enrolment.accept(ask(dee, plant7, said=said), by=bo)
    assert (member.born_on, member.sex, member.id_kind) == (None, "", "passport")


# == Which union ==


def test_a_firm_is_found_by_a_part_of_its_own_or_its_unions_name(plant7, street):
    Union.objects.filter(pk=plant7.pk).update(employer="春风机械有限公司")
    assert choices_for("union", "春风") == [plant7]
    assert choices_for("union", "七号") == [plant7]
    assert choices_for("union", "没有的") == []
    assert choices_for("union", "七号\x00") == [plant7]
    assert choices_for("new_form", "") == [street]


# == On the pages ==


def test_three_pages_lead_a_courier_from_the_question_to_her_application(client, street, dee):
    client.force_login(dee)
    first = client.get(reverse("enrolment:new")).content.decode()
    second = reverse("enrolment:where", args=["courier"])
    assert second in first
    third = reverse("enrolment:who", args=["courier", street.pk])
    assert third in client.get(second).content.decode()
    sent = client.post(third, said_by("丁霜降"))
    asked = Application.objects.get()
    assert (sent.status_code, sent.url) == (302, asked.case.page)
    assert (asked.occupation, asked.case.union) == ("courier", street)
    assert client.get(asked.case.page).status_code == 200
    assert client.get(reverse("enrolment:new")).url == asked.case.page


def test_a_unions_own_code_answers_two_questions(client, plant7, street, dee):
    client.force_login(dee)
    came = client.get(reverse("enrolment:new"), {"union": plant7.pk})
    assert came.url == reverse("enrolment:who", args=["union", plant7.pk])
    page = client.get(reverse("enrolment:new"), {"union": street.pk}).content.decode()
    assert reverse("enrolment:who", args=["rider", street.pk]) in page


def test_hostile_words_are_shown_as_they_are(client, plant7, dee, bo):
    client.force_login(dee)
    third = reverse("enrolment:who", args=["union", plant7.pk])
    page = client.post(third, said_by("<script>alert(1)</script>")).content.decode()
    assert "<script>alert" not in page
    found = client.get(reverse("enrolment:where", args=["union"]), {"q": "<img src=x>%_\\"})
    assert "<img src=x>" not in found.content.decode()


def test_a_streets_courier_cannot_ask_a_firm_that_is_no_union_for_her(
    client, plant7, district, dee
):
    client.force_login(dee)
    for word, union in (("none", plant7), ("union", district), ("nothing", plant7)):
        assert client.get(reverse("enrolment:who", args=[word, union.pk])).status_code == 404


def test_membership_goes_by_the_constraint_if_all_else_fails(ann, harbour2, cai):
    with pytest.raises(Refused, match="没有入会"):
        roll.admit_again(ann, union=harbour2, by=cai)
    assert Membership.objects.filter(member=ann).count() == 1
    assert Member.objects.filter(pk=ann.pk).exists()


def test_streets_are_told_apart_by_what_differs(street, district):
    other = tree.found("云桥区柳浪镇总工会", parent=district, level=Union.Level.STREET)
    assert short_names([street, other]) == ["柳泉街道", "柳浪镇"]
    assert short_names([district]) == ["云桥区"]
