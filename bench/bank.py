"""A bank of 20,000 questions taken in, and 1,000 papers drawn from it by rules.

The floor of the first: the rows it came to, put into the same tables by COPY. The floor of the
second: one statement by bare psycopg that draws as the rules say, least used first, and counts.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator

import psycopg
import xlsxwriter
from django.db import connection

from bench._harness import Figure, database, medians, seconds
from unionhall.domain.quiz import actions as quiz
from unionhall.domain.quiz.models import (
    Admission,
    Attempt,
    Bank,
    Contest,
    Question,
    QuestionVersion,
)
from unionhall.domain.quiz.rules.papers import Rule, draw_of, marks_of
from unionhall.kernel.allotment.tests.rows import a_crowd
from unionhall.people.unions import actions as tree
from unionhall.people.unions.models import Union

QUESTIONS, PAPERS = 20_000, 1_000
GOALS = {"import": 8.0, "draw": 3.0}
HEADINGS = (
    "题型", "题干", "选项A", "选项B", "选项C", "选项D", "正确答案", "难度", "分值", "解析",
    "知识点", "目录",
)  # fmt: skip
KINDS = {"单选题": "single", "多选题": "multiple", "判断题": "judge", "填空题": "fill"}
DIFFICULTIES = {"易": "easy", "中": "medium", "难": "hard"}
TAGS = ("用气", "用电", "防火", "急救", "工会法", "女职工", "心理", "劳动合同")
PLACES = ("一层楼道", "车间东门", "宿舍厨房", "配电间", "会议室", "食堂后厨", "仓库", "锅炉房")
RULES = (
    Rule("single", 10, 2, "easy", "用气"),
    Rule("single", 10, 3, "medium", "用电"),
    Rule("single", 5, 4, "hard", "工会法"),
    Rule("multiple", 6, 4, "medium", "防火"),
    Rule("multiple", 4, 4, "hard", "急救"),
    Rule("judge", 10, 1, "easy", "心理"),
    Rule("judge", 5, 1, "medium", "女职工"),
    Rule("fill", 5, 4, "", "劳动合同"),
)
ONE_DRAW = """
    WITH rule (nth, kind, difficulty, tag, wanted) AS (VALUES {rules}),
    ranked AS (
        SELECT rule.nth, rule.wanted, version.id, version.question_id,
               jsonb_array_length(version.options),
               row_number() OVER (PARTITION BY rule.nth ORDER BY question.uses, random()) AS turn
        FROM quiz_question_version AS version
        JOIN quiz_question AS question ON question.id = version.question_id
        JOIN rule ON version.kind = rule.kind AND rule.difficulty IN ('', version.difficulty)
                 AND version.tags @> ARRAY[rule.tag]::varchar[]
        WHERE question.bank_id = %(bank)s AND question.retired_at IS NULL AND version.current
    ),
    drawn AS (SELECT * FROM ranked WHERE turn <= wanted),
    counted AS (
        UPDATE quiz_question SET uses = uses + 1
        WHERE id IN (SELECT question_id FROM drawn) RETURNING id
    )
    SELECT * FROM drawn
