from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from tests.cast import a_login, a_member
from unionhall.base.chinese_ids import made_up_id
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.domain.corrections import actions as corrections
from unionhall.domain.corrections.forms import AcceptForm
from unionhall.domain.corrections.models import Correction
from unionhall.domain.corrections.queries import perhaps_her, replaces_a_login, shown
from unionhall.kernel.casework.actions import AlreadyOpen
from unionhall.kernel.casework.models import Case
from unionhall.kernel.notify.models import Message
from unionhall.people.accounts import actions as accounts
from unionhall.people.accounts.login import Outsider
from unionhall.people.accounts.models import Session, User
from unionhall.people.members import actions as roll
from unionhall.people.members.models import Change, Member
from unionhall.people.members.queries import member_of, with_phone
from unionhall.people.members.queries.identity import Found
from unionhall.people.personal import actions as personal
from unionhall.people.personal.models import Copy
from unionhall.people.unions import actions as unions

What = Correction.What


@pytest.fixture
def grain(plant7):
    """On the roll with a phone that is not the one she signs in with; no login yet."""
    return a_member("谷小满", plant7)


def say(user, member, **otherwise):
    said = {"name": member.name, "id_number": member.id_number} | otherwise
    return corrections.say_who_she_is(user, **said)


# == Who she is ==


def test_who_has_the_phone_of_the_roll_is_bound_at_once(plant7):
    user = a_login("谷小满")
    twin, _other = a_member("谷小满", plant7, user=None), a_member("谷雨", plant7)
    Member.objects.filter(pk=twin.pk).update(phone=user.phone)
    twin.refresh_from_db()
    assert say(user, twin) == (Found.HERS, twin)
    assert member_of(user) == twin


def test_name_and_number_must_both_fit_and_nothing_is_told_apart(grain, dee):
    nobody = (Found.NOBODY, None)
    assert say(dee, grain, name="谷大满") == nobody
    assert (
        say(dee, grain, id_number=made_up_id(born=grain.born_on or _day(), sequence=77)) == nobody
    )


def _day():
    import datetime as dt

    return dt.date(1990, 1, 1)


def test_another_phone_on_the_roll_is_no_reason_to_bind_by_oneself(grain, dee):
    assert say(dee, grain) == (Found.OTHER_PHONE, grain)
    assert member_of(dee) is None


def test_numbers_cannot_be_guessed_all_day(grain, dee):
    for _nth in range(corrections.TRIES_A_DAY):
        say(dee, grain, name="甲")
    with pytest.raises(Refused, match="今天不能再核对了"):
        say(dee, grain)
    assert say(a_login("别人"), grain)[0] is Found.OTHER_PHONE


def test_her_union_makes_sure_and_the_roll_has_the_phone_that_she_signs_in_with(grain, dee, bo):
    asked = corrections.ask_for_login(dee, grain)
    assert asked.case.union == grain.memberships.get().union
    corrections.accept(asked, by=bo)
    assert member_of(dee) == grain
    assert list(with_phone(dee.phone)) == [grain]
    assert asked.case.stage == "done"


def test_a_phone_that_changed_hands_goes_with_her_and_not_with_the_number(ann, bo):
    """Somebody else may sign in with her old number by now; her union gives her the new login."""
    old, new = ann.user, a_login("苏惊蛰")
    assert say(new, ann) == (Found.OTHER_LOGIN, ann)
    corrections.accept(corrections.ask_for_login(new, ann), by=bo, made_sure=True)
    assert (member_of(new), member_of(old)) == (ann, None)
    given = Entry.objects.get(action="members.login_given")
    assert given.detail == {"login": new.pk, "before": old.pk}
    assert given.by_id == bo.pk


def test_a_former_login_keeps_no_copy_of_what_is_hers(ann, bo):
    old, new = ann.user, a_login("苏惊蛰")
    for state in ("done", "waiting"):
        written = {"content": "x", "written_at": "2026-11-01T00:00Z"} if state == "done" else {}
        Copy.objects.create(user=old, asked_at="2026-11-01T00:00Z", state=state, **written)
    of_another = personal.ask_copy(new)
    corrections.accept(corrections.ask_for_login(new, ann), by=bo, made_sure=True)
    assert list(Copy.objects.all()) == [of_another]
    assert Entry.objects.get(action="personal.copies_let_go").detail == {"copies": 2}


