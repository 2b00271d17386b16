"""What a file of questions is, by what stands in it, and what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from unionhall.base.spreadsheets import LONGEST_SHEET_NAME, MAX_BYTES, read_workbook
from unionhall.base.tables import Sheet
from unionhall.base.text_tables import decoded
from unionhall.base.unreadable import UnreadableFile
from unionhall.domain.quiz.rules.exchange import aiken, gift, moodle_xml
from unionhall.domain.quiz.rules.exchange.encodings import declared, is_western
from unionhall.domain.quiz.rules.exchange.written import (
    BrokenFileError,
    QuestionFile,
    Written,
    read_file,
)
from unionhall.domain.quiz.rules.question_sheets import read_questions
from unionhall.domain.quiz.rules.verdicts import QuestionVerdict

Source = Sequence[Sheet] | QuestionFile

_WORKBOOK = (b"PK", b"\xd0\xcf\x11\xe0")
_TABLES = (".csv", ".tsv", ".tab")
_EXCHANGED = (".gift", ".xml")
_AIKEN = re.compile(r"^[ \t]*ANSWER[ \t]*[:：][ \t]*[A-Z]", re.IGNORECASE | re.MULTILINE)
_GIFT = re.compile(r"(?<!\\)\{")


class BrokenXml(UnreadableFile):
    """Moodle XML that ends in the middle, or is another kind of XML; ``line`` is where."""

    def __init__(self, line: int) -> None:
        super().__init__("damaged", line=line)
        self.why = _("到第 %(line)s 行为止，不是一份完整的 Moodle XML。") % {"line": line}
        self.next = _("在 Moodle 里重新导出题库，再传一次。")


class NoQuestions(UnreadableFile):
    """A name of GIFT or Moodle XML over something else."""

    def __init__(self) -> None:
        super().__init__("damaged")
        self.why = _("里面没有 GIFT、Aiken 或 Moodle XML 的题目。")
        self.next = _("看看选的是不是这个文件。")


def read_bank_file(content: bytes, *, name: str) -> Source:
    """A workbook, a csv, GIFT, Aiken or Moodle XML. Raises ``UnreadableFile``.

    ``name`` is the file's own name. It only tells a table of text from GIFT and Aiken.
    """
    if len(content) > MAX_BYTES or not content.strip():
        return read_workbook(content, name=name)  # which says so
    if content.startswith(_WORKBOOK) or name.lower().endswith(_TABLES):
        return read_workbook(content, name=name)
    text = text_in(content)
    if text.lstrip().startswith(("<?xml", "<quiz")):
        return _file(name, _each_or_broken(moodle_xml.read(text)))
    if _AIKEN.search(text):
        return _file(name, aiken.read(text))
    if _GIFT.search(text):
        return _file(name, gift.read(text))
    if name.lower().endswith(_EXCHANGED):
        raise NoQuestions
    return read_workbook(content, name=name)


def text_in(content: bytes) -> str:
    """The text, by what it says of itself, as Western, or as Chinese; line ends are line feeds."""
    encoding = declared(content) or ("cp1252" if is_western(content) else "")
    try:
        text = content.decode(encoding) if encoding else decoded(content)
    except UnicodeDecodeError:
        text = decoded(content)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _file(name: str, questions: Iterator[Written]) -> QuestionFile:
    return QuestionFile(Path(name).stem[:LONGEST_SHEET_NAME], tuple(questions))


def _each_or_broken(questions: Iterator[Written]) -> Iterator[Written]:
    try:
        yield from questions
    except BrokenFileError as error:
        raise BrokenXml(error.line) from error


def judged(source: Source, *, known: Mapping[str, frozenset[str]]) -> list[QuestionVerdict]:
    """The verdict on every row or question; ``known`` is what the bank has.

    Raises ``NoHeaderError``.
    """
    if isinstance(source, QuestionFile):
        return read_file(source, known=known)
    return read_questions(source, known=known)
