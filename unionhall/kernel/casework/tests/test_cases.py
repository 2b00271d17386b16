"""What is done with a matter, with the life cycle of a correction: the first that there was."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.utils import timezone

from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.domain.corrections.stages import CORRECTION
from unionhall.kernel.casework import actions as casework
from unionhall.kernel.casework.actions import reminders
from unionhall.kernel.casework.models import Case, CaseFile, Event
from unionhall.kernel.casework.queries import (
    case_in_charge,
    case_of,
    cases_in_charge,
    handlers_for,
    steps_of,
    story_of,
    to_do_in_charge,
    who_must_act,
    whole_story_of,
)
from unionhall.kernel.notify.models import Message


def a_case(union, applicant, **given):
    usual = {"title": "苏惊蛰更正姓名", "union": union, "by": applicant, "applicant": applicant}
    return casework.open_case(CORRECTION, **(usual | given))


@pytest.fixture
def case(plant7, ann):
    return a_case(plant7, ann.user, member=ann)


def test_a_case_waits_for_its_union_until_the_last_of_five_working_days(case, bo, cai, fu):
    assert (case.stage, case.closed_at) == ("asked", None)
    assert case.due_on == CORRECTION.first.term.last_day(timezone.localdate())
    assert list(to_do_in_charge(bo)) == [case]
    assert list(to_do_in_charge(fu)) == [case]
    assert list(to_do_in_charge(cai)) == []


def test_whoever_is_neither_her_nor_in_charge_finds_no_case(case, cai, chen, dee):
    for stranger in (cai, chen.user, dee):
        with pytest.raises(Case.DoesNotExist):
            case_of(stranger, case.pk)
        with pytest.raises(Case.DoesNotExist):
            case_in_charge(stranger, case.pk)


def test_she_is_told_of_each_step_that_she_did_not_take_herself(case, bo, ann):
    before = Message.objects.count()
    casework.advance(case, to="sent_back", by=bo, text="请拍证件")
    casework.advance(case, to="asked", by=ann.user)
    casework.advance(case, to="done", by=bo)
    told = Message.objects.order_by("pk")[before:]
    assert [message.member_id for message in told] == [ann.pk, ann.pk]
    assert [step.state for step in steps_of(case)] == ["done", "done", "done", "done"]
    assert case.closed_at
    assert case.due_on is None


def test_a_stranger_to_the_roll_is_told_by_text_message(plant7, bo, dee):
    case = a_case(plant7, dee)
    casework.advance(case, to="declined", by=bo, text="名册上没有")
    message = Message.objects.latest("pk")
    assert (message.member, message.phone) == (None, dee.phone)


def test_a_way_that_the_cycle_has_not_is_refused(case, bo):
    casework.advance(case, to="done", by=bo)
    for to in ("asked", "declined", "nowhere"):
        with pytest.raises(Refused, match="没有记下"):
            casework.advance(case, to=to, by=bo)


def test_what_is_for_officers_alone_is_not_in_her_story(case, bo, ann):
    casework.add_note(case, text="打过电话，是她", by=bo)
    casework.add_note(case, text="请带证件来", by=bo, is_shown=True)
    hers = [line.event.text for line in story_of(case)]
    theirs = [line.event.text for line in whole_story_of(case, to=bo)]
    assert hers == [None, "请带证件来"]
    assert theirs == [None, "打过电话，是她", "请带证件来"]


def test_a_case_is_given_only_to_somebody_in_charge(case, bo, cai, fu):
    assert {user.pk for user in handlers_for(case, by=fu)} == {bo.pk, fu.pk}
    assert {user.pk for user in handlers_for(case, by=bo)} == {bo.pk}, "who is above is not told"
    with pytest.raises(Refused, match="没有交出去"):
        casework.assign(case, handler=cai, by=bo)
    casework.assign(case, handler=fu, by=bo)
    assert list(to_do_in_charge(bo)) == []
    assert list(to_do_in_charge(fu)) == [case]


def test_a_case_is_handed_to_another_union_with_its_whole_story(case, harbour2, bo, cai, fu):
    casework.add_note(case, text="打过电话", by=bo)
    casework.hand_over(case, union=harbour2, by=fu, text="她在二号港上班")
    assert list(cases_in_charge(bo)) == []
    assert [one.pk for one in cases_in_charge(cai)] == [case.pk]
    story = whole_story_of(case_in_charge(cai, case.pk), to=cai)
    assert [line.event.text for line in story] == [None, "打过电话", "她在二号港上班"]
    others = "别的工会的干事"
    assert [line.who for line in story] == ["苏惊蛰", others, others]


def test_each_deed_has_its_line_in_the_ledger(case, bo, fu, harbour2):
    casework.assign(case, handler=bo, by=bo)
    casework.add_note(case, text="一句话", by=bo)
    casework.hand_over(case, union=harbour2, by=fu, text="转")
    casework.advance(case, to="declined", by=fu, text="不是")
    deeds = Entry.objects.filter(subject_type="casework.case", subject_id=case.pk).order_by("pk")
    assert [entry.action.partition(".")[2] for entry in deeds] == [
        "case_opened", "case_assigned", "note_added", "case_moved", "case_advanced",
    ]  # fmt: skip
    assert not any("一句话" in str(entry.detail) for entry in deeds)


# == Reminders ==


def due_in(case, days):
    Case.objects.filter(pk=case.pk).update(due_on=timezone.localdate() + dt.timedelta(days=days))


def test_whoever_must_act_is_reminded_once_before_and_once_behind_the_day(case, bo):
    assert reminders.remind() == 0
    due_in(case, 0)
    assert [reminders.remind(), reminders.remind()] == [1, 0]
    due_in(case, -1)
    assert [reminders.remind(), reminders.remind()] == [1, 0]
    assert Event.objects.filter(case=case, what=Event.What.REMINDED).count() == 2


def test_behind_the_day_the_union_above_hears_of_it_too(case, bo, fu):
    assert who_must_act(case) == [bo]
    assert who_must_act(case, also_above=True) == [bo, fu]
    case.handler = bo
    assert who_must_act(case, also_above=True) == [bo, fu]


def test_when_it_waits_for_her_she_is_reminded(case, bo, ann):
    casework.advance(case, to="sent_back", by=bo, text="请拍证件")
    due_in(case, 0)
    before = Message.objects.filter(member=ann).count()
    reminders.remind()
    assert Message.objects.filter(member=ann).count() == before + 1


def test_a_term_that_nobody_can_count_yet_is_counted_when_it_can_be(case, monkeypatch):
    Case.objects.filter(pk=case.pk).update(due_on=None, due_unknown=True)
    assert reminders.count_unknown_terms() == 1
    again = Case.objects.get(pk=case.pk)
    assert (again.due_on, again.due_unknown) == (case.due_on, False)


def test_half_a_year_behind_its_end_papers_and_words_are_let_go_and_the_steps_stay(case, bo, ann):
    paper = casework.Paper(ContentFile(b"%PDF-1.4"), "证件.pdf", "application/pdf")
    casework.add_note(case, text="看过了", by=bo, papers=[paper])
    casework.advance(case, to="done", by=bo, text="改好了")
    assert casework.forget_old_papers() == 0
    Case.objects.filter(pk=case.pk).update(
        opened_at=case.opened_at - dt.timedelta(days=200),
        closed_at=timezone.now() - casework.KEPT - dt.timedelta(days=1),
    )
    assert [casework.forget_old_papers(), casework.forget_old_papers()] == [1, 0]
    assert not CaseFile.objects.exists()
    assert [event.text for event in case.events.order_by("pk")] == [None, None, None]


# == Races ==


def at_once(*deeds):
    """Run each deed in a thread of its own; what each raised."""
    outcomes, barrier = [], threading.Barrier(len(deeds))

    def run(deed):
        try:
            barrier.wait(5)
            deed()
            outcomes.append("done")
        except Refused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return sorted(outcomes)


@pytest.mark.django_db(transaction=True)
def test_of_two_officers_who_decide_at_once_one_is_told_that_she_came_second(plant7, ann, bo, fu):
    case = a_case(plant7, ann.user, member=ann)

    def decide(to, by):
        return lambda: casework.advance(Case.objects.get(pk=case.pk), to=to, by=by)

    assert at_once(decide("done", bo), decide("declined", fu)) == ["case_moved", "done"]
    assert Event.objects.filter(case=case, what=Event.What.ADVANCED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_about_one_thing_one_case_is_open_however_often_she_presses(plant7, ann):
    def ask(about):
        return lambda: a_case(plant7, ann.user, about=about)

    assert at_once(*[ask("member:1:name")] * 5) == ["case_already_open"] * 4 + ["done"]
    assert at_once(*[ask("")] * 3) == ["done"] * 3, "control: without a thing, all are open"


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_one_reminds(plant7, ann, bo):
    case = a_case(plant7, ann.user, member=ann)
    due_in(case, 0)
    at_once(reminders.remind, reminders.remind)
    assert Event.objects.filter(case=case, what=Event.What.REMINDED).count() == 1