def test_no_login_is_replaced_unless_the_officer_says_that_she_saw_her(ann, grain, dee, bo):
    old = ann.user
    asked = corrections.ask_for_login(dee, ann)
    assert replaces_a_login(asked, bo)
    with pytest.raises(Refused, match="已经有一个登录"):
        corrections.accept(asked, by=bo)
    assert member_of(old) == ann
    assert Case.objects.get(pk=asked.case_id).stage == "asked", "nothing of it stands"
    assert not Message.objects.filter(topic="corrections/login_replaced").exists()
    corrections.accept(asked_again(asked), by=bo, made_sure=True)
    assert member_of(dee) == ann
    told = Message.objects.get(topic="corrections/login_replaced")
    assert told.phone == old.phone
    assert Entry.objects.get(action="corrections.login_replaced").detail == {"former": old.pk}
    first = corrections.ask_for_login(a_login("谷小满"), grain)
    assert not replaces_a_login(first, bo), "nobody is asked about what does not happen"
    corrections.accept(first, by=bo)


def asked_again(asked):
    return Correction.objects.select_related("case").get(pk=asked.pk)


def test_who_signs_in_as_her_hears_that_somebody_else_asks_and_nothing_is_taken_yet(ann, dee):
    corrections.ask_for_login(dee, ann)
    told = Message.objects.filter(member=ann).latest("pk")
    assert told.topic == "corrections/login_asked"
    assert member_of(ann.user) == ann
    corrections.ask_for_login(a_login("又一个"), ann)
    with pytest.raises(AlreadyOpen):
        corrections.ask_for_login(dee, ann)


def test_a_login_of_another_member_is_not_given_away(grain, chen, bo):
    asked = corrections.ask_for_login(chen.user, grain)
    with pytest.raises(Refused, match="没有绑定"):
        corrections.accept(asked, by=bo)
    assert Case.objects.get(pk=asked.case_id).stage == "asked", "nothing of it stands"


def test_where_nobody_was_found_the_union_chooses_who_she_is(plant7, grain, dee, bo):
    said = {"name": "谷小满", "id_kind": "resident", "id_number": "110"}
    asked = corrections.ask_to_be_found(dee, union=plant7, said=said)
    assert list(perhaps_her(asked, bo)) == [grain]
    chosen = AcceptForm(
        {"member": grain.pk, "text": ""}, people=perhaps_her(asked, bo), replaces=False
    )
    assert chosen.is_valid(), "the page's own choice"
    with pytest.raises(Refused, match="还没有选"):
        corrections.accept(asked, by=bo)
    corrections.accept(Correction.objects.get(pk=asked.pk), by=bo, member=grain)
    assert member_of(dee) == grain


def test_whom_she_may_be_is_looked_for_only_where_the_officer_is_in_charge(
    grain, dee, harbour2, cai
):
    said = {"name": "谷小满", "id_kind": "resident", "id_number": grain.id_number}
    asked = corrections.ask_to_be_found(dee, union=harbour2, said=said)
    assert list(perhaps_her(asked, cai)) == []


# == What is wrong ==


def test_a_name_with_a_rare_character_is_put_right_and_what_stood_there_is_kept(ann, bo):
    asked = corrections.ask_correction(ann, what=What.NAME, said={"name": "𠮷㛃䶮"}, by=ann.user)
    corrections.accept(asked, by=bo)
    ann.refresh_from_db()
    assert ann.name == "𠮷㛃䶮"
    assert json.loads(Change.objects.get(member=ann, column="name").was) == "苏惊蛰"


