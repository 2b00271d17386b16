from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from tests.cast import many_members
from unionhall.base.clock import now_in_database
from unionhall.base.exports.models import Export
from unionhall.domain.lectures.tests.made import a_published_phase, takes_part
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import Review
from unionhall.kernel.notify import actions as notify
from unionhall.kernel.notify.models import Delivery
from unionhall.people.members import actions as members
from unionhall.people.members.models import BulkDeed, Membership, RollImport, TransferRequest
from unionhall.people.members.rules import Conditions
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union
from unionhall.site.first_hour import first_steps
from unionhall.site.tests.test_desk import at_the_desk
from unionhall.site.waiting import Desk, all_that_runs, all_that_waits, all_that_went_wrong

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def private_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def day(user):
    return Desk(user, now_in_database())


def titles(found):
    return [one.title for one in found]


def test_what_has_a_day_comes_first_in_the_order_of_days_and_says_who_waits(
    bo, cai, ann, chen, plant7, harbour2
):
    attempt = takes_part(a_published_phase(plant7, bo), ann)
    review = quiz.ask_review(attempt, text="请再看看")
    members.ask_transfer(ann, union=harbour2, by=cai)
    RollImport.objects.create(
        union=plant7,
        by=bo,
        file_name="名册.xlsx",
        rows=3,
        as_of=dt.date(2026, 1, 1),
        state="checked",
    )
    found = all_that_waits(day(bo))
    assert [one.title.split("《")[0] for one in found] == [
        "复核",
        f"{ann.name}的接转等你答复",
        "名册“名册.xlsx”查过了，还没导入",
    ]
    asked = TransferRequest.objects.get()
    assert (found[0].due_at, found[0].since) == (review.due_at, review.asked_at)
    assert (found[1].due_at, found[1].since) == (
        asked.asked_at + dt.timedelta(days=10),
        asked.asked_at,
    )
    assert found[2].due_at is None
    Review.objects.update(due_at=timezone.now() - dt.timedelta(days=1))
    page = at_the_desk(bo).get("/desk/").text
    assert page.index("今天到期") < page.index("不急，但在等你")
    assert "两周里的期限" in page
    assert page.count('<td aria-current="date">') == 1


def test_terms_that_end_lead_to_the_list_of_just_these(bo, plant7):
    """What is overdue and what ends soon are told apart; what is closed elects nobody any more."""
    today = timezone.localdate()
    desk, unions = at_the_desk(bo), Union.objects.filter(pk=plant7.pk)
    assert not any("换届" in one for one in titles(all_that_waits(day(bo))))
    for days, said in ((91, ""), (90, "1 个工会 90 天内要换届"), (-400, "1 个工会过了换届日期")):
        ends_on = today + dt.timedelta(days=days)
        unions.update(term_ends_on=ends_on)
        found = [one for one in all_that_waits(day(bo)) if "换届" in one.title]
        assert [one.title for one in found] == ([said] if said else [])
        for one in found:
            assert f"{ends_on:%Y-%m-%d}" in one.note
            assert (one.due_at is None) == (days < 0)
            assert plant7.name in desk.get(one.url).text
    unions.update(closed_on=today, successor=Union.objects.get_parent(plant7))
    assert not any("换届" in one for one in titles(all_that_waits(day(bo))))


def test_what_runs_is_told_with_how_far_it_is(bo, plant7):
    many_members(2, plant7)
    bulk = members.choose_people(plant7, Conditions(), by=bo, told="")
    members.order_bulk(bulk, by=bo, deed=BulkDeed.Deed.DEPARTMENT, words="装配")
    Export.objects.create(
        by_id=bo.pk, list_name="members.roll", title="会员", purpose="gifts", format="xlsx", filters="{}",
        language="zh-hans", rows=9000, written=4000, state="running",
    )  # fmt: skip
    assert [(one.title, one.done, one.most) for one in all_that_runs(day(bo))] == [
        ("改部门，2 人", 0, 0),
        ("导出：会员", 4000, 9000),
    ]
    Export.objects.update(state="done")
    assert "下载：会员" in titles(all_that_waits(day(bo)))


def test_what_went_wrong_is_one_press_away(bo, cai, ann, plant7):
    Export.objects.create(
        by_id=bo.pk, list_name="members.roll", title="会员", purpose="gifts", format="xlsx", filters="{}",
        language="zh-hans", rows=1, state="failed", problem="failed",
    )  # fmt: skip
    RollImport.objects.create(
        union=plant7, by=bo, file_name="照片.xlsx", as_of=dt.date(2026, 1, 1), state="unreadable"
    )
    message = notify.send(ann, "quiz/review_answered", title="甲")
    Delivery.objects.filter(message=message).update(
        state="given_up", delivered_at=None, problem="no such number"
    )
    assert titles(all_that_went_wrong(day(bo))) == [
        "没有写成：会员",
        "读不了：照片.xlsx",
        f"没有送到{ann.name}",
    ]
    assert titles(all_that_went_wrong(day(cai))) == []
    desk, page = at_the_desk(bo), at_the_desk(bo).get("/desk/").text
    for trouble in all_that_went_wrong(day(bo)):
        assert f'href="{trouble.url}"' in page
        assert desk.get(trouble.url).status_code == 200
    Delivery.objects.update(problem="no consent")
    assert f"没有送到{ann.name}" not in titles(all_that_went_wrong(day(bo)))


def done(user, union):
    return [one.done for one in first_steps(user, union)]


def test_the_first_hour_ticks_itself_by_what_is_there(bo, dee, plant7, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert done(bo, plant7) == [True, True, *[False] * 7]
    assert at_the_desk(bo).get("/desk/").text.count("走了 2 步，共 9 步") == 1
    branch = tree.found("一车间分会", parent=plant7, level=Union.Level.BRANCH)
    assert done(bo, plant7)[2] is True
    tree.appoint(dee, union=branch, role="officer")
    assert done(bo, plant7)[3] is True
    many_members(1, branch)
    assert done(bo, plant7)[4] is True
    Membership.objects.update(left_on=timezone.localdate())
    assert done(bo, plant7)[4] is False, "nobody is there any more"
    many_members(1, branch)
    a_published_phase(branch, bo)
    assert done(bo, plant7)[4:] == [True] * 5
    assert "第一小时" not in at_the_desk(bo).get("/desk/").text


def test_what_others_have_ticks_nothing(bo, cai, plant7, harbour2):
    many_members(2, harbour2)
    a_published_phase(harbour2, cai)
    assert done(bo, plant7) == [True, True, *[False] * 7]
