"""GIFT, Aiken and Moodle XML: the sample files exactly, round trips of anything, broken files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unionhall.domain.quiz.rules.exchange import aiken, gift, moodle_xml
from unionhall.domain.quiz.rules.exchange.marked_up import flat, marked_up
from unionhall.domain.quiz.rules.exchange.written import (
    BrokenFileError,
    QuestionFile,
    joined,
    parted,
    read_file,
)
from unionhall.domain.quiz.rules.questions import (
    DIFFICULTY_WORDS,
    FILL,
    JUDGE,
    LETTERS,
    MULTIPLE,
    SINGLE,
    QuestionDraft,
    blanks_in,
    category_of,
    faults_of,
    name_of,
    tags_of,
    text_of,
)
from unionhall.domain.quiz.tests.pictures import a_picture

DATA = Path(__file__).resolve().parents[4] / "demo" / "data" / "questions_exchange"
DIFFICULTY = {"易": "easy", "中": "medium", "难": "hard"}
FORMATS = {"gift.txt": gift, "aiken.txt": aiken, "moodle.xml": moodle_xml}
FILES = [
    (name, suffix)
    for name in ("single30", "mixed30")
    for suffix in FORMATS
    if (name, suffix) != ("mixed30", "aiken.txt")
]


def read(text: str, form):
    return read_file(QuestionFile("题", tuple(form.read(text))))


def drafts(text: str, form):
    return [verdict.values for verdict in read(text, form)]


def every_question():
    for name, suffix in FILES:
        text = (DATA / f"{name}.{suffix}").read_text("utf-8")
        verdicts = read(text, FORMATS[suffix])
        lines = (DATA / f"{name}.expected.jsonl").read_text("utf-8").splitlines()
        assert len(verdicts) == len(lines)
        for verdict, line in zip(verdicts, map(json.loads, lines), strict=True):
            yield pytest.param(suffix, verdict, line, id=f"{name}.{suffix}-{line['id']}")


@pytest.mark.parametrize(("suffix", "verdict", "line"), list(every_question()))
def test_question_is_read_as_expected(suffix, verdict, line):
    draft = verdict.values
    right = line["answer"] if isinstance(line["answer"], list) else [line["answer"]]
    assert verdict.row == line["source"]
    assert (draft.kind, draft.stem, list(draft.options), draft.answer) == (
        line["type"], line["stem"], line["options"], right,
    )  # fmt: skip
    if suffix != "aiken.txt":  # which has neither
        assert (draft.difficulty, float(draft.score), draft.explanation, draft.name) == (
            DIFFICULTY[line["difficulty"]], line["score"], line["explanation"], line["id"],
        )  # fmt: skip
        assert draft.category == "职工大讲堂"
    if suffix == "moodle.xml":
        assert list(draft.tags) == [line["tag"]]
        assert verdict.normalisations == ()


# --- there and back -------------------------------------------------------------------------

WORDS = st.text(
    st.one_of(st.sampled_from("~=#{}:\\<>&[]%_*；;|/.，。 \n\t\"'-$@甲𠀀?AB1"), st.characters()),
    max_size=30,
).map(text_of)
SOME = WORDS.filter(bool)


@st.composite
def questions(draw, *, stems=SOME, texts=SOME):
    kind = draw(st.sampled_from([SINGLE, MULTIPLE, JUDGE, FILL]))
    stem, options, answer = draw(stems), (), draw(st.booleans().map(lambda yes: [yes]))
    if kind in {SINGLE, MULTIPLE}:
        options = tuple(draw(st.lists(texts, min_size=2, max_size=8, unique=True)))
        letters = st.sampled_from(LETTERS[: len(options)])
        most = 1 if kind == SINGLE else len(options)
        answer = sorted(draw(st.lists(letters, min_size=1, max_size=most, unique=True)))
    if kind == FILL:
        stem = text_of(stem + "____" + draw(texts))
        blank = st.lists(texts, min_size=1, max_size=3, unique=True)
        answer = [draw(blank) for _ in range(blanks_in(stem))]
    name = name_of(draw(WORDS), stem=stem)
    return QuestionDraft(
        kind,
        stem,
        answer,
        options,
        difficulty=draw(st.sampled_from(sorted(set(DIFFICULTY_WORDS.values())))),
        score=draw(st.decimals("0.01", "100", places=2)),
        explanation=draw(WORDS),
        category=category_of(draw(WORDS)),
        tags=tuple(tag for tag in tags_of(draw(WORDS)) if not tag.startswith(("难度:", "难度："))),
        name=name,
    )


def a_bank(**texts):
    return st.lists(questions(**texts).filter(lambda draft: not faults_of(draft)), max_size=5)


@given(a_bank())
def test_moodle_xml_comes_back_as_it_went(bank):
    assert [one.draft for one in moodle_xml.read(moodle_xml.write(bank))] == bank


@given(a_bank())
def test_gift_comes_back_as_it_went(bank):
    bank = [one for one in bank if one.kind != FILL or "->" not in str(one.answer)]
    assert [one.draft for one in gift.read(gift.write(bank))] == bank


@given(a_bank())
def test_aiken_comes_back_with_what_it_has_a_place_for(bank):
    fitting = [one for one in bank if aiken.holds(one)]
    read = [one.draft for one in aiken.read(aiken.write(bank))]
    assert [(one.stem, one.options, one.answer) for one in read] == [
        (one.stem, one.options, one.answer) for one in fitting
    ]


@given(st.lists(st.lists(SOME, min_size=1, max_size=5, unique=True), min_size=2, max_size=4))
def test_several_blanks_in_one_answer_are_told_apart(blanks):
    assert parted(joined(blanks), len(blanks)) == blanks


@given(WORDS)
def test_plain_text_as_html_is_the_same_text(text):
    assert flat(marked_up(text)).text == text


@pytest.mark.parametrize("form", list(FORMATS.values()), ids=list(FORMATS))
@given(text=st.text(st.one_of(st.sampled_from("{}=~#:\\\n<>/?&;%ABANSWER "), st.characters())))
def test_nothing_that_is_written_breaks_the_reader(form, text):
    try:
        read_file(QuestionFile("题", tuple(form.read(text_of(text)))))
    except BrokenFileError as error:
        assert error.line >= 1


def test_a_picture_travels_in_moodle_xml():
    draft = QuestionDraft(JUDGE, "图里的阀门开着。", [True], pictures=(a_picture("一个阀门"),))
    assert drafts(moodle_xml.write([draft]), moodle_xml) == [draft]
