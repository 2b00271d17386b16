from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from unionhall.base.ledger.queries import entries_of
from unionhall.base.spreadsheets import read_workbook
from unionhall.domain.quiz import actions
from unionhall.domain.quiz.models import Attempt, Bank, BankImport, Question
from unionhall.domain.quiz.queries import banks as reads
from unionhall.domain.quiz.queries.bank_files import read_bank_file
from unionhall.domain.quiz.tests.conftest import SAFETY, a_bank, a_small_contest, passed
from unionhall.people.members.rules import masked_name

DIRTY = SAFETY.with_name("questions_dirty.xlsx")


@pytest.fixture
def desk(client, bo, settings):
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "second_factor" not in name]
    client.force_login(bo)
    return client


def at(name, *args):
    return reverse(f"quiz_desk:{name}", args=args)


def told(response, status=200):
    assert response.status_code == status
    return response.content.decode()


def upload(file, union, **values):
    sent = SimpleUploadedFile(file.name, file.read_bytes())
    return {"union": union.pk, "bank": "安全", "file": sent, **values}


def test_banks_are_listed_with_their_counts(desk, plant7):
    assert "还没有题库" in told(desk.get(at("banks")))
    a_bank(plant7)
    assert "冬季用气安全" in told(desk.get(at("banks")))


def test_a_bank_is_searched_and_paged(desk, plant7):
    bank = a_bank(plant7)
    assert "60 道题" in told(desk.get(at("bank", bank.pk)))
    assert "6 道题" in told(desk.get(at("bank", bank.pk), {"kind": "fill"}))
    assert "没有找到这样的题" in told(desk.get(at("bank", bank.pk), {"text": "没有这样的字"}))
    assert "60 道题" in told(
        desk.get(at("bank", bank.pk), {"kind": "essay"})
    )  # an unknown filter filters nothing
    assert told(desk.get(at("bank", bank.pk), {"page": 2}))


def test_a_bank_is_exported(desk, plant7):
    bank = a_bank(plant7)
    response = desk.post(at("export", bank.pk), {"form": "xlsx"})
    (sheet,) = read_workbook(response.content, name="bank.xlsx")
    assert len(sheet.rows) == 61
    assert desk.post(at("export", bank.pk), {"form": "pdf"}).url == at("bank", bank.pk)
    assert entries_of(bank)[0].detail == {"form": "xlsx", "questions": 60}


def test_what_a_format_has_no_place_for_is_told_before_it_leaves(desk, plant7):
    where = at("export", a_bank(plant7).pk)
    page = told(desk.post(where, {"form": "aiken"}))
    assert "35 道题放不进 Aiken" in page
    assert page.count("这种格式放不下这种题型") == 35
    assert not entries_of(Bank.objects.get()).filter(action="quiz.bank_exported").exists()
    out = told(desk.post(where, {"form": "aiken", "seen": "on"}))
    assert out.count("ANSWER: ") == 25


def test_an_edit_is_a_new_version(desk, plant7):
    version = reads.questions_in(a_bank(plant7)).filter(kind="multiple").first()
    url = at("question", version.question_id)
    form = {**reads.as_typed(version), "stem": "换了一种问法（　）。"}
    assert version.stem in told(desk.get(url))
    assert desk.post(url, form).url == at("bank", version.question.bank_id)
    assert version.question.versions.get(current=True).stem == "换了一种问法（　）。"
    assert "以前的样子" in told(desk.get(url))
    assert "刚刚被别人改过" in told(desk.post(url, form), 422)


def test_every_kind_is_edited_without_change(desk, plant7):
    """What the form shows is what it reads."""
    bank = a_bank(plant7)
    for kind in ("single", "multiple", "judge", "fill"):
        version = reads.questions_in(bank).filter(kind=kind).first()
        assert (
            desk.post(at("question", version.question_id), reads.as_typed(version)).status_code
            == 302
        )
        now = version.question.versions.get(current=True)
        assert (now.nth, now.kind, now.stem, now.options, now.answer, now.score) == (
            2, version.kind, version.stem, version.options, version.answer, version.score,
        )  # fmt: skip


