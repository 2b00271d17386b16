"""Files made to keep a reader busy. What took the square of their length would not end here."""

from __future__ import annotations

import sys
from collections import deque
from types import FrameType

import pytest

from unionhall.base.tables import Sheet
from unionhall.base.unreadable import UnreadableFile
from unionhall.base.written_text import folded
from unionhall.domain.quiz.queries.bank_files import judged, read_bank_file
from unionhall.domain.quiz.rules.exchange import aiken
from unionhall.domain.quiz.rules.exchange.marked_up import flat
from unionhall.domain.quiz.rules.exchange.written import joined, parted
from unionhall.domain.quiz.rules.marking import is_right
from unionhall.domain.quiz.rules.papers import Slot
from unionhall.domain.quiz.rules.question_sheets import read_questions
from unionhall.domain.quiz.rules.questions import FILL

MANY, LONG = 100_000, 5_000_000
ACCENTS = "\u0301\u0316"  # of two classes, so that they must be sorted


def an_option_of(lines: int) -> str:
    return "几？\nA. 甲\n" + "又一行\n" * lines + "B. 乙\nANSWER: A\n"


def characters_returned(text: str) -> int:
    """How many characters of text the reader's own functions had in hand as they returned."""
    handled = 0

    def count(frame: FrameType, event: str, _arg: object) -> object:
        nonlocal handled
        if event == "return" and frame.f_code.co_name == "_take":
            texts = [each for each in frame.f_locals.values() if isinstance(each, str)]
            handled += sum(map(len, texts))
        return count

    sys.settrace(count)
    try:
        deque(aiken.read(text), maxlen=0)
    finally:
        sys.settrace(None)
    return handled


def test_twice_the_lines_are_twice_the_work():
    once, twice, four = (characters_returned(an_option_of(lines)) for lines in (500, 1_000, 2_000))
    assert once * 1.9 < twice < once * 2.1
    assert twice * 1.9 < four < twice * 2.1


BANKS = {
    "an aiken option of many lines": an_option_of(5 * MANY),
    "an aiken stem of many lines": "又一行\n" * 5 * MANY + "A. 甲\nB. 乙\nANSWER: A\n",
    "one line": "ANSWER: A" + "甲" * LONG,
    "many letters": "几？\nA. 甲\nANSWER: A" + ",A" * MANY,
    "open braces": "{" * MANY,
    "pairs of braces": "{}" * MANY,
    "one question of braces each": "{\n\n" * MANY,
    "answers": "几？{" + "~甲" * MANY + "=乙}",
    "blanks": "____、____{=" + "；" * MANY + "}",
    "a long blank": "____、____{=" + "甲" * LONG + "}",
    "tags that do not end": "// " + "[tag:" * MANY + "\n一？{T}",
    "comments": "// 难\n" * MANY + "一？{T}",
    "backslashes": "\\" * LONG + "一？{T}",
    "feedback": "一？{T" + "#" * MANY + "}",
    "a format": "一？{" + "=[html]<p>" * MANY + "}",
    "accents": "一" + ACCENTS * MANY + "？{T}",
    "ligatures": "\ufdfa" * MANY + "？{T}",
}  # fmt: skip


@pytest.mark.parametrize("text", BANKS.values(), ids=BANKS.keys())
def test_a_file_made_to_keep_us_busy_is_read_to_its_end(text):
    verdicts = judged(read_bank_file(text.encode(), name="题.txt"), known={})
    assert verdicts
    assert not [one for one in verdicts if one.accepted and len(one.values.stem) > 10_000]


def xml(inner: str, kind: str = "truefalse") -> str:
    return f'<?xml version="1.0"?><quiz><question type="{kind}">{inner}</question></quiz>'


def a_stem(text: str) -> str:
    return f'<questiontext format="html"><text><![CDATA[{text}]]></text></questiontext>'


MARKED_UP = {
    "tags that do not end": a_stem("<a " * MANY),
    "quotes that do not end": a_stem("<p class='" * MANY),
    "two kinds of quotes": a_stem("<p class='\"" * MANY),
    "sections": a_stem("<![" * MANY),
    "references": a_stem("&#" * MANY),
    "line ends": a_stem(" \n" * MANY),
    "edges": a_stem("<p> </p>\n" * MANY),
    "accents": a_stem(ACCENTS * MANY),
    "answers": a_stem("一？") + "<answer fraction='100'><text>true</text></answer>" * MANY,
    "pictures": a_stem("<img src='@@PLUGINFILE@@/a.png'>" * MANY),
    "one line": a_stem("甲" * LONG),
}  # fmt: skip


