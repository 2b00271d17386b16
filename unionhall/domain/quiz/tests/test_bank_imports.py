"""A file of questions as a job: taken up again after a death, harmless twice, put back."""

from __future__ import annotations

import datetime as dt
import threading
import time

import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from tests.shared_files import shared_file
from unionhall.base.errors import Refused
from unionhall.base.files.models import PrivateFile
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import (
    Bank,
    BankImport,
    BankImportRow,
    Contest,
    Question,
    QuestionPicture,
    QuestionVersion,
)
from unionhall.domain.quiz.queries import banks as reads
from unionhall.domain.quiz.queries.bank_imports import bank_sent_before, built_on
from unionhall.domain.quiz.rules.exchange import moodle_xml
from unionhall.domain.quiz.rules.questions import JUDGE, QuestionDraft
from unionhall.domain.quiz.tests.conftest import a_small_contest
from unionhall.domain.quiz.tests.pictures import a_picture

SAID = (
    "kind", "stem", "options", "answer", "difficulty", "score", "explanation", "category", "tags",
    "name", "source",
)  # fmt: skip
FILE = "".join(f"第 {nth} 题{{T}}\n\n" for nth in range(60)).encode()


def sent_in(union, content=FILE, name="题.gift", by=None):
    sent = actions.receive_bank(content, name=name, union=union, bank_name="安全", by=by)
    actions.check_waiting_banks()
    sent.refresh_from_db()
    return sent


def taken_in(union, content=FILE, **how):
    sent = actions.confirm_bank_import(sent_in(union, content, **how), by=None)
    actions.take_in_confirmed_banks()
    sent.refresh_from_db()
    return sent


def stems():
    return list(QuestionVersion.objects.order_by("pk").values_list("stem", flat=True))


class Killed(BaseException):
    """The worker is gone: nothing catches it, and its transaction is none."""


@pytest.mark.parametrize("after", [0, 1, 2, 5])
def test_a_worker_that_dies_in_a_batch_is_followed_by_another(district, after):
    sent = actions.confirm_bank_import(sent_in(district), by=None)
    for _batch in range(after):
        actions.take_in_next_questions(sent.pk, limit=10)
    with pytest.raises(Killed), transaction.atomic():
        actions.take_in_next_questions(sent.pk, limit=10)
        raise Killed
    assert Question.objects.count() == after * 10
    actions.take_in_confirmed_banks()
    sent.refresh_from_db()
    assert (sent.state, sent.next_place) == (BankImport.State.DONE, 60)
    assert stems() == [f"第 {nth} 题" for nth in range(60)]
    assert set(Question.objects.values_list("batch_id", flat=True)) == {sent.batch_id}


def test_a_check_that_dies_leaves_the_file_waiting(district):
    sent = actions.receive_bank(FILE, name="题.gift", union=district, bank_name="安全", by=None)
    with pytest.raises(Killed), transaction.atomic():
        actions.check_waiting_banks()
        raise Killed
    assert not BankImportRow.objects.exists()
    assert actions.check_waiting_banks() == 1
    assert sent.import_rows.count() == 60


def test_a_file_that_trips_us_up_is_put_aside_and_the_next_goes_on(district, monkeypatch):
    bad = actions.receive_bank(b"x", name="x.gift", union=district, bank_name="安全", by=None)
    good = actions.receive_bank(FILE, name="题.gift", union=district, bank_name="安全", by=None)
    BankImport.objects.filter(pk=bad.pk).update(state="received", file_name="", content=None)
    actions.check_waiting_banks()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.state, good.state) == ("unreadable", "checked")


def test_the_same_file_twice_is_known_and_adds_nothing(plant7, bo):
    first, second = taken_in(plant7), sent_in(plant7)
    assert bank_sent_before(second, bo) == first
    assert second.counts["reasons"] == {"DUP_STEM": 60}
    assert Question.objects.count() == 60