def test_a_faulty_edit_is_told_and_keeps_what_was_typed(desk, plant7):
    version = reads.questions_in(a_bank(plant7)).filter(kind="single").first()
    page = told(
        desk.post(at("question", version.question_id), {**reads.as_typed(version), "answer": "AB"}),
        422,
    )
    assert "单选题给出了多个答案" in page
    assert 'value="AB"' in page


def test_a_question_is_retired(desk, plant7):
    question = reads.questions_in(a_bank(plant7)).first().question
    desk.post(at("retirement", question.pk))
    question.refresh_from_db()
    assert question.retired_at
    assert "起不再抽" in told(desk.get(at("question", question.pk)))


def sent_in(desk, union, file=DIRTY, **values):
    """Small enough to be checked as it comes."""
    response = desk.post(at("import"), upload(file, union, **values))
    sent = BankImport.objects.latest("pk")
    assert response.url == at("bank_import", sent.pk)
    return sent


def test_an_import_is_checked_first_and_changes_nothing(desk, plant7):
    sent = sent_in(desk, plant7)
    page = told(desk.get(at("bank_import", sent.pk)))
    assert "44 道题里，19 道可以进来，25 道等你改" in page
    assert "选项被表格软件改成了日期" in page
    assert "不是题目、没有当成错误的行：表头 1" in page
    assert not Bank.objects.exists()


def test_the_report_says_what_was_put_right_and_shows_which(desk, plant7):
    where = at("bank_import", sent_in(desk, plant7).pk)
    page = desk.get(where)
    changes = {code: times for code, _words, times in page.context["changes"]}
    assert sum(changes.values()) >= 12
    for code, times in changes.items():
        rows = desk.get(where, {"verdict": "accepted_normalised", "change": code}).context["rows"]
        assert len(rows) == times
        assert all(code in one.row.normalisations for one in rows)


def test_the_report_is_narrowed_to_one_reason(desk, plant7):
    where = at("bank_import", sent_in(desk, plant7).pk)
    reasons = desk.get(where).context["reasons"]
    for code, _words, times in reasons:
        rows = desk.get(where, {"verdict": "rejected", "reason": code}).context["rows"]
        assert len(rows) == times
    assert desk.get(where, {"verdict": "\x00no", "reason": "NO", "page": "x"}).status_code == 200


def test_what_was_checked_is_imported_and_the_bank_is_a_step_away(desk, plant7):
    sent = sent_in(desk, plant7)
    assert desk.post(at("confirmation", sent.pk)).url == at("bank_import", sent.pk)
    assert at("bank", Bank.objects.get().pk) in told(desk.get(at("bank_import", sent.pk)))
    assert Question.objects.count() == 19
    assert desk.post(at("confirmation", sent.pk)).status_code == 409  # twice