"""


def figures(rounds: int) -> Iterator[Figure]:
    """The import and the draw, each beside its floor."""
    content = a_bank_as_xlsx(random.Random(1))  # noqa: S311 - made-up questions
    with database("bench_bank"):
        tree.found("七号厂工会", parent=None, level=Union.Level.GRASSROOTS)
        took = medians(rounds, lambda: one_import(content))
        yield Figure("bank_import", took["ours"], "s", took["floor"], GOALS["import"])
        take_in(content)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        took = medians(rounds, one_thousand_papers)
        yield Figure("bank_draw", took["ours"], "s", took["floor"], GOALS["draw"])


def a_bank_as_xlsx(chance: random.Random) -> bytes:
    """The same questions again from the same seed."""
    output = io.BytesIO()
    with xlsxwriter.Workbook(output, {"in_memory": True}) as book:
        sheet = book.add_worksheet("题库")
        sheet.write_row(0, 0, HEADINGS)
        for nth in range(1, QUESTIONS + 1):
            sheet.write_row(nth, 0, a_question(nth, chance))
    return output.getvalue()


def a_question(nth: int, chance: random.Random) -> list[object]:
    """One row of a bank; no two stems are alike."""
    kind, tag = chance.choice(list(KINDS)), chance.choice(TAGS)
    place, minutes = chance.choice(PLACES), chance.randrange(2, 60)
    stem = f"第 {nth} 题：{place}发现隐患，{minutes} 分钟内应当怎样做？"
    options, answer = ["关闭阀门", "通风报告", "离开现场", "继续作业"], chance.choice("ABCD")
    if kind == "多选题":
        answer = "".join(sorted(chance.sample("ABCD", 2)))
    elif kind == "判断题":
        stem, options, answer = (
            f"第 {nth} 题：{place}可以临时用火。",
            [""] * 4,
            chance.choice("对错"),
        )
    elif kind == "填空题":
        stem, options, answer = f"第 {nth} 题：{place}隔 {minutes} 天查 ____ 次。", [""] * 4, "3/三"
    difficulty = chance.choice(list(DIFFICULTIES))
    return [
        kind,
        stem,
        *options,
        answer,
        difficulty,
        2,
        f"见{tag}手册第 {minutes} 页",
        tag,
        f"安全/{tag}",
    ]


def take_in(content: bytes) -> None:
    """All that the product does between the file and the last row."""
    sent = quiz.import_questions(
        content, name="题库.xlsx", union=Union.objects.get(), bank_name="大题库", by=None
    )
    assert sum(sent.counts["verdicts"].values()) == QUESTIONS + 1  # with its header


def one_import(content: bytes) -> dict[str, float]:
    """Ours, then the rows that it came to by COPY; the bank is empty before and after."""
    ours = seconds(lambda: take_in(content))
    with connection.cursor() as cursor:
        rows = {}
        for model in (Question, QuestionVersion):
            cursor.execute(f"SELECT * FROM {model._meta.db_table} ORDER BY id")
            rows[model._meta.db_table] = cursor.fetchall()
        empty(*rows)
        floor = seconds(lambda: copied(rows))
        empty(*rows, "quiz_bank_import", "quiz_bank")
    return {"ours": ours, "floor": floor}


def empty(*tables: str) -> None:
    """For the next round; TRUNCATE leaves no dead rows behind."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(tables)} CASCADE")


def copied(rows: dict[str, list[tuple[object, ...]]]) -> None:
    """The same rows, by bare psycopg, in one transaction."""
    with bare() as database, database.cursor() as cursor:
        for table, found in rows.items():
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                for row in found:
                    copy.write_row(row)


def one_thousand_papers() -> dict[str, float]:
    """Members start, each with a paper of her own; beside it the draw as one statement."""
    bank, union = Bank.objects.get(), Union.objects.get()
    full = marks_of(draw_of(RULES))
    contest = Contest.objects.create(
        union=union, title="大题库", bank=bank, draw=draw_of(RULES), full_marks=full,
        pass_mark=full, minutes=30, state=Contest.State.PUBLISHED,
    )  # fmt: skip
    crowd = a_crowd(PAPERS, union)
    Admission.objects.bulk_create(Admission(contest=contest, member=member) for member in crowd)

    def ours() -> None:
        for member in crowd:
            quiz.start_attempt(contest, member)

    took = {"floor": seconds(lambda: drawn_in_sql(bank.pk)), "ours": seconds(ours)}
    papers = Attempt.objects.filter(contest=contest).values_list("paper", flat=True)
    assert [sum(slot[2] for slot in paper) for paper in papers] == [full] * PAPERS
    return took


def drawn_in_sql(bank: int) -> None:
    """The floor: no shuffling, no attempt, no ledger."""
    values = ", ".join(
        f"({nth}, '{rule.kind}', '{rule.difficulty}', '{rule.tag}', {rule.count})"
        for nth, rule in enumerate(RULES)
    )
    statement = ONE_DRAW.format(rules=values)
    with bare() as database:
        for _nth in range(PAPERS):
            with database.transaction():
                drawn = database.execute(statement, {"bank": bank}).fetchall()
            assert len(drawn) == sum(rule.count for rule in RULES)


def bare() -> psycopg.Connection:
    """A connection to the database of the bench, without Django."""
    params = connection.get_connection_params()
    for name in ("cursor_factory", "context", "prepare_threshold"):
        params.pop(name, None)
    return psycopg.connect(**params)