@pytest.mark.parametrize("inner", MARKED_UP.values(), ids=MARKED_UP.keys())
def test_xml_made_to_keep_us_busy_is_read_to_its_end(inner):
    (verdict,) = judged(read_bank_file(xml(inner).encode(), name="题.xml"), known={})
    assert not verdict.accepted


@pytest.mark.parametrize(
    "text",
    [
        "<quiz>" + "<a>" * MANY,
        "<quiz>" + "<a>" * MANY + "</a>" * MANY + "</quiz>",
        "<quiz><question><![CDATA[" + "]" * LONG,
        "<quiz " + "".join(f"a{at}='1' " for at in range(MANY)) + "></quiz",
        "<quiz>" + "&amp" * MANY,
        "<?xml version='1.0'?>" + "<!-- -" * MANY,
    ],
    ids=["nested", "nested and closed", "open section", "attributes", "references", "comment"],
)
def test_xml_that_is_broken_on_purpose_is_refused(text):
    with pytest.raises(UnreadableFile):
        read_bank_file(text.encode(), name="题.xml")


@pytest.mark.parametrize("row", [
    ["单选题", "几？", "A.甲" + "\n" * MANY + "B.乙", "A", "中", 1],
    ["单选题", "一" + ACCENTS * MANY, "A.甲\nB.乙", "A", "中", 1],
    ["单选题", "几？", "A.甲" + ACCENTS * MANY + "\nB.乙", "A", "中", 1],
    ["填空题", "____", None, "/" * MANY, "中", 1],
    ["填空题", "____" * 2, None, "；" * MANY, "中", 1],
    ["单选题", "几？", "A.甲\nB.乙", "A" * MANY, "中", 1],
    ["单选题", "几？", "A.甲\nB.乙", "A", "中", "9" * MANY],
])  # fmt: skip
def test_a_cell_made_to_keep_us_busy_is_judged(row):
    heads = ["题型", "题干", "选项", "答案", "难度", "分值"]
    _head, verdict = read_questions([Sheet("题", [heads, row])])
    assert verdict.accepted or verdict.reason_codes


@pytest.mark.parametrize("written", ["nan", "-nan", "inf", "1e999999999", "0.001", "100.004", "²"])
@pytest.mark.parametrize("heading", ["难度系数", "难易度", "分值"])
def test_what_only_looks_like_a_number_does_not_stop_an_import(heading, written):
    heads, row = ["题型", "题干", "答案", heading], ["判断题", "一。", "对", written]
    _head, verdict = read_questions([Sheet("题", [heads, row])])
    assert verdict.accepted == (heading != "分值" or written == "0.01")


def test_a_score_is_taken_as_it_will_be_stored():
    heads = ["题型", "题干", "答案", "分值"]
    rows = [["判断题", "一。", "对", 0.001], ["判断题", "二。", "对", 2.005]]
    _head, nothing, two = read_questions([Sheet("题", [heads, *rows])])
    assert nothing.reason_codes == ("SCORE_INVALID",)
    assert str(two.values.score) == "2.00"


def test_folding_is_that_of_unicode_up_to_thirty_accents():
    assert folded("Ａ㎏ｶﾞ") == "Akgガ"
    few = "a" + ACCENTS * 15
    assert folded(few) == folded(few[0] + ACCENTS[0] * 15 + ACCENTS[1] * 15)
    assert "\u034f" not in folded(few)
    assert "\u034f" in folded(few + ACCENTS)
    assert folded("ﾞ\u0316" * MANY).count("\u034f") > MANY / 20


def test_an_answer_of_accents_is_marked():
    blank = "甲" + ACCENTS * MANY
    assert is_right(FILL, [[blank]], Slot(1, [], 1), [blank])
    assert not is_right(FILL, [[blank]], Slot(1, [], 1), ["甲"])


def test_blanks_with_marks_in_them_come_back():
    accepted = [["a；b", "\\"], ["\\；", "c"]]
    assert parted(joined(accepted), 2) == accepted


def test_what_looks_like_a_tag_and_is_none_is_text():
    assert flat("若 a<b 则 AT&T，x&lt;5&nbsp;。<BR/>二").text == "若 a<b 则 AT&T，x<5 。\n二"
    assert flat("<![CDATA[").refused
    assert flat("<p onclick='x'>").refused
    assert not flat('<P Class="x>y">一</P>').refused
