"""What a file of questions is taken for: by what stands in it, in any usual encoding."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings

from unionhall.base.unreadable import UnreadableFile
from unionhall.domain.quiz.queries.bank_exports import workbook_of
from unionhall.domain.quiz.queries.bank_files import judged, read_bank_file
from unionhall.domain.quiz.tests.pictures import png
from unionhall.domain.quiz.tests.test_rules_exchange import a_bank

GIFT = "// difficulty=易 score=2\n::甲::燃气灶应当{=通风 ~密闭}\n"
FRENCH = "::Q1::Où est le café ? {=à côté ~là-bas}\n"
AIKEN = "燃气灶应当\nA. 通风\nB. 密闭\nANSWER: A\n"


def xml(inner: str, *, encoding: str = "UTF-8", kind: str = "truefalse") -> str:
    return (
        f'<?xml version="1.0" encoding="{encoding}"?><quiz><question type="{kind}">'
        f"<name><text>甲</text></name>{inner}</question></quiz>"
    )


def stem(text: str, more: str = "") -> str:
    return f'<questiontext format="html"><text><![CDATA[{text}]]></text>{more}</questiontext>'


TRUE = '<answer fraction="100"><text>true</text></answer>'


def verdicts(content, name="题.txt"):
    content = content if isinstance(content, bytes) else content.encode()
    return judged(read_bank_file(content, name=name), known={})


def codes(content, name="题.txt"):
    return [";".join(one.reason_codes) or "ok" for one in verdicts(content, name)]


def stems(content, name="题.txt"):
    return [one.values.stem for one in verdicts(content, name) if one.values]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize(
    "text", [GIFT, AIKEN, GIFT.replace("\n", "\r\n"), AIKEN.replace("\n", "\r")]
)
def test_text_is_read_in_any_usual_encoding(text, encoding):
    (one,) = verdicts(text.encode(encoding))
    assert (one.values.stem, one.values.options) == ("燃气灶应当", ("通风", "密闭"))


def test_windows_1252_is_read():
    (one,) = verdicts(FRENCH.encode("cp1252"))
    assert (one.values.stem, one.values.options) == ("Où est le café ?", ("à côté", "là-bas"))


@pytest.mark.parametrize("encoding", ["gb2312", "windows-1252", "utf-8", "utf-16"])
def test_xml_is_read_as_it_says(encoding):
    text = "<p>Café fermé ?</p>" if encoding == "windows-1252" else "<p>阀门开着？</p>"
    told = xml(stem(text) + TRUE, encoding=encoding).replace("甲", "Q1")
    assert stems(told.encode(encoding.replace("windows-", "cp")), "x") == [text[3:-4]]


def test_xml_that_says_a_wrong_encoding_is_read_as_what_it_is():
    assert stems(xml(stem("<p>阀门开着？</p>") + TRUE).encode("gbk")) == ["阀门开着？"]


@pytest.mark.parametrize(
    "content",
    [
        b"<?xml version='1.0'?><!DOCTYPE quiz [<!ENTITY a 'b'>]><quiz/>",
        b"<?xml version='1.0'?><html/>",
        b"<?xml version='1.0'?><quiz><question>",
        b"<quiz>" + b"<a>" * 100 + b"</a>" * 100 + b"</quiz>",
        b"<?xml version='1.0'?><!DOCTYPE q SYSTEM 'file:///etc/passwd'><quiz>&x;</quiz>",
        b"", b"\0\0", b"\x89PNG\r\n\x1a\n\0\0",
    ],
)  # fmt: skip
def test_what_is_no_bank_is_refused(content):
    with pytest.raises(UnreadableFile):
        read_bank_file(content, name="题.xml")


def test_a_name_of_gift_over_something_else_is_told():
    with pytest.raises(UnreadableFile, match="没有 GIFT、Aiken 或 Moodle XML 的题目"):
        read_bank_file("姓名,电话\n".encode(), name="题.gift")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("一？{=甲 ~乙", "FORMAT_BROKEN"),
        ("一？{=甲 ~乙}{=丙}", "FORMAT_BROKEN"),
        ("一？}{=甲 ~乙}", "FORMAT_BROKEN"),
        ("一？{}", "TYPE_UNSUPPORTED"),
        ("一？{#3:0.5}", "TYPE_UNSUPPORTED"),
        ("一？{=甲 -> 乙 =丙 -> 丁}", "TYPE_UNSUPPORTED"),
        ("没有花括号\n\n二？{T}", "TYPE_UNSUPPORTED;ok"),
        ("一？{~甲 ~乙}", "ANSWER_EMPTY"),
        ("一？{=甲 =乙 ~丙}", "SINGLE_MULTI_ANSWER"),
        ("一？{=甲}", "ok"),
        ("一？{=*甲*}", "ANSWER_PATTERN"),
        ("一____和____？{=甲；乙}", "ok"),
        ("一____和____？{=甲}", "BLANK_MISMATCH"),
        ("{=甲 ~乙}", "STEM_EMPTY"),
        ("一<b>二</b>？{T}", "HTML_FORBIDDEN"),
        ("[html]<p>一<b>二</b>？</p>{T}", "ok"),
        ("[html]<p onclick=x>一？</p>{T}", "HTML_FORBIDDEN"),
        ("[html]<script>x</script>一？{T}", "HTML_FORBIDDEN"),
        ("[html]<img src='http://x/y.png'>一？{T}", "HTML_FORBIDDEN"),
        ("// score=0\n一？{T}", "SCORE_INVALID"),
        ("// score=x\n一？{T}", "SCORE_INVALID"),
        ("一？{=1 ~2 ~3 ~4 ~5 ~6 ~7 ~8 ~9}", "OPTION_TOO_MANY"),
        ("一？{T}\n\n一 ？{T}\n\n一。{F}", "ok;DUP_STEM;DUP_STEM_CONFLICT"),
    ],
)
def test_gift_question_gets_its_verdict(written, code):
    assert ";".join(codes(written)) == code


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("一？\nA. 甲\nB. 乙\nANSWER: C\n", "ANSWER_OUT_OF_RANGE"),
        ("一？\nA. 甲\nC. 乙\nANSWER: A\n", "OPTION_GAP"),
        ("一？\nA. 甲\nB. 乙\n\n二？\nA. 甲\nB. 乙\nANSWER: A\n", "ANSWER_EMPTY;ok"),
        ("一？\nANSWER: A\n", "OPTION_TOO_FEW;ANSWER_OUT_OF_RANGE"),
        ("ANSWER: A\n", "STEM_EMPTY;OPTION_TOO_FEW;ANSWER_OUT_OF_RANGE"),
        ("一？\nA) 甲\nB) 乙\nanswer：a、b\n", "ok"),
        (
            "一？\nA. 甲\nB. 乙\nANSWER: 甲A\n\n二？\nA. 甲\nB. 乙\nANSWER: A\n",
            "ANSWER_NOT_LETTER;ok",
        ),
        ("一？\n\nA. 甲\n\nB. 乙\n\nANSWER: A\n收尾的话", "ok;FORMAT_BROKEN"),
    ],
)
def test_aiken_question_gets_its_verdict(written, code):
    assert ";".join(codes(written)) == code


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        (stem("<p>一？</p>") + TRUE, "ok"),
        (stem("<p>一？</p>"), "JUDGE_ANSWER_INVALID"),
        (stem("<p>一？<script>x</script></p>") + TRUE, "HTML_FORBIDDEN"),
        (stem("<p>一？<a href='javascript:x'>看</a></p>") + TRUE, "HTML_FORBIDDEN"),
        (stem("<p>一？&lt;script&gt;</p>") + TRUE, "HTML_FORBIDDEN"),
        (stem("<p>一？<img src='http://x/a.png'></p>") + TRUE, "PICTURE_MISSING"),
        (stem("<p>一？<img src='@@PLUGINFILE@@/a.png'></p>") + TRUE, "PICTURE_MISSING"),
        (stem("<p>一？<img src='a'><img src='b'></p>") + TRUE, "PICTURE_MISSING"),
        (stem("x" * 10_001) + TRUE, "TEXT_TOO_LONG"),
    ],
)  # fmt: skip
def test_xml_question_gets_its_verdict(inner, code):
    assert codes(xml(inner))[0].split(";")[-1] == code


@pytest.mark.django_db
def test_a_picture_of_moodle_is_taken_and_another_file_is_not():
    def told(content: bytes):
        held = f'<file name="a b.png" encoding="base64">{base64.b64encode(content).decode()}</file>'
        shown = "<p>一？<img src='@@PLUGINFILE@@/a%20b.png' alt='一个阀门'></p>"
        return verdicts(xml(stem(shown, held) + TRUE))[0]

    assert told(png()).values.pictures[0].text == "一个阀门"
    assert told(b"<svg/>").reason_codes == ("PICTURE_INVALID",)


def test_unknown_kinds_of_moodle_are_told_by_their_line():
    (one,) = verdicts(xml("\n", kind="essay"))
    assert (one.reason_codes, one.reasons[0].facts) == (("TYPE_UNSUPPORTED",), {"line": 1})


def test_paragraphs_of_moodle_become_lines():
    told = '<p dir="ltr">一&nbsp;<span style="color:red">甲</span></p>\n<p>二<br>\n三</p>'
    (one,) = verdicts(xml(stem(told) + TRUE))
    assert one.values.stem == "一 甲\n二\n三"
    assert "html_flattened" in one.normalisations


def test_a_table_of_text_is_a_table_under_any_name():
    head = "题型\t题干\t答案\n判断题\t一？\t对\n"
    assert codes(head, "题.txt")[-1] == codes(head.replace("\t", ","), "题.csv")[-1] == "ok"


@settings(max_examples=25, deadline=None)
@given(a_bank())
def test_a_workbook_comes_back_as_it_went(bank):
    read = verdicts(workbook_of(bank), "bank.xlsx")
    taken = [one.values for one in read[1:] if not one.reason_codes]
    new = [draft for draft, one in zip(bank, read[1:], strict=True) if not one.reason_codes]
    assert taken == new
    assert {one.reason_codes for one in read} <= {
        (),
        ("DUP_STEM",),
        ("DUP_STEM_CONFLICT",),
        ("HEADER",),
    }


@pytest.mark.parametrize(
    "content",
    [
        "\n" * 300_000 + "一？{T}",
        "A. \n" * 100_000 + "ANSWER: A",
        "一？" + " " * 300_000 + "{T",
        "{" * 300_000,
        "::" * 150_000 + "{T}",
        "// " + "[tag:\\]" * 60_000 + "\n一？{T}",
        "[html]" + "<!--" * 100_000 + "{T}",
        "[html]<a" + " " * 15_000 + "=" * 4_000 + "{T}",
        "一？<a " + "=" * 300_000 + "{T}",
        xml(stem("<p>" * 5_000 + " \n" * 5_000)),
        xml("<answer>" * 20 + "</answer>" * 20),
    ],
    ids=range(11),
)
def test_a_file_made_to_take_long_is_read_all_the_same(content):
    """A reader whose time grew with the square of any of these would not come back."""
    assert verdicts(content, "题.gift")
