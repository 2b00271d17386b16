from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionhall.base.text_tables import MAX_COLUMNS, decoded, rows_of
from unionhall.base.unreadable import UnreadableFile

RARE = "𠮷𬱖𪚥𫘧𬭎𫍽㛃䶮漷"
ROLL = "序号,姓名,所属工会\r\n1,周白露,某某机械厂工会委员会\r\n2,何立夏,某某街道总工会\r\n"
UTF16 = ("utf-16", "utf-16-le", "utf-16-be")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", *UTF16])
def test_every_encoding_that_has_the_character_gives_it_back(encoding):
    text = ROLL + RARE + "\r\n"
    assert decoded(text.encode(encoding)) == text


def test_gbk_is_read_as_what_contains_it():
    assert decoded(ROLL.encode("gbk")) == ROLL


@pytest.mark.parametrize("mark", [b"\xff\xfe", b"\xfe\xff"])
def test_utf_16_with_a_mark_of_either_order(mark):
    encoding = "utf-16-le" if mark == b"\xff\xfe" else "utf-16-be"
    assert decoded(mark + ROLL.encode(encoding)) == ROLL


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("department", ["一车间", "二车间", "一一一一一一一一", "一上一下"])
def test_utf_16_without_a_mark_though_a_character_has_a_zero_byte(encoding, department):
    text = "姓名,部门\n" + f"周白露,{department}\n" * 9
    assert decoded(text.encode(encoding)) == text


@pytest.mark.parametrize(
    "content", [b"a,\0\0\nb,c\nde\n", "姓名,\n".encode("utf-16-le") + "一,\n".encode("utf-16-be")]
)
def test_zero_bytes_on_both_sides_of_commas_are_refused(content):
    assert len(content) % 2 == 0
    with pytest.raises(UnreadableFile):
        decoded(content)


@pytest.mark.parametrize(
    ("first", "second", "line"), [("utf-8", "gbk", 4), ("gbk", "utf-8", 4), ("utf-8-sig", "gbk", 4)]
)
def test_two_encodings_in_one_file_are_refused_with_the_line(first, second, line):
    with pytest.raises(UnreadableFile) as refusal:
        decoded(ROLL.encode(first) + "3,苏惊蛰,某某商场工会委员会\r\n".encode(second))
    assert (refusal.value.reason, refusal.value.line) == ("mixed", line)
    assert "4" in refusal.value.why


def test_one_broken_character_of_a_long_file_is_shown_not_read_as_another():
    content = ROLL.encode() * 40
    at = content.index("周".encode(), len(content) // 2)
    with pytest.raises(UnreadableFile) as refusal:
        decoded(content[:at] + content[at + 1 :])
    assert refusal.value.reason == "mixed"
    assert refusal.value.line == content.count(b"\n", 0, at) + 1


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"\xff\xff\x81\x00abc", 1), (b"a,b\n\x00", 2), (b"\xff\xfea", 1), (b"a\n\xff\n", 2)],
)
def test_what_is_no_text_is_refused_with_the_line(content, line):
    with pytest.raises(UnreadableFile) as refusal:
        decoded(content)
    assert (refusal.value.reason, refusal.value.line) == ("encoding", line)


def test_big5_is_called_by_its_name():
    text = "序號,姓名,所屬工會\r\n1,周白露,某某機械廠工會委員會\r\n2,何立夏,某某街道總工會\r\n"
    for encoding in ("big5", "cp950"):
        with pytest.raises(UnreadableFile) as refusal:
            decoded(text.encode(encoding))
        assert refusal.value.reason == "big5"


WESTERN = "stem,answer\r\nLe café est-il fermé à midi ?,oui\r\n“naïve” – façade,Straße\r\n"


