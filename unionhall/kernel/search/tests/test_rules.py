from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionhall.kernel.search.rules import excerpt, marked, matches, pieces_of, tokens_of

TITLE = "冬季用气安全大讲堂 第3期"


@pytest.mark.parametrize(
    "wanted",
    [
        "安全", "气安", "冬", "大讲堂", "用气 讲堂", "第3期", "3", "djyq", "yqaq", "dongji", "jiangtang",
        "anquan 冬季", "ＤＪＹＱ", "用\u200b气", "anq",
    ],
)  # fmt: skip
def test_a_part_of_a_word_is_found_and_so_is_its_pinyin(wanted: str) -> None:
    assert matches(pieces_of(wanted), TITLE)


@pytest.mark.parametrize(
    "wanted", ["安冬", "全安", "用安", "冬天", "4", "qyq", "ongji", "安全 春季"]
)
def test_what_does_not_stand_there_is_not_found(wanted: str) -> None:
    assert not matches(pieces_of(wanted), TITLE)


@pytest.mark.parametrize("name", ["𠮷祥楼", "㛃玉", "䶮字", "𪚥龘", "\ue123厂"])
def test_rare_characters_are_characters_like_others(name: str) -> None:
    tokens = tokens_of(name, "")
    assert {name[0], name[:2]} <= set(tokens)
    assert matches(pieces_of(name[0]), f"在{name}见")
    assert matches(pieces_of(name), name)


def test_two_forms_of_one_character_are_one() -> None:
    assert matches(pieces_of("葛\U000e0100布"), "葛布")
    assert matches(pieces_of("金"), "\uf90a工")  # a compatibility ideograph


def test_the_pinyin_of_a_text_is_not_looked_at_but_its_words_are() -> None:
    assert not matches(pieces_of("yqaq"), "通知", "用气安全")
    assert matches(pieces_of("App"), "通知", "下载 app 2.0")


@pytest.mark.parametrize("wanted", ["", "   ", "，。！", "'", "\\", "&|!()<->:*", "\u200b"])
def test_nothing_to_look_for_is_no_piece(wanted: str) -> None:
    assert pieces_of(wanted) == []


def test_what_was_looked_for_is_marked_in_the_text_as_it_was_written() -> None:
    assert marked(pieces_of("安全"), "用气安全") == [("用气", False), ("安全", True)]
    assert marked(pieces_of("yq"), "冬季用气") == [("冬季", False), ("用气", True)]
    assert marked(pieces_of("yongqi"), "冬季用气") == [("冬季", False), ("用气", True)]
    assert marked(pieces_of("a5"), "ＡＢ Ａ５纸") == [
        ("ＡＢ ", False),
        ("Ａ５", True),
        ("纸", False),
    ]


def test_an_excerpt_holds_what_was_looked_for() -> None:
    text = "头" * 200 + "燃气报警器" + "尾" * 200
    cut = excerpt(pieces_of("报警"), text)
    assert "报警" in cut
    assert cut[0] == cut[-1] == "…"
    assert excerpt(pieces_of("报警"), "报警器") == "报警器"


HAN = st.text(st.sampled_from("安全用气冬季讲堂𠮷㛃䶮一二"), min_size=1, max_size=12)


@given(HAN, HAN, st.data())
def test_every_part_of_a_title_is_found(before: str, after: str, data: st.DataObject) -> None:
    title = before + after
    begin = data.draw(st.integers(0, len(title) - 1))
    end = data.draw(st.integers(begin + 1, len(title)))
    assert matches(pieces_of(title[begin:end]), title)
    parts = marked(pieces_of(title[begin:end]), title)
    assert "".join(text for text, _hit in parts) == title


@given(st.text(max_size=80), st.text(max_size=80))
def test_any_text_can_be_looked_for_in_any_other(wanted: str, text: str) -> None:
    pieces = pieces_of(wanted)
    assert "".join(part for part, _hit in marked(pieces, text)) == text
    tokens_of(text, wanted)
