from __future__ import annotations

import dataclasses
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from unionhall.base.errors import Refused
from unionhall.base.ledger.queries import entries_of
from unionhall.domain.quiz.actions import edit_question, import_questions, retire_question
from unionhall.domain.quiz.models import Bank, Contest, Question, QuestionVersion
from unionhall.domain.quiz.queries import banks
from unionhall.domain.quiz.queries.bank_exports import (
    FORMS,
    draft_with_pictures,
    lost_in,
    questions_with_pictures,
    written,
)
from unionhall.domain.quiz.queries.drawing import drawables_in
from unionhall.domain.quiz.rules.exchange import moodle_xml
from unionhall.domain.quiz.rules.papers import Rule
from unionhall.domain.quiz.rules.questions import JUDGE, KINDS, QuestionDraft
from unionhall.domain.quiz.tests.conftest import a_contest
from unionhall.domain.quiz.tests.pictures import a_picture

DATA = Path(__file__).resolve().parents[4] / "demo" / "data"
SAFETY = DATA / "questions_safety.xlsx"
ANOTHER_KIND = {"kind": "judge", "options": "", "answer": "对"}


def imported(union, file=SAFETY, name="安全"):
    import_questions(file.read_bytes(), name=file.name, union=union, bank_name=name, by=None)
    return Bank.objects.get(union=union, name=name)


def bare(of):
    return [draft_with_pictures(version) for version in questions_with_pictures(of)]


def test_a_batch_is_one_entry_and_its_questions_carry_it(district):
    bank = imported(district)
    (entry,) = entries_of(bank)
    assert entry.detail["accepted"] == 60
    assert set(Question.objects.values_list("batch_id", flat=True)) == {entry.pk}
    assert banks.counts_by_kind(bank) == {"single": 25, "multiple": 12, "judge": 17, "fill": 6}


def test_the_same_file_twice_changes_nothing(district):
    bank = imported(district)
    imported(district)
    assert banks.questions_in(bank).count() == QuestionVersion.objects.count() == 60


EXCHANGE = DATA / "questions_exchange"
FILES = [SAFETY, DATA / "questions_union_law.xlsx", EXCHANGE / "mixed30.moodle.xml"]


@pytest.mark.parametrize("form", ["xlsx", "moodle", "gift"])
@pytest.mark.parametrize("file", FILES, ids=[file.name for file in FILES])
def test_an_export_imports_back(district, file, form):
    bank = imported(district, file)
    out = written(bank, FORMS[form])
    assert (out.questions, out.left_out) == (banks.questions_in(bank).count(), [])
    back = f"bank.{FORMS[form].suffix}"
    import_questions(out.content, name=back, union=district, bank_name="抄本", by=None)
    assert bare(Bank.objects.get(name="抄本")) == bare(bank)


def test_aiken_holds_single_choices_and_counts_the_rest(district):
    out = written(imported(district), FORMS["aiken"])
    assert (out.questions, len(out.left_out)) == (25, 35)


