"""Large made-up rolls, the same ones again from the same seed.

    .venv/bin/python -m bench.rolls --rows 100000 --dirt 0.1 --seed 1 roll.xlsx

The people do not exist: ID numbers of region 99xxxx, phones 199 00xx xxxx, the unions of
``demo/data/unions.xlsx``. The dirt is one of ten kinds, evenly; what must become of it is known.
"""

from __future__ import annotations

import argparse
import csv
import io
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import xlsxwriter

from unionhall.base.chinese_ids import made_up_id

UNIONS = Path(__file__).resolve().parents[1] / "demo/data/unions.expected.csv"
TODAY = date(2026, 11, 20)
HEADINGS = (
    "姓名", "性别", "民族", "证件类型", "证件号码", "出生日期", "手机号码", "所属工会", "部门",
    "学历", "技能等级", "会籍状态", "入会日期",
)  # fmt: skip
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁"
    "任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫"
    "孔向汤温康施文牛樊葛邢安齐易乔伍庞"
)
COMPOUND = ("欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙")
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红建国文辉力佳雪晨宇浩然子涵梓轩一诺思远俊凯"
    "欣怡嘉琪雨桐博瑞晓东志远海燕春梅立冬白露惊蛰"
)
RARE = "𠮷𬱖𪚥𫘧𬭎𫍽"
PEOPLES = ("汉族",) * 18 + ("回族", "满族", "壮族", "朝鲜族")
DEPARTMENTS = ("综合部", "财务部", "市场部", "质检部", "一车间", "二车间", "门店一部", "配送站")
DEGREES = ("初中", "高中", "中专", "大专", "大专", "本科", "本科", "硕士研究生")
GRADES = ("", "", "", "初级工", "中级工", "高级工", "技师", "高级技师")
PHONES = 500_000  # 199 0000 0000 to 199 0049 9999
MEN, SHORT_NAMES, COMPOUND_SURNAMES = 0.6, 0.22, 0.01  # shares
TO_COPY = 1000  # so many rows are remembered, to be copied further down


@dataclass(frozen=True, slots=True)
class Person:
    """One row as its sender wrote it; a phone as a number is a phone that Excel was given."""

    name: str
    sex: str
    people: str
    id_number: str
    born_on: date
    phone: str | int
    union: str
    department: str
    degree: str
    grade: str
    standing: str
    joined_on: date

    def cells(self) -> tuple[str | int | date, ...]:
        """In the order of ``HEADINGS``."""
        return (
            self.name, self.sex, self.people, "居民身份证", self.id_number, self.born_on,
            self.phone, self.union, self.department, self.degree, self.grade, self.standing,
            self.joined_on,
        )  # fmt: skip


@dataclass
class Roll:
    """Draws people, and spoils some; ``verdicts`` counts what must become of the rows."""

    rows: int
    dirt: float
    seed: int = 1
    verdicts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)  # noqa: S311 - to be repeatable, not secret
        self.issued: set[str] = set()
        self.phones = iter(self.random.sample(range(PHONES), min(PHONES, self.rows)))
        self.accepted: list[Person] = []
        weights = members_by_union()
        self.unions, self.weights = list(weights), list(weights.values())

    def people(self) -> Iterator[Person]:
        """All rows; the dirty ones are spread evenly."""
        dirty = 0
        for nth in range(1, self.rows + 1):
            person = self.one(nth)
            verdict = "accepted"
            if nth > 1 and int(nth * self.dirt) > dirty:
                person, verdict = DIRT[dirty % len(DIRT)](self, person)
                dirty += 1
            if verdict != "rejected" and len(self.accepted) < TO_COPY:
                self.accepted.append(person)
            self.verdicts[verdict] += 1
            yield person

    def one(self, nth: int) -> Person:
        """A clean row."""
        pick, man = self.random.choice, self.random.random() < MEN
        born = TODAY - timedelta(days=self.random.randint(19 * 366, 64 * 365))
        joins = date(born.year + 19, 1, 1)
        (union,) = self.random.choices(self.unions, self.weights)
        phone = next(self.phones, None)
        return Person(
            name=self.name(nth),
            sex="男" if man else "女",
            people=pick(PEOPLES),
            id_number=self.id_number(born, man=man),
            born_on=born,
            phone="" if phone is None else f"1990{phone:07}",
            union=union,
            department=pick(DEPARTMENTS),
            degree=pick(DEGREES),
            grade=pick(GRADES),
            standing="在籍",
            joined_on=joins + timedelta(days=self.random.randint(0, max(0, (TODAY - joins).days))),
        )

    def name(self, nth: int) -> str:
        """Every thousandth has a character beyond the BMP."""
        surname = self.random.choice(
            COMPOUND if self.random.random() < COMPOUND_SURNAMES else SURNAMES
        )
        given = self.random.choices(GIVEN, k=1 if self.random.random() < SHORT_NAMES else 2)
        if nth % 1000 == 0:
            given[-1] = self.random.choice(RARE)
        return surname + "".join(given)

    def id_number(self, born: date, *, man: bool, ends: str = "") -> str:
        """One that nobody has yet."""
        while True:
            region = f"{990100 + self.random.randint(1, 18)}"
            sequence = self.random.randrange(1 if man else 0, 1000, 2)
            number = made_up_id(region=region, born=born, sequence=sequence)
            if number not in self.issued and number.endswith(ends):
                self.issued.add(number)
                return number

    def elsewhere(self, union: str) -> str:
        """Another union."""
        return next(other for other in self.random.sample(self.unions, 2) if other != union)


