from __future__ import annotations

import pytest

from tests.cast import a_member, many_members
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.kernel.notify.models import Message
from unionhall.people.members import actions as members
from unionhall.people.members.models import BulkDeed, BulkRow, Change, Membership
from unionhall.people.members.rules import Conditions
from unionhall.people.members.tests.test_desk import at_the_desk, to
from unionhall.site.bulk_deeds import carry_out_bulk_deeds

Deed, State = BulkDeed.Deed, BulkDeed.State


@pytest.fixture
def bos(client, bo):
    return at_the_desk(client, bo)


@pytest.fixture
def three(plant7):
    return many_members(3, plant7)


def chosen(union, by, **conditions):
    return members.choose_people(union, Conditions(**conditions), by=by, told="全部")


def done(union, by, deed, **said):
    bulk = chosen(union, by)
    members.order_bulk(bulk, by=by, deed=deed, **said)
    carry_out_bulk_deeds()
    bulk.refresh_from_db()
    return bulk


def live(people):
    return Membership.objects.filter(member__in=people, left_on=None)


def test_those_who_are_ticked_are_meant_and_nobody_else(bos, bo, plant7, three, chen):
    ticked = [live([one]).get().pk for one in three[:2]] + [live([chen]).get().pk]
    answer = bos.post(to("bulk"), {"who": "some", "people": ticked})
    bulk = BulkDeed.objects.get()
    assert answer.headers["Location"] == to("bulk_deed", bulk.pk)
    assert sorted(bulk.rows.values_list("membership_id", flat=True)) == sorted(ticked[:2])
    page = bos.get(answer.headers["Location"]).text
    assert "选好了 2 人" in page
    assert three[0].name in page
    assert chen.name not in page


def test_all_of_a_filter_are_meant_as_they_are_at_that_moment(bos, bo, plant7, three):
    Membership.objects.filter(member=three[0]).update(standing="retained")
    bos.post(f"{to('bulk')}?standing=current", {"who": "all"})
    bulk = BulkDeed.objects.get()
    late = a_member("后来的人", plant7)
    members.order_bulk(bulk, by=bo, deed=Deed.DEPARTMENT, words="装配")
    carry_out_bulk_deeds()
    assert bulk.people == 2
    assert [live([one]).get().department for one in (*three, late)] == ["", "装配", "装配", ""]


def test_nobody_is_chosen_by_nothing(bos, bo, plant7, three):
    assert bos.post(to("bulk"), {"who": "some"}).status_code == 409
    with pytest.raises(Refused, match="没有选人"):
        chosen(plant7, bo, query="没有这个人")


def test_one_deed_is_one_line_of_the_ledger_and_stands_on_each_record(bos, bo, plant7, three):
    bulk = done(plant7, bo, Deed.STANDING, why="retired")
    (entry,) = Entry.objects.filter(action__startswith="members.bulk")
    assert (entry.subject_id, entry.by_id, entry.union_id) == (bulk.pk, bo.pk, plant7.pk)
    assert entry.detail == {"people": 3, "why": "retired"}
    assert {one.standing for one in live(three)} == {"retained"}
    assert "一次改了 3 位会员的会籍" in bos.get(to("member", three[0].pk)).text


def test_it_is_ordered_once_and_by_whoever_chose(bo, fu, plant7, three):
    bulk = chosen(plant7, bo)
    with pytest.raises(Refused, match="不用再办了"):
        members.order_bulk(bulk, by=fu, deed=Deed.STANDING, why="retired")
    members.order_bulk(bulk, by=bo, deed=Deed.STANDING, why="retired")
    with pytest.raises(Refused, match="不用再办了"):
        members.order_bulk(bulk, by=bo, deed=Deed.STANDING, why="died")


def test_an_undo_brings_back_what_stood_there(bos, bo, plant7, three):
    live(three[:1]).update(standing="retained", department="仓库")
    before = list(live(three).order_by("pk").values())
    for deed, said in (
        (Deed.STANDING, {"why": "retired"}),
        (Deed.STANDING, {"why": "moved"}),
        (Deed.DEPARTMENT, {"words": "装配"}),
    ):
        bulk = done(plant7, bo, deed, **said)
        assert list(live(three).order_by("pk").values()) != before
        answer = bos.post(to("bulk_undo", bulk.pk), {"reason": "选错了"}, follow=True)
        assert "选错了" in answer.text
        assert list(live(three).order_by("pk").values()) == before
    assert Entry.objects.filter(action="members.bulk_undone").count() == 3
    assert not Change.objects.exists()