def test_a_large_file_waits_for_the_worker(desk, plant7):
    rows = "".join(f"第 {nth} 题{{T}}\n\n" for nth in range(actions.SMALL // 10))
    file = SimpleUploadedFile("题.gift", rows.encode())
    desk.post(at("import"), {"union": plant7.pk, "bank": "大", "file": file})
    sent = BankImport.objects.get()
    assert "正在逐题检查" in told(desk.get(at("bank_import", sent.pk)))
    actions.check_waiting_banks()
    assert sent.import_rows.count() == actions.SMALL // 10
    desk.post(at("confirmation", sent.pk))
    assert "正在导入，到了第 0 行" in told(desk.get(at("bank_import", sent.pk)))
    actions.take_in_confirmed_banks()
    assert "道题都进来了" in told(desk.get(at("bank_import", sent.pk)))


def test_an_import_is_taken_down(desk, plant7):
    sent = sent_in(desk, plant7)
    assert desk.post(at("discard", sent.pk)).url == at("import")
    assert desk.get(at("bank_import", sent.pk)).status_code == 404
    assert not sent.import_rows.exists()


def test_an_import_is_undone_with_its_reason(desk, plant7):
    sent = sent_in(desk, plant7)
    assert "现在不能撤销" in told(desk.get(at("undo", sent.pk)))
    desk.post(at("confirmation", sent.pk))
    assert desk.post(at("undo", sent.pk), {"reason": ""}).status_code == 422
    assert desk.post(at("undo", sent.pk), {"reason": "传错了"}).url == at("bank_import", sent.pk)
    assert "传错了" in told(desk.get(at("bank_import", sent.pk)))
    assert not Question.objects.exists()


def test_what_stands_in_the_way_of_undoing_is_told(desk, plant7):
    sent = sent_in(desk, plant7, SAFETY)
    desk.post(at("confirmation", sent.pk))
    question = Question.objects.first()
    desk.post(at("retirement", question.pk))
    assert "停用的题" in told(desk.get(at("undo", sent.pk)))
    assert desk.post(at("undo", sent.pk), {"reason": "x"}).status_code == 409


def test_a_file_that_was_sent_before_is_known_with_its_sender_and_day(desk, plant7, fu):
    content = DIRTY.read_bytes()
    first = actions.receive_bank(content, name="题.xlsx", union=plant7, bank_name="安全", by=fu)
    actions.check_safely(first.pk)
    again = sent_in(desk, plant7, DIRTY)
    day = timezone.localtime(first.created_at)
    said = f"{fu} 在 {day:%Y-%m-%d %H:%M} 传过一模一样的文件（检查完了，还没导入）"
    assert said in told(desk.get(at("bank_import", again.pk)))
    actions.discard_bank_import(first, by=fu)
    assert "一模一样" not in told(desk.get(at("bank_import", again.pk)))


def test_the_report_is_the_senders_own_table_with_reasons(desk, plant7):
    report = desk.get(at("annotated", sent_in(desk, plant7).pk))
    (before,) = read_workbook(DIRTY.read_bytes(), name=DIRTY.name)
    (sheet,) = read_workbook(report.content, name="report.xlsx")
    assert sheet.rows[0][-1] == "为什么进不来"
    assert sheet.rows[36][-1] == "选项内容重复"
    assert list(sheet.rows[36][:6]) == list(before.rows[36][:6])


def test_a_western_table_comes_in_and_goes_back(desk, plant7, tmp_path):
    """Its headings are letters that every encoding has; what is accented stands alone."""
    file = tmp_path / "western.csv"
    head, row = "A,B,tg,th\n", "x,y,z,café – «naïve» ?\n"
    file.write_bytes((head + row).encode("cp1252"))
    sent_in(desk, plant7, file)
    assert BankImport.objects.get().problem == "no_stems"  # read as what it is, and no bank
    (sheet,) = read_bank_file(file.read_bytes(), name=file.name)
    assert sheet.rows[1][3] == "café – «naïve» ?"


def test_a_broken_question_of_a_text_file_is_told_by_its_line(desk, plant7):
    file = SimpleUploadedFile("题.txt", "一？{T}\n\n二？{=甲\n\n三？{F}\n".encode())
    desk.post(at("import"), {"union": plant7.pk, "bank": "题", "file": file})
    sent = BankImport.objects.get()
    page = told(desk.get(at("bank_import", sent.pk)))
    assert "从文件第 3 行起" in page
    assert at("annotated", sent.pk) not in page
    assert desk.get(at("annotated", sent.pk)).status_code == 404
    report = told(desk.get(at("report", sent.pk)))
    assert report.splitlines()[2] == "题,2,rejected,FORMAT_BROKEN,,"
    desk.post(at("confirmation", sent.pk))
    assert Question.objects.count() == 2


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("题.xml", b"<?xml version='1.0'?><quiz>\n<question>\n", "到第 3 行为止，不是一份完整的"),
        ("题.xml", b"<quiz><!DOCTYPE x [<!ENTITY a 'b'>]></quiz>", "不是一份完整的 Moodle XML"),
        ("题.xml", b"nothing of the kind", "没有 GIFT、Aiken 或 Moodle XML 的题目"),
        ("题.xls", b"\xd0\xcf\x11\xe0 old", "读不了这个文件"),
        ("题.txt", "姓名,电话\n甲,1\n".encode(), "没有找到题干这一列"),
    ],
)
def test_what_cannot_be_read_is_told(desk, plant7, name, content, words):
    file = SimpleUploadedFile(name, content)
    desk.post(at("import"), {"union": plant7.pk, "bank": "安全", "file": file})
    sent = BankImport.objects.get()
    assert words in told(desk.get(at("bank_import", sent.pk)))
    assert sent.content is None