def members_by_union() -> dict[str, int]:
    """Grassroots unions that the demonstration knows, with their size."""
    with UNIONS.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["level"] == "3"]
    return {row["name"]: int(row["members"]) for row in rows if row["verdict"] != "rejected"}


def wrong_check_digit(_roll: Roll, person: Person) -> tuple[Person, str]:
    """The last place says something else."""
    last = "1" if person.id_number[-1] != "1" else "2"
    return replace(person, id_number=person.id_number[:-1] + last), "rejected"


def phone_as_number(_roll: Roll, person: Person) -> tuple[Person, str]:
    """Excel was given a number; nothing happens where there is no phone."""
    if not person.phone:
        return person, "accepted"
    return replace(person, phone=int(person.phone)), "accepted_normalised"


def trailing_space(_roll: Roll, person: Person) -> tuple[Person, str]:
    """Behind the name."""
    return replace(person, name=f"{person.name} "), "accepted_normalised"


def ten_digits(_roll: Roll, person: Person) -> tuple[Person, str]:
    """A phone that lost one."""
    return replace(person, phone="1990000123"), "rejected"


def exact_copy(roll: Roll, _person: Person) -> tuple[Person, str]:
    """Of a row further up."""
    return roll.random.choice(roll.accepted), "rejected"


def unknown_union(_roll: Roll, person: Person) -> tuple[Person, str]:
    """Nobody in the tree has this name."""
    return replace(person, union="云桥样例无此单位工会委员会"), "rejected"


def lower_x(roll: Roll, person: Person) -> tuple[Person, str]:
    """As many people write it."""
    number = roll.id_number(person.born_on, man=person.sex == "男", ends="X")
    return replace(person, id_number=number.lower()), "accepted_normalised"


def retired(_roll: Roll, person: Person) -> tuple[Person, str]:
    """A word for 保留会籍."""
    return replace(person, standing="退休"), "accepted_normalised"


def in_two_unions(roll: Roll, _person: Person) -> tuple[Person, str]:
    """Somebody from further up, in a second union."""
    person = roll.random.choice(roll.accepted)
    return replace(person, union=roll.elsewhere(person.union)), "rejected"


def no_phone(_roll: Roll, person: Person) -> tuple[Person, str]:
    """Which is worth a warning only."""
    return replace(person, phone=""), "accepted"


DIRT: tuple[Callable[[Roll, Person], tuple[Person, str]], ...] = (
    wrong_check_digit, phone_as_number, trailing_space, ten_digits, exact_copy, unknown_union,
    lower_x, retired, in_two_unions, no_phone,
)  # fmt: skip


def as_xlsx(roll: Roll) -> bytes:
    """The workbook as a streaming writer makes it: ID numbers and phones are text."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"constant_memory": True, "strings_to_urls": False}) as book:
        text, day = (
            book.add_format({"num_format": "@"}),
            book.add_format({"num_format": "yyyy-mm-dd"}),
        )
        page = book.add_worksheet("名册")
        page.write_row(0, 0, HEADINGS)
        for at, person in enumerate(roll.people(), start=1):
            for column, cell in enumerate(person.cells()):
                if isinstance(cell, date):
                    page.write_datetime(at, column, cell, day)
                elif isinstance(cell, int):
                    page.write_number(at, column, cell)
                elif cell:
                    page.write_string(at, column, cell, text if column in {4, 6} else None)
    return out.getvalue()


def main() -> None:
    """Write one to a file, and say what must become of its rows."""
    parser = argparse.ArgumentParser(prog="python -m bench.rolls", description="Make up a roll.")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--dirt", type=float, default=0.1, help="the share of dirty rows")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("file", type=Path)
    given = parser.parse_args()
    roll = Roll(given.rows, given.dirt, given.seed)
    given.file.write_bytes(as_xlsx(roll))
    print(*(f"{verdict} {count}" for verdict, count in sorted(roll.verdicts.items())), sep="\n")


if __name__ == "__main__":
    main()