def test_a_number_is_found_by_its_new_index_and_belongs_to_one_person(ann, grain, bo):
    said = {"id_kind": "resident", "id_number": grain.id_number}
    asked = corrections.ask_correction(ann, what=What.ID_NUMBER, said=said, by=ann.user)
    with pytest.raises(Refused, match="另一个人登记的就是这个证件号码"):
        corrections.accept(asked, by=bo)
    said["id_number"] = made_up_id(born=_day(), sequence=303)
    case = Case.objects.get(pk=asked.case_id)
    corrections.decline(Correction.objects.get(case=case), by=bo, text="抄错了")
    corrections.accept(
        corrections.ask_correction(ann, what=What.ID_NUMBER, said=said, by=ann.user), by=bo
    )
    ann.refresh_from_db()
    assert ann.id_number == said["id_number"]


def test_another_phone_on_the_roll_leaves_the_login_alone(ann, bo):
    said, signs_in_with = {"phone": "19900007777"}, ann.user.phone
    asked = corrections.ask_correction(ann, what=What.PHONE, said=said, by=ann.user)
    corrections.accept(asked, by=bo)
    ann.refresh_from_db()
    assert (ann.phone, ann.user.phone) == ("19900007777", signs_in_with)
    assert list(with_phone("19900007777")) == [ann]


def test_about_one_thing_she_asks_once_and_about_others_meanwhile(ann):
    corrections.ask_correction(ann, what=What.NAME, said={"name": "苏惊"}, by=ann.user)
    corrections.ask_correction(ann, what=What.DEPARTMENT, said={"department": "总装"}, by=ann.user)
    with pytest.raises(AlreadyOpen):
        corrections.ask_correction(ann, what=What.NAME, said={"name": "苏蛰"}, by=ann.user)


def test_who_has_moved_since_is_corrected_by_her_present_union_alone(ann, harbour2, bo, fu):
    asked = corrections.ask_correction(ann, what=What.NAME, said={"name": "苏驚蛰"}, by=ann.user)
    roll.transfer(ann, union=harbour2, by=fu)
    with pytest.raises(Refused, match="没有改"):
        corrections.accept(asked, by=bo)
    ann.refresh_from_db()
    assert ann.name == "苏惊蛰"
    corrections.accept(Correction.objects.get(pk=asked.pk), by=fu)
    ann.refresh_from_db()
    assert ann.name == "苏驚蛰"


def test_a_no_needs_its_reason(ann, bo):
    asked = corrections.ask_correction(ann, what=What.OTHER, said={}, by=ann.user, text="民族不对")
    for verdict in (corrections.decline, corrections.send_back):
        with pytest.raises(Refused, match="没有写原因"):
            verdict(asked, by=bo, text="  ")


def test_what_is_missing_is_added_and_the_days_begin_anew(ann, bo):
    asked = corrections.ask_correction(ann, what=What.NAME, said={"name": "苏惊"}, by=ann.user)
    corrections.send_back(asked, by=bo, text="请拍证件")
    corrections.answer(asked, by=ann.user, text="拍好了")
    assert (asked.case.stage, asked.case.due_on) == (
        "asked",
        Case.objects.get(pk=asked.case_id).due_on,
    )


def test_at_the_desk_somebody_asks_for_her_and_is_named(ann, plant7, bo):
    phoneless = a_member("老霜降", plant7)
    said = {"department": "传达室"}
    asked = corrections.ask_correction(phoneless, what=What.DEPARTMENT, said=said, by=bo)
    corrections.accept(asked, by=bo)
    assert phoneless.memberships.get().department == "传达室"
    opened = Entry.objects.get(action="casework.case_opened", subject_id=asked.case_id)
    assert opened.by_id == bo.pk
    assert asked.case.applicant is None


def test_numbers_are_masked_until_somebody_looks_and_that_is_kept(dee, plant7, bo):
    said = {"name": "谷小满", "id_kind": "resident", "id_number": "990000199005200018"}
    asked = corrections.ask_to_be_found(dee, union=plant7, said=said)
    assert said["id_number"] not in str(shown(asked))
    assert corrections.unmask(asked, by=bo) == said
    assert Entry.objects.filter(action="corrections.value_unmasked", by_id=bo.pk).count() == 1


# == Another phone for her login ==
NEW_PHONE = "19900009901"