def test_what_is_too_large_is_told_beside_the_field(desk, plant7):
    file = SimpleUploadedFile("题.csv", b"x" * ((20 << 20) + 1))
    sent = {"union": plant7.pk, "bank": "安全", "file": file}
    assert "文件超过 20 MB" in told(desk.post(at("import"), sent), 422)
    assert not BankImport.objects.exists()


def test_an_import_into_another_union_is_refused(desk, client, plant7, harbour2, cai):
    assert desk.post(at("import"), upload(SAFETY, harbour2)).status_code == 422
    sent = sent_in(desk, plant7)
    client.force_login(cai)
    for name in ("bank_import", "undo", "annotated", "report"):
        assert client.get(at(name, sent.pk)).status_code == 404
    for name in ("confirmation", "discard", "undo"):
        assert client.post(at(name, sent.pk), {"reason": "x"}).status_code == 404
    assert sent.file_name not in told(client.get(at("import")))
    assert not Bank.objects.exists()


def test_a_trial_by_the_officer(desk, plant7):
    contest = a_small_contest(plant7, state="draft")
    response = desk.post(at("trial", contest.pk), follow=True)
    assert "这是试答，不算数" in told(response)
    attempt = Attempt.objects.get()
    page = told(desk.post(reverse("quiz:hand_in", args=[attempt.pk]), follow=True))
    assert "不算数，也没有名次" in page


def test_a_review_is_answered(desk, small, ann):
    review = actions.ask_review(passed(small, ann), text="我早就交了")
    assert "等你答复" in told(desk.get(at("reviews")))
    assert "我早就交了" in told(desk.get(at("review", review.pk)))
    assert desk.post(at("review", review.pk), {"text": ""}).status_code == 422
    assert desk.post(at("review", review.pk), {"text": "查过了，没有错"}).url == at("reviews")
    assert "答复了" in told(desk.get(at("reviews")))
    assert "查过了，没有错" in told(desk.get(at("review", review.pk)))


def test_who_is_a_member_elsewhere_is_masked_and_answered_all_the_same(desk, small, ann, chen):
    of_another = actions.ask_review(passed(small, chen), text="时间不对")
    actions.ask_review(passed(small, ann), text="分数不对")
    pages = (told(desk.get(at("reviews"))), told(desk.get(at("review", of_another.pk))))
    pages += (told(desk.get("/api/v1/quiz/desk/reviews/")), told(desk.get(reverse("desk:today"))))
    start = pages[-1]
    assert not [page for page in pages if chen.name in page]
    assert all(masked_name(chen.name) in page for page in pages)
    assert ann.name in pages[0]
    assert ann.name in start
    assert desk.post(at("review", of_another.pk), {"text": "查过了"}).url == at("reviews")


def test_another_unions_officer_sees_none_of_it(desk, client, plant7, ann, cai):
    contest = a_small_contest(plant7)
    review = actions.ask_review(passed(contest, ann), text="x")
    question = contest.bank.questions.first()
    client.force_login(cai)
    for name, key in (
        ("bank", contest.bank_id),
        ("question", question.pk),
        ("review", review.pk),
    ):
        assert client.get(at(name, key)).status_code == 404
    assert client.post(at("trial", contest.pk)).status_code == 404
    assert client.post(at("retirement", question.pk)).status_code == 404
    assert client.post(at("export", contest.bank_id), {"form": "gift"}).status_code == 404


def test_a_member_has_no_desk(client, ann):
    client.force_login(ann.user)
    for name in ("banks", "reviews", "import"):
        assert client.get(at(name)).status_code == 403
