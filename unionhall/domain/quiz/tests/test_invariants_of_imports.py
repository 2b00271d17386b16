"""Green after imports in every state; red after each planted offence."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import Bank, BankImport, BankImportRow, Question
from unionhall.domain.quiz.tests.test_bank_imports import sent_in, taken_in
from unionhall.domain.quiz.tests.test_invariants import broken, offenders

MORE = "".join(f"另第 {nth} 题{{T}}\n\n" for nth in range(30)).encode()
MIXED = "一{T}\n\n二{F}\n\n一 {T}\n\n三{}\n".encode()  # two taken in, one twice, one unfit


@pytest.fixture
def imports(district):
    """One in each state; the one on its way has taken a part of its rows."""
    done, undone = taken_in(district, MIXED), taken_in(district)
    actions.undo_bank_import(undone, by=None, reason="传错了")
    running = actions.confirm_bank_import(sent_in(district, MORE), by=None)
    actions.take_in_next_questions(running.pk, limit=10)
    discarded = sent_in(district)
    actions.discard_bank_import(discarded, by=None)
    sent_in(district, b"\x89PNG no bank", name="x.xlsx")
    sent_in(district)
    actions.receive_bank(MIXED, name="题.gift", union=district, bank_name="安全", by=None)
    states = set(BankImport.objects.values_list("state", flat=True))
    assert states == set(BankImport.State.values)
    return done


def of(state):
    return BankImport.objects.filter(state=state)


def test_all_is_well_with_imports_in_every_state(imports):
    assert broken() == set()


def test_all_is_well_after_a_month(imports):
    BankImport.objects.update(created_at=timezone.now() - dt.timedelta(days=40))
    assert offenders("files_kept_too_long")  # nothing was let go yet
    actions.take_in_confirmed_banks()
    actions.forget_old_bank_imports()
    actions.check_waiting_banks()
    actions.forget_old_bank_imports()
    assert broken() == set()


def a_yes_lost(_done):
    of("running").update(batch_id=None)


def a_bank_lost(_done):
    of("undone").update(bank=None)


def a_count_changed(done):
    BankImport.objects.filter(pk=done.pk).update(
        counts=done.counts | {"verdicts": {"accepted": 3, "rejected": 2}}
    )


def a_reason_changed(done):
    done.import_rows.filter(verdict="rejected").update(reason_codes=["HTML_FORBIDDEN"])


def a_row_lost(done):
    done.import_rows.filter(verdict="rejected").first().delete()


def the_number_of_rows_changed(done):
    BankImport.objects.filter(pk=done.pk).update(rows=5)


def a_question_without_its_batch(done):
    Question.objects.filter(pk=Question.objects.filter(batch_id=done.batch_id).first().pk).update(
        batch_id=None
    )


def questions_in_another_bank(done):
    other = Bank.objects.create(union=done.union, name="别的题库")
    Question.objects.filter(batch_id=done.batch_id).update(bank=other)


def a_step_told_too_soon(_done):
    of("running").update(next_place=20)


def a_question_left_of_what_was_put_back(_done):
    Question.objects.create(
        bank=Bank.objects.get(), stem_hash="x", batch_id=of("undone").get().batch_id
    )


def a_batch_of_nobody(_done):
    Question.objects.create(bank=Bank.objects.get(), stem_hash="x", batch_id=999_999)


def a_file_left_of_what_was_discarded(_done):
    of("discarded").update(content=b"x")


def a_row_left_of_what_was_discarded(_done):
    BankImportRow.objects.create(
        bank_import=of("discarded").get(), place=0, sheet="", row=1, verdict="accepted"
    )


def an_old_file(done):
    BankImport.objects.filter(pk=done.pk).update(created_at=timezone.now() - dt.timedelta(days=40))
    done.import_rows.update(values=None)


def old_values(done):
    an_old_file(done)
    BankImport.objects.filter(pk=done.pk).update(content=None)
    done.import_rows.update(values={"stem": "一"})


@pytest.mark.parametrize(
    ("offence", "found_by"),
    [
        (a_yes_lost, "imports_without_a_yes"),
        (a_bank_lost, "imports_without_a_yes"),
        (a_count_changed, "counts_of_imports_off"),
        (a_reason_changed, "counts_of_imports_off"),
        (a_row_lost, "counts_of_imports_off"),
        (the_number_of_rows_changed, "counts_of_imports_off"),
        (a_question_without_its_batch, "questions_of_imports_off"),
        (questions_in_another_bank, "questions_of_imports_off"),
        (a_step_told_too_soon, "questions_of_imports_off"),
        (a_question_left_of_what_was_put_back, "questions_of_imports_off"),
        (a_batch_of_nobody, "batches_of_no_import"),
        (a_file_left_of_what_was_discarded, "files_kept_too_long"),
        (a_row_left_of_what_was_discarded, "files_kept_too_long"),
        (an_old_file, "files_kept_too_long"),
        (old_values, "files_kept_too_long"),
    ],
)
def test_planted_offence_is_found(imports, offence, found_by):
    assert offenders(found_by) == []
    offence(imports)
    assert len(offenders(found_by)) == 1