def test_with_her_at_the_desk_her_login_has_another_phone(ann, bo):
    user, before = ann.user, ann.user.phone
    Session.objects.create(
        session_key="k" * 32, session_data="", expire_date="2099-01-01T00:00Z", user=user
    )
    code = accounts.ask_code(before, asked_from="203.0.113.7")
    corrections.change_phone(ann, phone=NEW_PHONE, by=bo, saw_her=True)
    user.refresh_from_db()
    ann.refresh_from_db()
    assert (user.phone, ann.phone, ann.user) == (NEW_PHONE, NEW_PHONE, user)
    assert User.objects.with_phone(NEW_PHONE).get() == user
    assert not Session.objects.filter(user=user).exists()
    with pytest.raises(Refused):
        accounts.sign_in(code.ask.pk, code.code, consents=["privacy"])
    assert Message.objects.get(topic="corrections/phone_changed").phone == before
    assert Entry.objects.get(action="accounts.phone_changed").by_id == bo.pk


@pytest.mark.parametrize(
    ("said", "why"),
    [({"saw_her": False}, "本人在场"), ({"phone": None}, "现在就是用这个号码")],
)
def test_it_is_refused_unless_she_is_there_with_another_number(ann, bo, said, why):
    sent = {"phone": NEW_PHONE, "saw_her": True} | said
    sent["phone"] = sent["phone"] or ann.user.phone
    with pytest.raises(Refused) as refusal:
        corrections.change_phone(ann, by=bo, **sent)
    assert why in refusal.value.why
    assert not Entry.objects.filter(action="accounts.phone_changed").exists()


def test_a_desk_is_no_way_into_that_of_another_officer(ann, bo, fu, plant7, harbour2, cai):
    unions.appoint(ann.user, union=harbour2, role="chair")
    for by in (bo, fu):
        with pytest.raises(Refused) as refusal:
            corrections.change_phone(ann, phone=NEW_PHONE, by=by, saw_her=True)
        assert refusal.value.code == "login_of_an_officer"
    unions.dismiss(ann.user.offices.get(), by=fu)
    with pytest.raises(Refused, match="没有改"):
        corrections.change_phone(ann, phone=NEW_PHONE, by=cai, saw_her=True)


def test_two_logins_of_one_person_become_one_if_she_says_so(ann, bo):
    former, other = ann.user, a_login("苏惊蛰", phone=NEW_PHONE)
    who = Outsider("wechat", "open.weixin.qq.com", "union-1")
    accounts.bind(former, who)
    with pytest.raises(Refused) as refusal:
        corrections.change_phone(ann, phone=NEW_PHONE, by=bo, saw_her=True)
    assert refusal.value.code == "two_logins"
    assert all((refusal.value.what, refusal.value.why, refusal.value.next))
    assert member_of(former) == ann
    corrections.change_phone(ann, phone=NEW_PHONE, by=bo, saw_her=True, joins=True)
    assert (member_of(other), member_of(former)) == (ann, None)
    assert not former.identities.exists(), "she connects it to the login that is hers"
    assert Message.objects.get(topic="corrections/phone_changed").phone == former.phone
    given = Entry.objects.get(action="members.login_given")
    assert given.detail == {"login": other.pk, "before": former.pk}


def test_a_login_of_somebody_else_on_the_roll_is_never_joined(ann, chen, bo):
    for joins in (False, True):
        with pytest.raises(Refused) as refusal:
            corrections.change_phone(ann, phone=chen.user.phone, by=bo, saw_her=True, joins=joins)
        assert refusal.value.code == "login_of_another"
    assert member_of(chen.user) == chen


@pytest.mark.django_db(transaction=True)
def test_of_two_desks_that_give_one_number_away_one_is_refused(ann, chen, bo):
    gate = Barrier(2)

    def change(user):
        gate.wait(timeout=30)
        try:
            accounts.change_phone(user, NEW_PHONE, by=bo)
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()
        return "changed"

    with ThreadPoolExecutor(2) as pool:
        told = sorted(pool.map(change, [ann.user, chen.user]))
    assert told == ["changed", "phone_taken"]
    assert User.objects.with_phone(NEW_PHONE).count() == 1
