import datetime as dt
import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tests.cast import a_member
from unionhall.base.errors import Refused
from unionhall.base.ledger.models import Entry
from unionhall.domain.learning.models import Watching
from unionhall.domain.lectures import actions as lectures
from unionhall.domain.lectures.forms import terms_of
from unionhall.domain.lectures.invariants import INVARIANTS
from unionhall.domain.lectures.models import Mailing, Phase, Series
from unionhall.domain.lectures.queries import step_of
from unionhall.domain.lectures.tests.made import (
    a_draft_series,
    a_published_phase,
    answer_all_right,
    has_watched,
    takes_part,
)
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.invariants import papers_off
from unionhall.domain.quiz.models import Admission, Attempt, Contest
from unionhall.domain.quiz.tests.conftest import trips
from unionhall.kernel.notify.models import Message

pytestmark = pytest.mark.django_db


def offenders():
    return [list(invariant.offenders()) for invariant in INVARIANTS]


# == Drafts ==


def test_a_draft_keeps_what_was_typed_also_when_it_is_wrong(plant7, bo):
    series = a_draft_series(plant7, bo)
    phase = series.phases.get()
    lectures.save_draft(
        series, fields={"title": ""}, phases={phase.pk: {"places": "八十", "opens_at": "明天"}}
    )
    phase.refresh_from_db()
    assert (phase.draft["places"], phase.draft["opens_at"]) == ("八十", "明天")
    assert phase.draft["bank"]
    assert terms_of(series, bo) == {}


def test_a_published_series_is_a_draft_no_more(plant7, bo):
    phase = a_published_phase(plant7, bo)
    with pytest.raises(Refused) as refused:
        lectures.save_draft(phase.series, fields={}, phases={phase.pk: {"places": "1"}})
    assert refused.value.code == "published"


def test_a_phase_more_and_a_phase_less(plant7, bo):
    series = a_draft_series(plant7, bo)
    second = lectures.add_phase(series, by=bo)
    assert second.number == 2
    assert "lesson" not in second.draft
    assert second.draft["pass_mark"] == "100"
    lectures.drop_phase(series.phases.get(number=1), by=bo)
    assert [phase.number for phase in series.phases.all()] == [1]
    with pytest.raises(Refused) as refused:
        lectures.drop_phase(series.phases.get(), by=bo)
    assert refused.value.code == "last_phase"


def test_last_years_is_copied_without_its_dates(plant7, bo):
    phase = a_published_phase(plant7, bo)
    copy = lectures.copy_series(phase.series, by=bo)
    (again,) = copy.phases.all()
    assert (copy.state, copy.copied_from_id) == (Series.State.DRAFT, phase.series_id)
    assert "opens_at" not in again.draft
    assert again.draft["prize_title"] == "蛋糕券"
    assert (again.contest_id, again.offer_id) == (None, None)


# == Publishing ==


def test_publishing_makes_contest_pool_and_offer_at_once(plant7, bo, ann):
    phase = a_published_phase(plant7, bo)
    assert phase.series.state == Series.State.PUBLISHED
    assert phase.contest.state == Contest.State.PUBLISHED
    assert (phase.contest.full_marks, phase.contest.pass_mark) == (150, 100)
    assert phase.contest.prizes == phase.offer.pool
    assert (phase.offer.face_value, phase.offer.pool.capacity) == (8000, 80)
    assert offenders() == [[]] * 6


def test_without_prizes_there_is_no_pool(plant7, bo, ann):
    phase = a_published_phase(
        plant7, bo, places="0", prize_title="", merchant="", face_value="", valid_days=""
    )
    assert (phase.offer, phase.contest.prizes) == (None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"places": "八十"},
        {"pass_mark": "151"},
        {"single_count": "99"},
        {"prize_title": ""},
        {"closes_at": "2020-01-01T00:00"},
        {"under_union": "0"},
    ],
)
def test_what_is_wrong_is_not_published_and_leaves_nothing(plant7, bo, ann, wrong):
    series = a_draft_series(plant7, bo, **wrong)
    with pytest.raises(Refused) as refused:
        lectures.publish(series, read=terms_of, by=bo)
    assert refused.value.code == "not_ready"
    assert not Contest.objects.exists()


