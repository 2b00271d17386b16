"""Every row of every sample file comes to what its expected file says, by command line and on the desk."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse

from tests.cast import a_login
from tests.shared_files import expected_rows, shared_file
from unionhall.domain.quiz.models import BankImport, QuestionVersion
from unionhall.people.members import actions as members
from unionhall.people.members.models import Member, RollImport
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import ListImport, Office, Union
from unionhall.site.second_factor import remember

TODAY = dt.date(2026, 11, 20)
CODES = ("verdict", "reason_codes", "normalisations", "warnings")
ROLLS = ["roster_small.xlsx", "roster_small_gbk.csv", "roster_20k.xlsx"]
BANKS = ["questions_safety.xlsx", "questions_mind.xlsx", "questions_union_law.xlsx"]
EXCHANGED = [
    "single30.gift.txt", "single30.aiken.txt", "single30.moodle.xml", "mixed30.gift.txt",
    "mixed30.moodle.xml",
]  # fmt: skip


@pytest.fixture
def district(db):
    run("import_unions", "unions.xlsx")
    return Union.objects.get_first_root_node()


@pytest.fixture
def desk(district, client):
    officer = a_login("周白露")
    tree.appoint(officer, union=district, role=Office.Role.OFFICER)
    client.force_login(officer)
    session = client.session
    remember(session, officer)
    session.save()
    return client


def run(command, name, *words):
    call_command(command, str(shared_file(name)), *words, stdout=io.StringIO())


def reported(tmp_path, command, name, *words):
    report = tmp_path / "report.csv"
    run(command, name, "--report", str(report), "--as-of", TODAY.isoformat(), *words)
    return rows_in(report.read_bytes())


def rows_in(report):
    """(sheet, row) -> the codes, of a report as it is taken home."""
    assert report.startswith(b"\xef\xbb\xbf")
    lines = list(csv.DictReader(io.StringIO(report.decode("utf-8-sig"))))
    rows = {
        (line["sheet"], int(line["row"])): {code: line[code] for code in CODES} for line in lines
    }
    assert len(rows) == len(lines)
    return rows


def check(rows, name):
    """Against the expected file, which may leave out codes, and rows that are plainly accepted."""
    expected = expected_rows(name.rpartition(".")[0] + ".expected.csv", "excel_row")
    plain = {**dict.fromkeys(CODES, ""), "verdict": "accepted"}
    found = {row: codes for (_sheet, row), codes in rows.items()}
    assert len(found) == len(rows)
    assert set(expected) <= set(found)
    header = {"verdict": "not_data"}
    for row, codes in found.items():
        wanted = expected.get(row, header if row == 1 else plain)
        told = [code for code in CODES if code in wanted and code in codes]
        assert {code: codes[code] for code in told} == {code: wanted[code] for code in told}, row


@pytest.mark.parametrize("words", [["--dry-run"], []], ids=["dry", "for good"])
def test_unions_by_command_line(db, tmp_path, words):
    check(reported(tmp_path, "import_unions", "unions.xlsx", *words), "unions.xlsx")
    assert Union.objects.exists() == (not words)


def test_unions_on_the_desk(desk):
    sent = upload(desk, "unions_desk:import", "unions.xlsx")
    tree.check_waiting_lists()
    assert desk.get(sent.url).status_code == 200
    sent_in = ListImport.objects.latest("pk")
    report = desk.get(reverse("unions_desk:report", args=[sent_in.pk]))
    check(rows_in(report.content), "unions.xlsx")


@pytest.mark.parametrize("words", [["--dry-run"], []], ids=["dry", "for good"])
@pytest.mark.parametrize("name", ROLLS)
def test_a_roll_by_command_line(district, tmp_path, name, words):
    check(reported(tmp_path, "import_roll", name, *words), name)
    assert Member.objects.exists() == (not words)


@pytest.mark.parametrize("name", ROLLS)
def test_a_roll_on_the_desk(desk, district, name):
    sent = upload(desk, "members_desk:import", name, union=district.pk)
    roll = RollImport.objects.get()
    RollImport.objects.update(as_of=TODAY)
    members.check_waiting_rolls()
    assert desk.get(sent.url).status_code == 200
    report = desk.get(reverse("members_desk:report", args=[roll.pk]))
    check(rows_in(report.content), name)


def test_dirty_questions_by_command_line(district, tmp_path):
    words = ("--bank", "安全", "--dry-run")
    check(
        reported(tmp_path, "import_questions", "questions_dirty.xlsx", *words),
        "questions_dirty.xlsx",
    )


def test_dirty_questions_on_the_desk(desk, district):
    sent = checked(desk, district, "questions_dirty.xlsx")
    report = desk.get(reverse("quiz_desk:report", args=[sent.pk]))
    check(rows_in(report.content), "questions_dirty.xlsx")


@pytest.mark.parametrize("name", BANKS + EXCHANGED)
def test_a_bank_by_command_line(district, tmp_path, name):
    path = f"questions_exchange/{name}" if name in EXCHANGED else name
    rows = reported(tmp_path, "import_questions", path, "--bank", "题库")
    taken = {place for place, codes in rows.items() if codes["verdict"].startswith("accepted")}
    assert not [codes for codes in rows.values() if codes["verdict"] == "rejected"]
    wanted = questions_of(path)
    assert places(taken, path) == {str(one["source"]) for one in wanted}
    assert stems() == Counter(one["stem"] for one in wanted)


@pytest.mark.parametrize("name", BANKS + EXCHANGED)
def test_a_bank_on_the_desk(desk, district, name):
    path = f"questions_exchange/{name}" if name in EXCHANGED else name
    sent = checked(desk, district, path)
    wanted = questions_of(path)
    verdicts = sent.counts["verdicts"]
    assert verdicts.get("accepted", 0) + verdicts.get("accepted_normalised", 0) == len(wanted)
    assert not verdicts.get("rejected")
    desk.post(reverse("quiz_desk:confirmation", args=[sent.pk]))
    assert stems() == Counter(one["stem"] for one in wanted)


def questions_of(path):
    stem = path.split(".")[0]
    lines = shared_file(f"{stem}.expected.jsonl").read_text("utf-8").splitlines()
    return [json.loads(line) for line in lines]


def places(taken, path):
    """As the expected file names them: ``sheet!row``, or the ordinal alone."""
    alone = path.startswith("questions_exchange/")
    return {str(row) if alone else f"{sheet}!{row}" for sheet, row in taken}


def stems():
    return Counter(QuestionVersion.objects.values_list("stem", flat=True))


def checked(desk, union, path):
    upload(desk, "quiz_desk:import", path, union=union.pk, bank="题库")
    sent = BankImport.objects.get()
    assert desk.get(reverse("quiz_desk:bank_import", args=[sent.pk])).status_code == 200
    return sent


def upload(desk, door, path, **said):
    file = SimpleUploadedFile(path.rpartition("/")[2], shared_file(path).read_bytes())
    return desk.post(reverse(door), {"file": file, **said})


def test_a_wrong_code_would_be_seen(district, tmp_path):
    rows = reported(tmp_path, "import_roll", "roster_small.xlsx", "--dry-run")
    place = next(place for place, codes in rows.items() if codes["verdict"] == "rejected")
    rows[place]["reason_codes"] = "NAME_EMPTY;ID_EMPTY"
    with pytest.raises(AssertionError):
        check(rows, "roster_small.xlsx")