def test_what_was_sent_before_is_told_to_who_may_see_it(plant7, harbour2, bo, fu, cai):
    first, second = sent_in(plant7, by=fu), sent_in(plant7, by=bo)
    assert bank_sent_before(first, bo) is None
    assert bank_sent_before(second, bo) == first  # it waits: two may be at one file
    assert bank_sent_before(second, cai) is None  # of others nobody hears
    assert bank_sent_before(sent_in(harbour2, by=fu), cai) is None
    assert bank_sent_before(sent_in(plant7, FILE + b"\n", by=bo), bo) is None
    for state in (BankImport.State.DISCARDED, BankImport.State.UNREADABLE):
        BankImport.objects.filter(pk=first.pk).update(state=state)
        assert bank_sent_before(second, bo) is None


def test_what_came_between_the_check_and_the_yes_is_seen(district):
    """Both were checked while the bank was empty; the second says otherwise, and why."""
    first, second = sent_in(district), sent_in(district, FILE + "第 61 题{F}\n\n".encode())
    third = sent_in(district, "第 1 题{F}\n".encode())
    for sent in (first, second, third):
        actions.confirm_bank_import(sent, by=None)
    BankImport.objects.filter(pk=first.pk).update(file_name="后来写的行.gift")  # it lies last now
    actions.take_in_confirmed_banks()
    second.refresh_from_db()
    third.refresh_from_db()
    assert second.counts["verdicts"] == {"rejected": 60, "accepted_normalised": 1}
    assert third.counts["reasons"] == {"DUP_STEM_CONFLICT": 1}
    assert Question.objects.count() == 61


def test_what_goes_in_at_once_is_what_goes_in_one_by_one(district, plant7):
    """Rows that an older version kept have no hash, and are looked at one by one."""
    content = shared_file("questions_safety.xlsx").read_bytes()
    for union, hashed in ((district, True), (plant7, False)):
        sent = sent_in(union, content, name="安全.xlsx")
        for row in [] if hashed else sent.import_rows.exclude(values=None):
            del row.values["stem_hash"]
            row.save()
        actions.confirm_bank_import(sent, by=None)
        actions.take_in_confirmed_banks()
    at_once, each = (
        list(
            QuestionVersion.objects.filter(question__bank__union=union)
            .order_by("pk")
            .values_list("question__stem_hash", "nth", "current", "pictured", "by", *SAID)
        )
        for union in (district, plant7)
    )
    assert at_once == each
    assert len(at_once) == 60


def test_two_yeses_are_one(district):
    sent = sent_in(district)
    actions.confirm_bank_import(sent, by=None)
    with pytest.raises(Refused) as refusal:
        actions.confirm_bank_import(sent, by=None)
    assert refusal.value.code == "bank_not_checked"
    with pytest.raises(Refused) as refusal:
        actions.discard_bank_import(sent, by=None)
    assert refusal.value.code == "bank_running"