def test_an_officer_chooses_only_from_her_own(plant7, bo, cai, ann):
    series = a_draft_series(plant7, bo)
    assert terms_of(series, bo)
    assert terms_of(series, cai) == {}


def test_one_prize_over_all_phases_is_one_family(plant7, bo, ann):
    series = a_draft_series(plant7, bo, phases=2)
    Series.objects.update(one_prize=Series.OnePrize.ONCE)
    series.refresh_from_db()
    lectures.publish(series, read=terms_of, by=bo)
    first, second = Phase.objects.select_related("contest__prizes", "lesson").order_by("number")
    won, refused = takes_part(first, ann), takes_part(second, ann)
    assert won.prize.place == 1
    assert (refused.prize, refused.prize_refusal) == (None, "already_held")


def test_each_phase_may_be_won(plant7, bo, ann):
    series = a_draft_series(plant7, bo, phases=2)
    lectures.publish(series, read=terms_of, by=bo)
    first, second = Phase.objects.select_related("contest__prizes", "lesson").order_by("number")
    assert takes_part(first, ann).prize
    assert takes_part(second, ann).prize


def test_a_trial_before_publishing_never_counts(plant7, bo, ann):
    series = a_draft_series(plant7, bo)
    phase = series.phases.get()
    attempt = lectures.try_out(phase, read=terms_of, by=bo)
    assert (attempt.is_trial, attempt.member) == (True, None)
    assert offenders() == [[]] * 6
    lectures.publish(series, read=terms_of, by=bo)
    phase.refresh_from_db()
    assert phase.contest_id == attempt.contest_id
    assert phase.contest.passed == 0


def test_a_phase_dropped_takes_its_trial_along(plant7, bo, ann):
    series = a_draft_series(plant7, bo, phases=2)
    phase = series.phases.last()
    answer_all_right(lectures.try_out(phase, read=terms_of, by=bo))
    assert Contest.objects.count() == 1
    lectures.drop_phase(phase, by=bo)
    assert (Contest.objects.count(), Attempt.objects.count()) == (0, 0)


def test_a_draft_rewritten_after_its_trial_is_sound(plant7, bo, ann):
    series = a_draft_series(plant7, bo)
    phase = series.phases.get()
    lectures.try_out(phase, read=terms_of, by=bo)
    lectures.save_draft(
        series, fields={}, phases={phase.pk: {"single_points": "50", "pass_mark": "90"}}
    )
    lectures.publish(series, read=terms_of, by=bo)
    assert Contest.objects.get().full_marks == 130
    assert list(papers_off()) == []


def test_a_trial_of_an_unfinished_sentence_is_refused(plant7, bo):
    series = a_draft_series(plant7, bo, bank="")
    with pytest.raises(Refused):
        lectures.try_out(series.phases.get(), read=terms_of, by=bo)