def test_a_picture_is_kept_shown_to_the_next_version_and_exported(district, bo, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    draft = QuestionDraft(JUDGE, "图里的阀门开着。", [True], pictures=(a_picture("一个阀门"),))
    file = tmp_path / "bank.xml"
    file.write_text(moodle_xml.write([draft]), encoding="utf-8")
    bank = imported(district, file)
    before = banks.questions_in(bank).get()
    edited = dataclasses.replace(banks.draft_of(before), stem="图里的阀门关着。")
    after = edit_question(before.question, edited, seen_nth=1, by=bo)
    (shown,) = after.pictures.all()
    assert (shown.file, shown.text) == (before.pictures.get().file, "一个阀门")
    assert bare(bank) == [dataclasses.replace(draft, stem="图里的阀门关着。")]
    assert not lost_in(bank, FORMS["moodle"])
    for form in ("gift", "xlsx", "aiken"):
        (lost,) = lost_in(bank, FORMS[form])
        assert "放不下图" in str(lost.why)
        assert written(bank, FORMS[form]).left_out == [lost.version]


def test_an_edit_is_a_new_version_and_keeps_the_old(district, bo):
    bank = imported(district)
    before = banks.questions_in(bank).filter(kind="single").first()
    draft = dataclasses.replace(banks.draft_of(before), stem="换了一种问法？")
    after = edit_question(before.question, draft, seen_nth=1, by=bo)
    before.refresh_from_db()
    assert (before.current, after.current, after.nth) == (False, True, 2)
    assert before.stem != after.stem
    assert banks.questions_in(bank).count() == 60


def test_an_edit_over_somebody_elses_is_refused(district, bo):
    bank = imported(district)
    version = banks.questions_in(bank).first()
    draft = dataclasses.replace(banks.draft_of(version), explanation="甲")
    edit_question(version.question, draft, seen_nth=1, by=bo)
    with pytest.raises(Refused) as refusal:
        edit_question(version.question, draft, seen_nth=1, by=bo)
    assert refusal.value.code == "edited_meanwhile"


def test_an_edit_to_a_stem_that_the_bank_has_is_refused(district, bo):
    bank = imported(district)
    one, two = banks.questions_in(bank).filter(kind="judge")[:2]
    draft = dataclasses.replace(banks.draft_of(two), stem=one.stem + "！")
    with pytest.raises(Refused) as refusal:
        edit_question(two.question, draft, seen_nth=1, by=bo)
    assert refusal.value.code == "stem_taken"
    two.refresh_from_db()
    assert two.current


def test_a_faulty_edit_is_refused_in_words(district, bo):
    version = banks.questions_in(imported(district)).filter(kind="single").first()
    draft = dataclasses.replace(banks.draft_of(version), answer=["A", "B"])
    with pytest.raises(Refused, match="单选题给出了多个答案"):
        edit_question(version.question, draft, seen_nth=1, by=bo)


def test_a_retired_question_is_drawn_no_more(district, bo):
    bank = imported(district)
    question = banks.questions_in(bank).first().question
    retire_question(question, by=bo)
    assert banks.questions_in(bank).count() == 59
    every_kind = [Rule(kind, 60, 1) for kind in KINDS]
    assert len(drawables_in(bank.pk, every_kind)) == 59


def test_search_by_text_and_by_kind(district):
    bank = imported(district)
    assert {version.kind for version in banks.search(bank, kind="fill")} == {"fill"}
    assert all(
        "燃气" in v.stem + v.explanation + "".join(v.options)
        for v in banks.search(bank, text="燃气")
    )
    assert banks.search(bank, text="燃气").exists()


def test_an_officer_sees_the_banks_of_her_unions_only(district, bo, cai):
    imported(district)
    assert not banks.banks_of(bo).exists()
    mine = imported(bo.offices.get().union)
    assert list(banks.banks_of(bo)) == [mine]
    assert not banks.banks_of(cai).exists()


def test_a_contest_may_draw_from_the_banks_above(district, plant7, harbour2):
    above, own, other = (
        imported(district),
        imported(plant7, name="甲"),
        imported(harbour2, name="乙"),
    )
    assert set(banks.banks_for(plant7)) == {above, own}
    assert other not in banks.banks_for(plant7)


def command(*arguments):
    out = StringIO()
    call_command("import_questions", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_the_command_imports_and_reports(district, tmp_path):
    report = tmp_path / "report.csv"
    told = command(
        DATA / "questions_dirty.xlsx", "--bank", "脏", "--report", report, "--as-of", "2026-11-20"
    )
    *_refused, accepted, normalised, not_data, rejected, words = told.splitlines()
    assert (accepted, normalised) == ("accepted 7", "accepted_normalised 12")
    assert (not_data, rejected) == ("not_data 1", "rejected 25")
    assert words == "导入完了，进来 19 题。"
    assert "还有 5 题没有写在这里" in told
    assert len(report.read_text(encoding="utf-8-sig").splitlines()) == 46
    assert Bank.objects.get().union == district


@pytest.mark.parametrize("name", ["single30.gift.txt", "single30.aiken.txt", "mixed30.moodle.xml"])
def test_the_command_takes_every_format_and_reports_by_ordinal(district, tmp_path, name):
    report = tmp_path / "report.csv"
    assert "进来 30 题" in command(EXCHANGE / name, "--bank", "题", "--report", report)
    lines = report.read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "sheet,row,verdict,reason_codes,normalisations,warnings"
    assert [line.split(",")[1] for line in lines[1:]] == [str(at) for at in range(1, 31)]


def test_a_dry_run_changes_nothing(district):
    assert "就会进来 60 题" in command(SAFETY, "--bank", "安全", "--dry-run")
    assert not Bank.objects.exists()


def test_the_command_says_what_is_missing(district, plant7, tmp_path):
    with pytest.raises(CommandError, match="没有这个工会"):
        command(SAFETY, "--bank", "安全", "--union", "没有这个")
    with pytest.raises(CommandError, match="文件打不开") as error:
        command(tmp_path / "nothing.xlsx", "--bank", "安全")
    assert error.value.returncode == 2
    with pytest.raises(CommandError, match="文件夹"):  # told before the work, not after it
        command(SAFETY, "--bank", "安全", "--report", tmp_path / "nowhere" / "report.csv")
    assert not Bank.objects.exists()
    roll = tmp_path / "roll.csv"
    roll.write_text("姓名,电话\n何立夏,1\n")
    with pytest.raises(CommandError, match="题干") as error:
        command(roll, "--bank", "安全")
    assert error.value.returncode == 2
    assert "60" in command(SAFETY, "--bank", "安全", "--union", "七号厂工会")
    assert Bank.objects.get().union == plant7


def test_a_bank_keeps_what_a_published_contest_draws(plant7, bo):
    contest = a_contest(plant7)  # draws every single choice that there is
    single = Question.objects.filter(versions__kind="single").first()
    with pytest.raises(Refused) as refusal:
        retire_question(single, by=bo)
    assert refusal.value.code == "bank_in_use"
    other_kind = banks.typed(banks.as_typed(single.versions.get()) | ANOTHER_KIND).values
    with pytest.raises(Refused):
        edit_question(single, other_kind, seen_nth=1, by=bo)
    spare = Question.objects.filter(versions__kind="fill").first()
    assert retire_question(spare, by=bo)
    Contest.objects.filter(pk=contest.pk).update(state=Contest.State.CLOSED)
    assert retire_question(single, by=bo)
