from io import StringIO

import pytest
from django.core.management import call_command

from unionhall.base.tables import Sheet
from unionhall.people.unions.models import Union
from unionhall.people.unions.rules import read_union_list

HEADINGS = ("工会名称", "上级工会", "组织级别")


def codes(*rows):
    verdicts = read_union_list([Sheet("台账", [HEADINGS, *rows])])[1:]
    return [";".join(verdict.reason_codes) or verdict.verdict for verdict in verdicts]


def test_levels_may_be_plain_numbers():
    rows = [
        ("丁区总工会", "", 1),
        ("丙街道", "丁区总工会", 2.0),
        ("甲", "丙街道", "3"),
        ("一", "甲", "４"),
    ]
    assert codes(*rows) == ["accepted"] * 4
    assert codes(rows[0], ("乙", "丁区总工会", 5)) == ["accepted", "LEVEL_UNKNOWN"]


def test_a_top_with_an_unknown_level_is_told_of_its_level():
    assert codes(("丁区总工会", "", "五级"), ("戊", "", "基层工会")) == [
        "LEVEL_UNKNOWN",
        "PARENT_NOT_FOUND",
    ]


@pytest.mark.django_db
def test_the_command_names_each_refused_row_and_its_reason(tmp_path):
    file = tmp_path / "unions.csv"
    file.write_text(
        "工会名称,上级工会,组织级别\n丁区总工会,,1\n甲工会,丁区总工会,五级\n", encoding="utf-8"
    )
    out = StringIO()
    call_command("import_unions", file, stdout=out)
    [line] = [line for line in out.getvalue().splitlines() if "甲工会" in line]
    assert "第 3 行" in line
    assert "不认识这个组织级别" in line
    assert "换成其中一种" in line
    assert Union.objects.get().name == "丁区总工会"


@pytest.mark.django_db
def test_the_command_says_what_it_did_and_what_it_would_do(tmp_path):
    file = tmp_path / "unions.csv"
    rows = ["工会名称,上级工会,组织级别", "丁区总工会,,1", "丙街道,丁区总工会,2"]

    def told(*rows, **options):
        file.write_text("\n".join(rows), encoding="utf-8")
        out = StringIO()
        call_command("import_unions", file, stdout=out, **options)
        return out.getvalue()

    assert "只是试一遍，什么都没有改。去掉 --dry-run 就会：新登记 2。" in told(*rows, dry_run=True)
    assert not Union.objects.exists()
    assert "导入完了：新登记 2。" in told(*rows)
    assert "导入完了：没有变化 2。" in told(*rows)
    told(*rows, "甲工会,丙街道,3")
    moved = told(*rows, "甲工会,丁区总工会,3")
    assert "1 个工会写的上级和现在的不一样，命令行不换上级" in moved
    assert Union.objects.get(name="甲工会").depth == 3
    assert "就会：没有一行可以导入。" in told(rows[0], "乙,没有这个,2", dry_run=True)