def test_an_undo_leaves_whoever_was_changed_again_or_is_elsewhere(bo, fu, plant7, harbour2, three):
    bulk = done(plant7, bo, Deed.DEPARTMENT, words="装配")
    done(plant7, bo, Deed.DEPARTMENT, words="喷漆")
    assert members.undo_bulk(bulk, by=bo, reason="错") == 0
    assert {one.department for one in live(three)} == {"喷漆"}
    bulk = done(plant7, bo, Deed.STANDING, why="moved")
    members.transfer(three[0], union=harbour2, by=fu)
    assert members.undo_bulk(bulk, by=bo, reason="错") == 2
    assert [live([one]).get().union_id for one in three] == [harbour2.pk, plant7.pk, plant7.pk]


def test_it_is_undone_once_and_no_message_ever(bo, plant7, three):
    bulk = done(plant7, bo, Deed.DEPARTMENT, words="装配")
    members.undo_bulk(bulk, by=bo, reason="错")
    with pytest.raises(Refused, match="没有撤销"):
        members.undo_bulk(bulk, by=bo, reason="错")
    sent = done(plant7, bo, Deed.MESSAGE, words="周五下午体检")
    with pytest.raises(Refused, match="收不回来"):
        members.undo_bulk(sent, by=bo, reason="错")


def test_a_message_reaches_each_once_whoever_carries_it_out(bo, plant7, three):
    bulk = done(plant7, bo, Deed.MESSAGE, words="周五下午体检<b>")
    BulkDeed.objects.filter(pk=bulk.pk).update(state=State.RUNNING)  # the worker died here
    carry_out_bulk_deeds()
    assert Message.objects.filter(topic="members/from_officer").count() == 3
    assert {one.member_id for one in Message.objects.all()} == {one.pk for one in three}


def test_whoever_left_meanwhile_or_lost_her_office_changes_nothing(bo, plant7, three):
    bulk = chosen(plant7, bo)
    members.leave(three[0], by=bo, why="resigned")
    members.order_bulk(bulk, by=bo, deed=Deed.DEPARTMENT, words="装配")
    bo.offices.all().delete()
    carry_out_bulk_deeds()
    assert set(bulk.rows.values_list("outcome", flat=True)) == {BulkRow.Outcome.SKIPPED}
    assert {one.department for one in live(three)} == {""}


def test_a_page_with_hundreds_says_how_far_it_is(bos, bo, plant7, three, monkeypatch):
    from unionhall.people.members.actions import bulk as turns

    monkeypatch.setattr(turns, "AT_A_TIME", 2)
    bulk = chosen(plant7, bo)
    members.order_bulk(bulk, by=bo, deed=Deed.DEPARTMENT, words="装配")
    assert turns.carry_out_next(bulk.pk, lambda *_: None) == 2
    page = bos.get(to("bulk_deed", bulk.pk)).text
    assert "到了第 2 人，共 3 人" in page
    assert 'hx-trigger="every 2s"' in page
    carry_out_bulk_deeds()
    assert "办好了 3 人" in bos.get(to("bulk_deed", bulk.pk)).text


def test_another_unions_deed_is_nobodys(client, cai, bo, plant7, three):
    bulk = done(plant7, bo, Deed.DEPARTMENT, words="装配")
    at_the_desk(client, cai)
    assert client.get(to("bulk_deed", bulk.pk)).status_code == 404
    assert client.post(to("bulk_undo", bulk.pk), {"reason": "x"}).status_code == 404
    assert "装配" not in client.get(to("bulk")).text


def test_those_who_were_chosen_can_be_taken_along(bo, plant7, three):
    from unionhall.people.members.exports import ROLL

    bulk = chosen(plant7, bo, query=three[1].name)
    found = ROLL.find(bo, {"bulk": str(bulk.pk)})
    assert [one.member__name for one in found.stream()] == [three[1].name]


def test_what_nobody_ordered_is_let_go_after_a_day(bo, plant7, three):
    import datetime as dt

    from django.utils import timezone

    kept, old = done(plant7, bo, Deed.DEPARTMENT, words="装配"), chosen(plant7, bo)
    day_before = timezone.now() - dt.timedelta(days=1, minutes=1)
    BulkDeed.objects.update(created_at=day_before)
    members.forget_old_bulk_deeds()
    assert list(BulkDeed.objects.all()) == [kept]
    BulkDeed.objects.update(created_at=day_before - dt.timedelta(days=40))
    members.forget_old_bulk_deeds()
    kept.refresh_from_db()
    assert (kept.told, kept.words) == (None, None)
    assert old.pk != kept.pk