def test_western_text_is_read_where_it_is_asked_for():
    content = WESTERN.encode("cp1252")
    assert decoded(content, western=True) == WESTERN
    with pytest.raises(UnreadableFile) as refusal:  # a roll is Chinese: GB 18030 and nothing else
        decoded(content)
    assert (refusal.value.reason, refusal.value.line) == ("encoding", 2)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", *UTF16])
def test_chinese_is_not_taken_for_western(encoding):
    assert decoded(ROLL.encode(encoding), western=True) == ROLL


@pytest.mark.parametrize(
    ("text", "encoding"),
    [("Ça va été ?,oui\r\n", "utf-8"), ("阀门开着,对\r\n", "gbk"), ("阀门开着,对\r\n", "utf-8")],
)
def test_western_text_with_a_line_of_another_encoding_is_refused_with_it(text, encoding):
    with pytest.raises(UnreadableFile) as refusal:
        decoded(WESTERN.encode("cp1252") + text.encode(encoding), western=True)
    assert (refusal.value.reason, refusal.value.line) == ("mixed", 4)


def test_western_text_has_no_bytes_without_a_meaning():
    with pytest.raises(UnreadableFile) as refusal:
        decoded(WESTERN.encode("cp1252") + b"a\x81b\r\n", western=True)
    assert (refusal.value.reason, refusal.value.line) == ("encoding", 4)


@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FA5), min_size=1, max_size=400))
def test_rare_words_in_gb_18030_are_not_taken_for_anything_else(words):
    """Negative control of the two refusals: any unified ideographs, however rare."""
    text = f"姓名,所属工会\r\n{words},某某机械厂工会委员会\r\n"
    try:
        assert decoded(text.encode("gb18030")) == text
    except UnreadableFile as refusal:
        # Only a page of nothing but rare characters may look like another encoding.
        assert refusal.reason in {"mixed", "big5"}
        assert sum(bool(one.encode("gb2312", "ignore")) for one in text) < len(text) * 0.75


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_fields_are_separated_by_what_most_lines_have(delimiter):
    lines = [
        ["姓名", "部门", "备注"],
        ["周白露", "一车间", "甲,乙,丙,丁"],
        ["何立夏", "二车间", ""],
    ]
    if delimiter == ",":
        lines[1][2] = "甲"
    text = "某某工会会员名册\n" + "\n".join(delimiter.join(line) for line in lines)
    rows = rows_of(text)
    assert rows[0] == ["某某工会会员名册"]
    assert rows[2] == ["周白露", "一车间", lines[1][2]]
    assert rows[3] == ["何立夏", "二车间", None]


def test_record_numbers_count_blank_lines_and_cells_of_many_lines_once():
    rows = rows_of('姓名,地址\n\n"周白露","一街\n二号"\n何立夏,\n')
    assert rows == [["姓名", "地址"], [], ["周白露", "一街\n二号"], ["何立夏", None]]


@pytest.mark.parametrize(
    "text",
    [
        '姓名,电话\n甲,1\n"周白露,2\n何立夏,3\n',
        '姓名,电话\n甲,1\n"周白露,2\n何立夏,3\n苏惊蛰",4\n',
        '姓名,电话\n甲,1\n"周白露,2\n' + "何立夏,3\n" * 20_000,
    ],
)
def test_a_quote_that_nobody_closed_does_not_swallow_rows(text):
    with pytest.raises(UnreadableFile) as refusal:
        rows_of(text)
    assert (refusal.value.reason, refusal.value.line) == ("quotes", 3)


@pytest.mark.parametrize("width", [1, 200, MAX_COLUMNS])
def test_a_text_may_have_one_column_or_two_hundred(width):
    rows = rows_of("\n".join(",".join(f"列{at}" for at in range(width)) for _ in range(3)))
    assert [len(row) for row in rows] == [width] * 3


@given(st.binary(max_size=300))
def test_any_bytes_are_a_table_or_refused(content):
    try:
        rows_of(decoded(content))
    except UnreadableFile as refusal:
        assert "{" not in refusal.why
