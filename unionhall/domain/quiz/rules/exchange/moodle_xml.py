"""Moodle XML: https://docs.moodle.org/en/Moodle_XML_format, read without any outside entity.

Read and written are categories, choice, true or false, and short answer, with tags, points,
general feedback and pictures in stems and options; all else is refused by name. Difficulty travels
as the tag ``难度:中``. Pictures are read as they come: whoever keeps them has them drawn anew.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import unquote
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from unionhall.base.pictures import kind_of
from unionhall.domain.quiz.rules.exchange.gift import blanks
from unionhall.domain.quiz.rules.exchange.marked_up import Image, flat, marked_up
from unionhall.domain.quiz.rules.exchange.written import (
    BrokenFileError,
    Written,
    joined,
    plain_number,
    points,
)
from unionhall.domain.quiz.rules.questions import (
    DIFFICULTY_WORDS,
    FILL,
    JUDGE,
    LETTERS,
    LONGEST_PICTURE_TEXT,
    MEDIUM,
    MULTIPLE,
    SINGLE,
    WORD_OF_DIFFICULTY,
    Picture,
    QuestionDraft,
    blanks_in,
    category_of,
    name_of,
    tags_of,
    text_of,
)

DEEPEST = 30  # elements inside each other; Moodle needs seven
PICTURES = "@@PLUGINFILE@@/"
_DIFFICULTY = re.compile("难度[:：](.*)")
_MARKED_UP = ("html", "moodle_auto_format", "")


@dataclass(slots=True)
class _Element:
    """An element with what stands in it."""

    name: str
    attributes: dict[str, str]
    line: int
    children: list[_Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    def child(self, name: str) -> _Element | None:
        return next((child for child in self.children if child.name == name), None)

    def all(self, name: str) -> Iterator[_Element]:
        return (child for child in self.children if child.name == name)

    def text(self, *path: str) -> str:
        """The text of the first child of that path; empty where there is none."""
        found: _Element | None = self
        for name in path:
            found = found.child(name) if found is not None else None
        return "".join(found.pieces) if found is not None else ""


def read(text: str) -> Iterator[Written]:
    """The questions of a file, in order. Raises ``BrokenFileError``."""
    root = _parsed(text)
    if root.name != "quiz":
        raise BrokenFileError(root.line)
    category = ""
    for element in root.all("question"):
        if element.attributes.get("type") == "category":
            category = category_of(element.text("category", "text"))
        else:
            yield _question(element, category)


def _parsed(written: str) -> _Element:
    """The whole tree. A document type is refused: entities are how XML is made to explode."""
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    open_ones = [_Element("", {}, 1)]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_ones) > DEEPEST:
            raise BrokenFileError(parser.CurrentLineNumber)
        element = _Element(name, attributes, parser.CurrentLineNumber)
        open_ones[-1].children.append(element)
        open_ones.append(element)

    def refuse(*_told: object) -> None:
        raise BrokenFileError(parser.CurrentLineNumber)

    def text(data: str) -> None:
        open_ones[-1].pieces.append(data)

    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _name: open_ones.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(written.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise BrokenFileError(error.lineno) from error
    return open_ones[0].children[0]


@dataclass(slots=True)
class _Reading:
    """What was met on the way."""

    problems: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)

    def shown(self, element: _Element | None, option: str = "") -> str:
        """The text of a stem or an option; its pictures join the others."""
        text, images = self.text_and_images(element)
        if element is None or not images:
            return text
        self.pictures += self._pictures(element, images, option)
        if option and not text:  # a picture alone: who cannot see it chooses by its words
            text = text_of(images[0].text)
            (self.changes if text else self.problems).append(
                "option_from_picture" if text else "PICTURE_WORDLESS"
            )
        return text

    def _pictures(self, element: _Element, images: list[Image], option: str) -> Iterator[Picture]:
        """Those in the file; none of another server is fetched."""
        files = {one.attributes.get("name", ""): one for one in element.all("file")}
        for image in images:
            name = unquote(image.src.removeprefix(PICTURES))
            if not image.src.startswith(PICTURES) or name not in files:
                self.problems.append("PICTURE_MISSING")
                continue
            try:
                content = base64.b64decode(files[name].text(), validate=False)
            except binascii.Error:
                self.problems.append("PICTURE_INVALID")
                continue
            yield Picture(content, text_of(image.text)[:LONGEST_PICTURE_TEXT].strip(), option)

    def text(self, element: _Element | None) -> str:
        text, images = self.text_and_images(element)
        if images:
            self.problems.append("PICTURE_PLACE")
        return text

    def text_and_images(self, element: _Element | None) -> tuple[str, list[Image]]:
        if element is None:
            return "", []
        form = element.attributes.get("format", "")
        if form not in _MARKED_UP:
            return text_of(element.text("text")), []
        told = flat(element.text("text"), keep_lines=form != "html")
        if told.refused:
            self.problems.append("HTML_FORBIDDEN")
        if told.reshaped:
            self.changes.append("html_flattened")
        return text_of(told.text), told.images


def _question(element: _Element, category: str) -> Written:
    kind = element.attributes.get("type", "")
    if kind not in _ANSWERS:
        return Written(element.line, None, ("TYPE_UNSUPPORTED",))
    reading = _Reading()
    stem = reading.shown(element.child("questiontext"))
    difficulty, tags = _tags(element, reading)
    if any(one.text("feedback", "text").strip() for one in element.all("answer")):
        reading.changes.append("feedback_dropped")
    kind, stem, options, answer = _ANSWERS[kind](element, stem, reading)
    draft = QuestionDraft(
        kind,
        stem,
        answer,
        options,
        difficulty=difficulty,
        score=points(element.text("defaultgrade") or "1"),
        explanation=reading.text(element.child("generalfeedback")),
        category=category,
        tags=tags,
        name=name_of(element.text("name", "text"), stem=stem),
        pictures=tuple(reading.pictures),
    )
    return Written(element.line, draft, tuple(reading.problems), tuple(reading.changes))


_Told = tuple[str, str, tuple[str, ...], "list[str] | list[bool] | list[list[str]]"]


def _choice(element: _Element, stem: str, reading: _Reading) -> _Told:
    single = element.text("single").strip().casefold() in {"true", "1", ""}
    answers = list(element.all("answer"))
    shares = [_share(answer) for answer in answers]
    if single and any(0 < share < 100 for share in shares):  # noqa: PLR2004 — percent
        reading.changes.append("partial_credit_dropped")
    least = 100 if single else 0.001
    letters = [letter for letter, share in zip(LETTERS, shares, strict=False) if share >= least]
    kind = SINGLE if single else MULTIPLE
    options = zip(answers, LETTERS, strict=False)
    texts = [reading.shown(answer, letter) for answer, letter in options]
    texts += [reading.text(answer) for answer in answers[len(LETTERS) :]]  # too many, and refused
    return kind, stem, tuple(texts), letters


def _truth(element: _Element, stem: str, reading: _Reading) -> _Told:
    right = [answer for answer in element.all("answer") if _share(answer) == 100]  # noqa: PLR2004 — percent
    words = [answer.text("text").strip().casefold() for answer in right]
    if words not in (["true"], ["false"]):
        reading.problems.append("JUDGE_ANSWER_INVALID")
        return JUDGE, stem, (), []
    return JUDGE, stem, (), [words == ["true"]]


def _short(element: _Element, stem: str, reading: _Reading) -> _Told:
    answers = list(element.all("answer"))
    full = [text_of(answer.text("text")) for answer in answers if _share(answer) == 100]  # noqa: PLR2004 — percent
    if len(full) < len(answers):
        reading.changes.append("partial_credit_dropped")
    if stem and not blanks_in(stem):
        stem = f"{stem}____"
        reading.changes.append("blank_added")
    return FILL, stem, (), blanks(full, stem, reading.problems)


_ANSWERS = {"multichoice": _choice, "truefalse": _truth, "shortanswer": _short}


def _share(answer: _Element) -> float:
    try:
        return float(answer.attributes.get("fraction", "0"))
    except ValueError:
        return 0.0


def _tags(element: _Element, reading: _Reading) -> tuple[str, tuple[str, ...]]:
    """The difficulty and the other tags."""
    holder = element.child("tags")
    written = [text_of(tag.text("text")) for tag in holder.all("tag")] if holder else []
    difficulty, rest = "", []
    for tag in written:
        found = _DIFFICULTY.fullmatch(tag)
        if found:
            difficulty = DIFFICULTY_WORDS.get(found[1].strip(), "")
        else:
            rest.append(tag)
    if not difficulty:
        reading.changes.append("difficulty_defaulted")
    return difficulty or MEDIUM, tags_of("；".join(rest))


def write(drafts: Iterable[QuestionDraft]) -> str:
    """A file that ``read`` reads back to the same questions."""
    pieces, category = ['<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n'], ""
    for draft in drafts:
        if draft.category != category:
            category = draft.category
            path = escape(f"$course$/{category or 'top'}")
            pieces.append(
                f' <question type="category"><category><text>{path}</text></category></question>\n'
            )
        pieces.append(_element(draft))
    return "".join([*pieces, "</quiz>\n"])


_TYPES = {SINGLE: "multichoice", MULTIPLE: "multichoice", JUDGE: "truefalse", FILL: "shortanswer"}


def _element(draft: QuestionDraft) -> str:
    lines = [
        f' <question type="{_TYPES[draft.kind]}">',
        f"  <name><text>{escape(draft.name or _beginning(draft.stem))}</text></name>",
        f'  <questiontext format="html">{_stem(draft)}</questiontext>',
        f'  <generalfeedback format="html">{_html(draft.explanation)}</generalfeedback>',
        f"  <defaultgrade>{plain_number(draft.score)}</defaultgrade><penalty>0</penalty>",
        *_answers(draft),
        f"  <tags>{''.join(_tag(tag) for tag in _written_tags(draft))}</tags>",
        " </question>\n",
    ]
    return "\n".join(lines)


def _beginning(stem: str) -> str:
    """A name must be; one that repeats the stem is none when it comes back."""
    return " ".join(stem.split())[:40].strip()


def _written_tags(draft: QuestionDraft) -> list[str]:
    return [*draft.tags, f"难度:{WORD_OF_DIFFICULTY[draft.difficulty]}"]


def _tag(text: str) -> str:
    return f"<tag><text>{escape(text)}</text></tag>"


def _html(text: str) -> str:
    return f"<text>{escape(marked_up(text))}</text>"


def _stem(draft: QuestionDraft) -> str:
    return _shown(f"<p>{marked_up(draft.stem)}</p>", draft, "")


def _shown(marked: str, draft: QuestionDraft, option: str) -> str:
    """A text in HTML with the pictures that belong to it."""
    files = []
    for nth, one in enumerate(one for one in draft.pictures if one.option == option):
        name = f"picture{nth + 1}.{kind_of(one.content).suffix}"
        marked += f"<p><img src={quoteattr(PICTURES + name)} alt={quoteattr(one.text)}></p>"
        content = base64.b64encode(one.content).decode()
        files.append(f'<file name="{name}" path="/" encoding="base64">{content}</file>')
    return f"<text>{escape(marked)}</text>{''.join(files)}"


def _answers(draft: QuestionDraft) -> Iterator[str]:
    if draft.kind in {SINGLE, MULTIPLE}:
        single = str(draft.kind == SINGLE).lower()
        yield f"  <single>{single}</single><shuffleanswers>true</shuffleanswers>"
        right = [letter in draft.answer for letter in LETTERS[: len(draft.options)]]
        share = plain_number((Decimal(100) / (sum(right) or 1)).quantize(Decimal("0.00001")))
        wrong = "0" if draft.kind == SINGLE else "-100"
        for letter, text, yes in zip(LETTERS, draft.options, right, strict=False):
            shown = _shown(marked_up(text), draft, letter)
            yield _answer(share if yes else wrong, shown, form="html")
    elif draft.kind == JUDGE:
        for word, truth in (("true", True), ("false", False)):
            yield _answer("100" if draft.answer[0] is truth else "0", f"<text>{word}</text>")
    else:
        accepted = [list(map(str, blank)) for blank in draft.answer]  # type: ignore[arg-type]
        yield "  <usecase>0</usecase>"
        for text in accepted[0] if len(accepted) == 1 else joined(accepted):
            yield _answer("100", f"<text>{escape(text.replace('*', chr(92) + '*'))}</text>")


def _answer(share: str, text: str, *, form: str = "moodle_auto_format") -> str:
    feedback = '<feedback format="html"><text></text></feedback>'
    return f'  <answer fraction="{share}" format="{form}">{text}{feedback}</answer>'


def holds(draft: QuestionDraft) -> bool:
    """Whether the format has a place for all of it: whether it reads back as what it is."""
    return [one.draft for one in read(write([draft])) if not one.problems] == [draft]
