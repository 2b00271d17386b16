"""What a file of questions is, by what stands in it, and what it holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from django.utils.translation import gettext as _

from unionhall.base.pictures import redrawn
from unionhall.base.spreadsheets import MAX_BYTES, TEXT_ENDINGS, read_workbook
from unionhall.base.tables import Sheet
from unionhall.base.text_tables import decoded
from unionhall.base.unreadable import UnreadableFile
from unionhall.base.written_tables import LONGEST_SHEET_NAME
from unionhall.domain.quiz.models import QuestionPicture
from unionhall.domain.quiz.rules.exchange import aiken, gift, moodle_xml
from unionhall.domain.quiz.rules.exchange.encodings import declared, is_western
from unionhall.domain.quiz.rules.exchange.written import (
    BrokenFileError,
    QuestionFile,
    Written,
    read_file,
)
from unionhall.domain.quiz.rules.question_sheets import read_questions
from unionhall.domain.quiz.rules.questions import Picture
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
        self.kept = f"broken_xml {line}"
        self.why = _("到第 %(line)s 行为止，不是一份完整的 Moodle XML。") % {"line": line}
        self.next = _("在 Moodle 里重新导出题库，再传一次。")


class NoQuestions(UnreadableFile):
    """A name of GIFT or Moodle XML over something else."""

    def __init__(self, _line: int = 0) -> None:
        super().__init__("damaged")
        self.kept = "no_questions"
        self.why = _("里面没有 GIFT、Aiken 或 Moodle XML 的题目。")
        self.next = _("看看选的是不是这个文件。")


class NoStems(UnreadableFile):
    """A table without the one column that every bank has."""

    def __init__(self, _line: int = 0) -> None:
        super().__init__("no_header")
        self.kept = "no_stems"
        self.why = _("没有找到题干这一列。")
        self.next = _("把那一列的列名写成“题干”、“题目”或者“试题内容”，再传一次。")


_OF_BANKS: Mapping[str, Callable[[int], UnreadableFile]] = {
    "broken_xml": BrokenXml,
    "no_questions": NoQuestions,
    "no_stems": NoStems,
}


def refusal_kept_as(problem: str) -> UnreadableFile:
    """The refusal whose ``kept`` this is, in the words of whoever reads it."""
    reason, _space, line = problem.partition(" ")
    ours = _OF_BANKS.get(reason)
    return ours(int(line or 0)) if ours else UnreadableFile(problem)


def read_bank_file(content: bytes, *, name: str) -> Source:
    """A workbook, a csv, GIFT, Aiken or Moodle XML. Raises ``UnreadableFile``.

    ``name`` is the file's own name. It only tells a table of text from GIFT and Aiken.
    """
    if len(content) > MAX_BYTES or not content.strip():
        return read_workbook(content, name=name)  # which says so
    if content.startswith(_WORKBOOK) or name.lower().endswith(_TABLES):
        return read_workbook(as_table(content, name=name), name=name)
    text = text_in(content)
    if text.lstrip().startswith(("<?xml", "<quiz")):
        return _with_pictures_drawn(_file(name, _each_or_broken(moodle_xml.read(text))))
    if _AIKEN.search(text):
        return _file(name, aiken.read(text))
    if _GIFT.search(text):
        return _file(name, gift.read(text))
    if name.lower().endswith(_EXCHANGED):
        raise NoQuestions
    return read_workbook(as_table(content, name=name), name=name)


def as_table(content: bytes, *, name: str) -> bytes:
    """The file as ``read_workbook`` takes it: a table of Western text as UTF-8, all else as it is."""
    if content.startswith(_WORKBOOK) or not name.lower().endswith(TEXT_ENDINGS):
        return content
    try:
        return content.decode("cp1252").encode() if is_western(content) else content
    except UnicodeDecodeError:
        return content


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


def _with_pictures_drawn(file: QuestionFile) -> QuestionFile:
    """No byte of a picture from outside is kept; those that we drew ourselves come back as they are."""
    sent = {one.content for written in file.questions for one in _pictures_of(written)}
    if not sent:
        return file
    digests = {hashlib.sha256(content).hexdigest(): content for content in sent}
    ours = QuestionPicture.objects.filter(digest__in=digests).values_list("digest", flat=True)
    drawn: dict[bytes, bytes | None] = {digests[digest]: digests[digest] for digest in ours}
    others = [content for content in sent if content not in drawn]
    drawn.update(zip(others, redrawn(others), strict=True))
    return replace(file, questions=tuple(_drawn(written, drawn) for written in file.questions))


def _pictures_of(written: Written) -> tuple[Picture, ...]:
    return written.draft.pictures if written.draft else ()


def _drawn(written: Written, drawn: Mapping[bytes, bytes | None]) -> Written:
    if written.draft is None or not written.draft.pictures:
        return written
    contents = [(one, drawn[one.content]) for one in written.draft.pictures]
    pictures = tuple(replace(one, content=content) for one, content in contents if content)
    lost = ("PICTURE_INVALID",) * (len(pictures) < len(contents))
    draft = replace(written.draft, pictures=pictures)
    return replace(written, draft=draft, problems=(*written.problems, *lost))


def judged(source: Source, *, known: Mapping[str, frozenset[str]]) -> list[QuestionVerdict]:
    """The verdict on every row or question; ``known`` is what the bank has.

    Raises ``NoHeaderError``.
    """
    if isinstance(source, QuestionFile):
        return read_file(source, known=known)
    return read_questions(source, known=known)