@pytest.mark.django_db(transaction=True)
def test_two_officers_publish_at_once_and_one_does(plant7, bo, ann):
    series = a_draft_series(plant7, bo)
    start, outcomes = threading.Barrier(4), []

    def press():
        try:
            start.wait()
            lectures.publish(series, read=terms_of, by=bo)
            outcomes.append("done")
        except Refused as refusal:
            outcomes.append(refusal.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(4)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sorted(outcomes) == ["done", "published", "published", "published"]
    assert Contest.objects.count() == 1
    assert Entry.objects.filter(action="lectures.series_published").count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_is_published_is_what_was_saved_last(plant7, bo, ann):
    """Publishing waits for a saving that goes on, and reads what it left."""
    series = a_draft_series(plant7, bo)
    phase = series.phases.get()

    def press():
        lectures.publish(series, read=terms_of, by=bo)
        connection.close()

    publishing = threading.Thread(target=press)
    with transaction.atomic():
        lectures.save_draft(series, fields={}, phases={phase.pk: {"places": "5"}})
        publishing.start()
        wait_for_a_lock()
    publishing.join()
    phase.refresh_from_db()
    assert phase.offer.pool.capacity == 5


def wait_for_a_lock():
    """Until another connection waits for what this one holds."""
    for _ in range(200):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted "
                "AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


def test_only_the_draft_that_was_read_is_published(plant7, bo, ann):
    series = a_draft_series(plant7, bo)
    read = series.version
    lectures.save_draft(series, fields={"title": "换了名字"}, phases={})
    with pytest.raises(Refused) as refused:
        lectures.publish(series, read=terms_of, by=bo, version=read)
    assert refused.value.code == "saved_meanwhile"
    assert not Contest.objects.exists()


# == Watching opens the quiz ==


def test_watching_admits_in_the_same_transaction(plant7, bo, ann):
    phase = a_published_phase(plant7, bo)
    assert step_of(phase, ann) == "watch"
    with pytest.raises(Refused):
        lectures.go_to_quiz(phase, member=ann)
    has_watched(phase, ann)
    assert Admission.objects.filter(
        contest=phase.contest, member=ann, because="lectures.watched"
    ).exists()
    assert step_of(phase, ann) == "answer"


def test_the_whole_way_to_a_voucher(plant7, bo, ann):
    phase = a_published_phase(plant7, bo)
    attempt = takes_part(phase, ann)
    assert (attempt.score, attempt.prize.place) == (150, 1)
    assert step_of(phase, ann) == "done"
    assert offenders() == [[]] * 6


def test_who_finished_the_lecture_elsewhere_is_let_in(plant7, bo, ann):
    phase = a_published_phase(plant7, bo)
    has_watched(phase, ann)
    Admission.objects.all().delete()
    assert lectures.go_to_quiz(phase, member=ann) == phase.contest
    assert Admission.objects.count() == 1


def test_before_it_opens_nothing_is_credited(plant7, bo, ann):
    later = (timezone.localtime() + dt.timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")
    phase = a_published_phase(plant7, bo, opens_at=later)
    for attempt in (lectures.open_player, lectures.read_text):
        with pytest.raises(Refused) as refused:
            attempt(phase, member=ann)
        assert refused.value.code == "not_open"
    assert lectures.open_text(phase, member=ann) is None
    assert not Watching.objects.exists()


# == The end ==


def test_a_due_phase_is_closed_and_lots_are_drawn(plant7, bo, ann):
    phase = a_published_phase(plant7, bo, winners_by="lot", places="1")
    takes_part(phase, ann)
    assert step_of(phase, ann) == "waiting"
    assert lectures.close_due() == 0
    Contest.objects.update(closes_at=timezone.now() - dt.timedelta(seconds=1))
    assert lectures.close_due() == 1
    assert lectures.close_due() == 0
    phase = Phase.objects.select_related("contest", "series").get()
    assert phase.closed_at
    assert phase.series.state == Series.State.CLOSED
    assert Attempt.objects.get().prize.place == 1
    assert step_of(phase, ann) == "done"


def test_closing_early_tells_who_took_part(plant7, bo, ann, chen):
    phase = a_published_phase(plant7, bo)
    a_member("程大寒", plant7)
    takes_part(phase, ann)
    lectures.close_early(phase, because="面包坊停业", by=bo)
    assert lectures.send_mailings() == 1
    assert lectures.send_mailings() == 0
    assert Message.objects.filter(topic="lectures/closed_early", member=ann).count() == 1
    with pytest.raises(Refused):
        lectures.close_early(phase, because="再一次", by=bo)
    assert Attempt.objects.get().prize


def test_who_is_answering_may_finish_after_an_early_end(plant7, bo, ann):
    phase = a_published_phase(plant7, bo)
    has_watched(phase, ann)
    attempt = quiz.start_attempt(phase.contest, ann)
    lectures.close_early(phase, because="面包坊停业", by=bo)
    phase.refresh_from_db()
    assert phase.closed_at is None
    assert answer_all_right(attempt).prize
    assert lectures.close_due() == 1
    assert offenders() == [[]] * 6


# == Reminders ==


def test_only_who_has_not_started_is_reminded_and_once_a_day(plant7, bo, ann, chen):
    phase = a_published_phase(plant7, bo)
    has_watched(phase, ann)
    idle = [a_member(f"人{number}", plant7) for number in range(3)]
    lectures.remind_not_started(phase, by=bo)
    with pytest.raises(Refused) as refused:
        lectures.remind_not_started(phase, by=bo)
    assert refused.value.code == "reminded_today"
    assert lectures.send_mailings() == 3
    told = set(
        Message.objects.filter(topic="lectures/not_started").values_list("member", flat=True)
    )
    assert told == {member.pk for member in idle}
    Mailing.objects.update(asked_at=timezone.now() - dt.timedelta(days=2))
    assert lectures.remind_not_started(phase, by=bo)


def test_a_mailing_goes_on_where_it_stopped(plant7, bo, monkeypatch):
    monkeypatch.setattr("unionhall.domain.lectures.actions.mailings.BATCH", 2)
    phase = a_published_phase(plant7, bo)
    [a_member(f"人{number}", plant7) for number in range(4)]
    lectures.remind_not_started(phase, by=bo)
    assert [lectures.send_mailings() for _ in range(4)] == [2, 2, 1, 0]
    assert Message.objects.filter(topic="lectures/not_started").count() == 5


# == People on paper, exports ==


def test_paper_stands_in_the_same_line(plant7, bo, ann):
    phase = a_published_phase(plant7, bo)
    first = lectures.enter_on_paper(phase, member=a_member("程大寒", plant7), score=120, by=bo)
    second = takes_part(phase, ann)
    assert (first.prize.place, second.prize.place) == (1, 2)
    assert offenders() == [[]] * 6


def test_planted_offences_are_found(plant7, bo, ann, chen):
    phase = a_published_phase(plant7, bo)
    Admission.objects.create(contest=phase.contest, member=chen)
    assert [bool(found) for found in offenders()] == [False, False, False, True, False, False]
    Admission.objects.all().delete()
    Series.objects.update(state=Series.State.CLOSED)
    assert [bool(found) for found in offenders()] == [False, False, False, False, True, False]
    Series.objects.update(state=Series.State.DRAFT)
    assert [bool(found) for found in offenders()] == [False, True, False, False, False, False]
    Series.objects.update(state=Series.State.PUBLISHED)
    Contest.objects.update(prizes=None)
    assert [bool(found) for found in offenders()] == [False, False, True, False, False, False]
    Phase.objects.update(contest=None, offer=None)
    assert [bool(found) for found in offenders()] == [True, False, False, False, False, False]


# == Sweeps ==


def test_a_phase_that_cannot_be_closed_does_not_stop_the_others(plant7, bo, caplog):
    first = a_published_phase(plant7, bo, phases=2)
    Contest.objects.update(closes_at=timezone.now())
    trips("lectures_phase", first.pk)
    assert lectures.close_due() == 1
    assert f"failed for {first.pk}" in caplog.text
    assert list(Phase.objects.filter(closed_at=None)) == [first]
    assert Contest.objects.get(pk=first.contest_id).state == Contest.State.PUBLISHED


def test_a_mailing_that_cannot_be_sent_does_not_stop_the_others(plant7, bo, ann):
    first, second = a_published_phase(plant7, bo, phases=2).series.phases.order_by("number")
    mailings = [lectures.remind_not_started(phase, by=bo) for phase in (first, second)]
    trips("lectures_mailing", mailings[0].pk)
    assert lectures.send_mailings() == 1
    assert list(Mailing.objects.filter(done_at=None)) == [mailings[0]]
