from __future__ import annotations

import csv
import io

import pytest
from django.core.management import CommandError, call_command

from tests.shared_files import expected_rows, shared_file
from unionhall.people.members.models import Member, RollImport
from unionhall.people.members.tests.test_actions_rolls import a_person, a_roll
from unionhall.people.unions.models import Union


@pytest.fixture
def roll_file(tmp_path):
    file = tmp_path / "名册.xlsx"
    file.write_bytes(a_roll(a_person(1), a_person(1), a_person(2, "何立夏")))
    return file


def run(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue()


def read_report(path) -> list[dict[str, str]]:
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def test_a_dry_run_of_the_union_list_reports_every_row_and_changes_nothing(db, tmp_path):
    report = tmp_path / "报告.csv"
    said = run(
        "import_unions",
        str(shared_file("unions.xlsx")),
        "--dry-run",
        "--as-of",
        "2026-11-20",
        "--report",
        str(report),
    )
    *refused, accepted, normalised, not_data, rejected, overdue, founded, words, written = (
        said.splitlines()
    )
    assert written == f"逐行结果写在 {report}。"
    assert words == "只是试一遍，什么都没有改。去掉 --dry-run 就会：新登记 600。"
    assert (accepted, normalised) == ("accepted 596", "accepted_normalised 4")
    assert (not_data, rejected) == ("not_data 4", "rejected 8")
    assert (overdue, founded) == ("TERM_OVERDUE 57", "founded 600")
    assert len(refused) == 8
    assert refused[0].startswith(
        "工会组织台账 第 123 行 云桥样例甲商贸有限公司工会委员会：上级工会"
    )
    rows = {int(row["row"]): row for row in read_report(report)}
    expected = expected_rows("unions.expected.csv", "excel_row")
    assert {
        row: (one["verdict"], one["reason_codes"], one["normalisations"])
        for row, one in rows.items()
    } == {
        row: (one["verdict"], one["reason_codes"], one["normalisations"])
        for row, one in expected.items()
    }
    assert rows[4]["sheet"] == "工会组织台账"
    assert not Union.objects.exists()


def test_the_two_commands_found_a_district(db, tmp_path):
    said = run("import_unions", str(shared_file("unions.xlsx")))
    assert said.endswith("founded 600\n导入完了：新登记 600。\n")
    report = tmp_path / "r.csv"
    said = run(
        "import_roll",
        str(shared_file("roster_20k.xlsx")),
        "--dry-run",
        "--as-of",
        "2026-11-20",
        "--report",
        str(report),
    )
    counts = (
        "accepted 19843\naccepted_normalised 70\nnot_data 1\nrejected 87\nnew 19913\n"
        "只是试一遍，什么都没有改。去掉 --dry-run 就会：新登记 19913。\n"
        f"逐行结果写在 {report}。\n"
    )
    assert said.endswith(counts)
    headings, phones, *refused = said.removesuffix(counts).splitlines()
    assert headings.startswith("认出的列：姓名、性别、民族、证件类型、")
    assert phones.startswith("14 人没有手机号，登不了录")
    assert len(refused) == 87
    expected = expected_rows("roster_20k.expected.csv", "excel_row")
    for row in read_report(report)[1:]:
        want = expected.get(
            int(row["row"]),
            {"verdict": "accepted", "reason_codes": "", "normalisations": "", "warnings": ""},
        )
        assert {
            key: row[key] for key in ("verdict", "reason_codes", "normalisations", "warnings")
        }.items() <= want.items()
    assert not Member.objects.exists()
    assert not RollImport.objects.exists()


def test_a_roll_is_taken_in_and_again_without_change(plant7, roll_file, tmp_path):
    report = tmp_path / "r.csv"
    said = run("import_roll", str(roll_file), "--as-of", "2026-11-20", "--report", str(report))
    why = "名册 第 3 行：和前面的一行重复。第 2 行里是同一个人、同一个工会。删掉一行。"
    headings, said = said.split("\n", 1)
    assert headings.startswith("认出的列：姓名、性别")
    place = "名册记在“云桥区总工会”名下：管它的干部在工作台的“导入名册”里看得到，也能撤销。"
    told = f"导入完了：新登记 2。\n{place}\n逐行结果写在 {report}。\n"
    assert said == f"{why}\naccepted 2\nnot_data 1\nrejected 1\nnew 2\n{told}"
    assert "周白露" not in said
    assert [row["reason_codes"] for row in read_report(report)] == ["HEADER", "", "DUP_IN_FILE", ""]
    assert Member.objects.count() == 2
    assert "unchanged 2" in run("import_roll", str(roll_file), "--as-of", "2026-11-20")
    assert Member.objects.count() == 2


def a_file(path, *people, headings):
    """The same people under other headings."""
    lines = [
        ",".join(headings),
        *[",".join(p.get(name, "") for name in headings.values()) for p in people],
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


OTHER_WORDS = {
    "工号": "",
    "身份证号": "证件号码",
    "员工姓名": "姓名",
    "备用电话": "",
    "政治面貌": "部门",
}


@pytest.mark.parametrize("words", [["--dry-run"], []], ids=["dry", "for good"])
def test_what_would_be_lost_is_said_first(district, plant7, tmp_path, words):
    file = a_file(tmp_path / "a.csv", a_person(1), a_person(2, "何立夏"), headings=OTHER_WORDS)
    said = run("import_roll", str(file), "--as-of", "2026-11-20", "--union", plant7.name, *words)
    known, unknown, rename, union, no_column, no_phone, *_counts = said.splitlines()
    assert known == "认出的列：身份证号 → 证件号码、员工姓名 → 姓名"
    assert unknown == "没认出的列，内容不会导入：工号、备用电话（像是“手机号码”）、政治面貌"
    assert rename.startswith("要导入就改成认识的列名：姓名、性别、")
    assert union == "文件里没有“所属工会”这一列，所有人都算“七号厂工会”的。"
    assert no_column == "文件里没有“手机号码”这一列。"
    assert no_phone.startswith("2 人没有手机号，登不了录")
    assert "\naccepted 2\nnot_data 1\nnew 2\n" in said
    begin = "只是试一遍，什么都没有改。去掉 --dry-run 就会" if words else "导入完了"
    assert f"\n{begin}：新登记 2。\n" in said
    assert words or said.endswith(
        "名册记在“七号厂工会”名下：管它的干部在工作台的“导入名册”里看得到，也能撤销。\n"
    )
    assert Member.objects.filter(memberships__union=plant7).count() == (0 if words else 2)


@pytest.mark.parametrize("words", [["--dry-run"], []], ids=["dry", "for good"])
def test_a_roll_of_no_union_says_how_to_name_it(district, plant7, tmp_path, words):
    file = a_file(tmp_path / "a.csv", a_person(1), headings=OTHER_WORDS)
    with pytest.raises(CommandError, match=r"没有“所属工会”这一列.*--union") as caught:
        run("import_roll", str(file), *words)
    assert caught.value.returncode == 2
    assert not RollImport.objects.exclude(state="discarded").exists()


@pytest.mark.parametrize("words", [["--dry-run"], []], ids=["dry", "for good"])
def test_a_needed_column_that_is_missing_is_named(plant7, tmp_path, words):
    file = a_file(tmp_path / "a.csv", a_person(1), headings={"姓名": "姓名", "身份号": "证件号码"})
    with pytest.raises(CommandError, match="表头里要有这几列，没有找到：证件号码。") as caught:
        run("import_roll", str(file), *words)
    assert caught.value.returncode == 2


@pytest.mark.parametrize("command", ["import_unions", "import_roll"])
def test_what_cannot_be_read_ends_with_status_two(plant7, tmp_path, command):
    broken = tmp_path / "a.xlsx"
    broken.write_bytes(b"PK\x03\x04 nonsense")
    for file in (broken, tmp_path / "missing.xlsx"):
        with pytest.raises(CommandError) as caught:
            run(command, str(file))
        assert caught.value.returncode == 2


def test_a_roll_needs_one_tree(db, roll_file):
    with pytest.raises(CommandError) as caught:
        run("import_roll", str(roll_file))
    assert caught.value.returncode == 2
