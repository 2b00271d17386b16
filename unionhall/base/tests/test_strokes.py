from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionhall.base import strokes
from unionhall.base.strokes import NAME_HOLDS, order_of, strokes_of

FOLDER = Path(strokes.__file__).parent / "vendored"


@pytest.mark.parametrize(
    ("char", "count"),
    [
        ("一", 1), ("丁", 2), ("王", 4), ("仝", 5), ("𠮷", 6), ("李", 7), ("㛃", 9), ("䶮", 9), ("漷", 13),
        ("陈", 7), ("龙", 5), ("龚", 11), ("马", 3), ("龘", 48), ("A", None), ("\ue123", None), ("·", None),
    ],
)  # fmt: skip
def test_strokes_are_counted_also_of_rare_and_simplified_characters(
    char: str, count: int | None
) -> None:
    assert strokes_of(char) == count


def test_candidates_stand_by_the_strokes_of_their_surnames() -> None:
    right = [
        "丁霜降",
        "马小暑",
        "王一",
        "王立夏",
        "仝谷雨",
        "𠮷祥",
        "李白露",
        "㛃玉",
        "䶮天",
        "龚冬至",
        "\ue123寒",
    ]
    mixed = random.Random(3).sample(right, len(right))
    assert sorted(mixed, key=order_of) == right


def test_of_one_surname_the_given_name_decides_and_the_shorter_stands_first() -> None:
    assert sorted(["王立夏", "王立", "王一夏", "王"], key=order_of) == [
        "王",
        "王一夏",
        "王立",
        "王立夏",
    ]


def test_points_and_spaces_in_a_name_do_not_count() -> None:
    assert order_of("买买提·阿不都") == order_of("买买提•阿不都") == order_of("买买提 阿不都")


@given(st.text(max_size=90))
def test_every_name_has_a_key_that_a_column_holds(name: str) -> None:
    key = order_of(name)
    assert key.isascii()
    assert len(key) <= 9 * NAME_HOLDS


def test_the_table_is_the_one_that_its_page_names() -> None:
    table = (FOLDER / "strokes.bin").read_bytes()
    assert len(table) == sum(last - first + 1 for first, last in strokes.RANGES)
    assert hashlib.sha256(table).hexdigest() in (FOLDER / "README.md").read_text()