def test_an_import_is_put_back_with_its_pictures_and_nothing_else(district, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    before = taken_in(district)
    draft = QuestionDraft(JUDGE, "图里的阀门开着。", [True], pictures=(a_picture("一个阀门"),))
    sent = taken_in(district, moodle_xml.write([draft]).encode(), name="图.xml")
    assert (QuestionPicture.objects.count(), PrivateFile.objects.count()) == (1, 1)
    actions.undo_bank_import(sent, by=None, reason="传错了")
    assert (QuestionPicture.objects.count(), PrivateFile.objects.count()) == (0, 0)
    assert (
        Question.objects.filter(batch_id=before.batch_id).count() == Question.objects.count() == 60
    )
    assert taken_in(district, moodle_xml.write([draft]).encode(), name="图.xml").state == "done"


def used(bank, union, officer):
    actions.start_trial(a_small_contest(union, bank=bank, state="draft"), by=officer)


def published(bank, union, _officer):
    a_small_contest(union, bank=bank)


def edited(bank, _union, officer):
    version = reads.questions_in(bank).first()
    actions.edit_question(version.question, reads.draft_of(version), seen_nth=1, by=officer)


def retired(bank, _union, officer):
    actions.retire_question(bank.questions.first(), by=officer)


@pytest.mark.parametrize("deed", [used, published, edited, retired])
def test_what_something_stands_on_is_not_put_back(plant7, bo, deed):
    sent = taken_in(plant7)
    deed(sent.bank, plant7, bo)
    assert built_on(sent)
    with pytest.raises(Refused) as refusal:
        actions.undo_bank_import(sent, by=bo, reason="x")
    assert refusal.value.code == "built_on"
    assert Question.objects.count() == 60


def test_after_a_month_what_was_read_is_let_go(district):
    done, left = taken_in(district), sent_in(district)
    assert actions.forget_old_bank_imports() == 0
    BankImport.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    assert actions.forget_old_bank_imports() == 1
    done.refresh_from_db()
    left.refresh_from_db()
    assert (done.content, left.content, left.state) == (None, None, BankImport.State.DISCARDED)
    assert not done.import_rows.exclude(values=None).exists()
    assert not left.import_rows.exists()
    assert done.import_rows.count() == 60  # the report stays


def until_it_waits_or_ends(thread):
    until = time.monotonic() + 20
    while thread.is_alive() and time.monotonic() < until:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_locks WHERE NOT granted "
                "AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
        time.sleep(0.02)


@pytest.mark.django_db(transaction=True)
def test_a_file_that_is_confirmed_at_the_last_moment_keeps_its_rows(district):
    sent = sent_in(district)
    BankImport.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    with transaction.atomic():
        actions.confirm_bank_import(sent, by=None)
        sweep = in_a_thread(actions.forget_old_bank_imports)
        until_it_waits_or_ends(sweep)
    sweep.join()
    sent.refresh_from_db()
    assert sent.state == BankImport.State.RUNNING
    actions.take_in_confirmed_banks()
    assert Question.objects.count() == 60


@pytest.mark.django_db(transaction=True)
def test_a_file_that_was_let_go_is_not_confirmed(district):
    sent, came = sent_in(district), []

    def confirm():
        try:
            actions.confirm_bank_import(sent, by=None)
        except Refused as refusal:
            came.append(refusal.code)

    BankImport.objects.update(created_at=timezone.now() - dt.timedelta(days=31))
    with transaction.atomic():
        actions.forget_old_bank_imports()
        officer = in_a_thread(confirm)
        until_it_waits_or_ends(officer)
    officer.join()
    assert came == ["bank_not_checked"]
    assert not sent.import_rows.exists()


def in_a_thread(deed):
    def run():
        try:
            deed()
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_one_file_take_each_question_once(district):
    sent = actions.confirm_bank_import(sent_in(district), by=None)
    gate = threading.Barrier(4)

    def work():
        connection.ensure_connection()
        gate.wait(30)
        for _turn in range(30):
            actions.take_in_next_questions(sent.pk, limit=5)

    for thread in [in_a_thread(work) for _nth in range(4)]:
        thread.join()
    actions.take_in_confirmed_banks()
    assert sorted(stems()) == sorted(f"第 {nth} 题" for nth in range(60))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locks", [True, False], ids=["as it is", "without the lock"])
def test_a_trial_and_an_undo_at_once_leave_no_paper_of_questions_that_are_gone(
    plant7, bo, locks, monkeypatch
):
    """The trial has drawn and not yet written its paper when the undo begins."""
    sent = taken_in(plant7)
    contest = a_small_contest(plant7, bank=Bank.objects.get(), state="draft")
    drawn, undone, told = threading.Event(), threading.Event(), []
    draw = actions.attempts.draw_paper

    def slowly(*what, **how):
        paper = draw(*what, **how)
        drawn.set()
        undone.wait(2)  # with the lock the undo waits for us, and this runs out
        return paper

    monkeypatch.setattr(actions.attempts, "draw_paper", slowly)
    if not locks:
        monkeypatch.setattr(
            Contest.objects, "select_for_update", lambda **_how: Contest.objects.all()
        )
    trial = in_a_thread(lambda: told.append(actions.start_trial(contest, by=bo)))
    assert drawn.wait(30)
    try:
        actions.undo_bank_import(sent, by=bo, reason="x")
    except Refused as refusal:
        told.append(refusal.code)
    undone.set()
    trial.join()
    (attempt,) = (one for one in told if not isinstance(one, str))
    there = QuestionVersion.objects.filter(pk__in=[slot.version_id for slot in attempt.slots])
    assert there.exists() == locks
    assert ("built_on" in told) == locks
