"""GIFT, the text format of Moodle: https://docs.moodle.org/en/GIFT_format.

Read and written are choice, true or false, and short answer; all else is refused by name. What
the format has no place for stands in the comment above a question, ``difficulty=中 score=3``, and
tags as Moodle puts them there, ``[tag:…]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from unionhall.domain.quiz.rules.exchange.marked_up import flat
from unionhall.domain.quiz.rules.exchange.written import (
    Written,
    joined,
    parted,
    plain_number,
    points,
)
from unionhall.domain.quiz.rules.questions import (
    BLANK,
    DIFFICULTY_WORDS,
    FILL,
    JUDGE,
    LETTERS,
    MEDIUM,
    MULTIPLE,
    SINGLE,
    WORD_OF_DIFFICULTY,
    QuestionDraft,
    blanks_in,
    category_of,
    name_of,
    tags_of,
    text_of,
)

CATEGORY = "$CATEGORY:"
GAP = "____"
# While a question is taken apart, what stood behind a backslash is out of the way.
_HIDDEN = dict(zip("~=#{}:\\n", map(chr, range(8)), strict=True))
_BACK = str.maketrans({hidden: "\n" if char == "n" else char for char, hidden in _HIDDEN.items()})
_ESCAPE = re.compile(r"\\([~=#{}:\\n])")
_SPECIAL = re.compile(r"[~=#{}:\\\n]")
_SETTING = re.compile(r"(?:^|\s)(difficulty|score)=(\S+)")
_TAG = re.compile(r"\[tag:((?:\\\]|[^\]]){1,200})\]")
_NAME = re.compile(r"\s*::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]")
_WEIGHT = re.compile(r"\s*%(-?[0-9.]+)%")
_WILD = re.compile(r"(?<!\\)\*")
_TRUTH = {"t": True, "true": True, "f": False, "false": False}


def read(text: str) -> Iterator[Written]:
    """The questions of a file, in order; a broken one does not spoil the next."""
    category = ""
    for chunk in _chunks(text):
        if chunk.category is None:
            yield _question(chunk, category)
        else:
            category = category_of(chunk.category)


@dataclass(slots=True)
class _Chunk:
    """Lines up to a blank one. ``line`` is the number of its first, comments apart."""

    line: int = 0
    lines: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    category: str | None = None


def _chunks(text: str) -> Iterator[_Chunk]:
    chunk = _Chunk()
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        bare = line.strip()
        if bare.startswith("//"):
            chunk.comments.append(bare[2:])
        elif bare and not bare.startswith(CATEGORY):
            chunk.line = chunk.line or number
            chunk.lines.append(line)
        else:
            if chunk.lines:
                yield chunk
            chunk = _Chunk()
            if bare:
                yield _Chunk(number, category=bare.removeprefix(CATEGORY))


@dataclass(slots=True)
class _Reading:
    """What was met on the way."""

    problems: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

    def text(self, hidden: str, form: str = "") -> str:
        """The text of a piece, which may begin with its own format."""
        found = _FORMAT.match(hidden)
        form, rest = (found[1], hidden[found.end() :]) if found else (form, hidden)
        shown = rest.translate(_BACK)
        if form != "html":
            return text_of(shown)
        told = flat(shown)
        if told.refused or told.images:
            self.problems.append("HTML_FORBIDDEN")
        if told.reshaped:
            self.changes.append("html_flattened")
        return text_of(told.text)


def _question(chunk: _Chunk, category: str) -> Written:
    reading = _Reading()
    hidden = _ESCAPE.sub(lambda found: _HIDDEN[found[1]], _without_invisible(chunk.lines))
    named = _NAME.match(hidden)
    body = hidden[named.end() :] if named else hidden
    found = _FORMAT.match(body)
    form, body = (found[1], body[found.end() :]) if found else ("", body)
    before, opened, rest = body.partition("{")
    inside, closed, after = rest.partition("}")
    if (opened and not closed) or "{" in inside or "{" in after or "}" in before + after:
        return Written(chunk.line, None, ("FORMAT_BROKEN",))
    if not opened:
        return Written(chunk.line, None, ("TYPE_UNSUPPORTED",))
    stem = reading.text(before + (GAP + after if after.strip() else ""), form)
    draft = _draft(inside, stem, form, reading)
    if draft is None:
        return Written(chunk.line, None, tuple(reading.problems) or ("TYPE_UNSUPPORTED",))
    name = name_of(named[1].translate(_BACK), stem=draft.stem) if named else ""
    draft = _with_comments(draft, chunk, name, category, reading)
    return Written(chunk.line, draft, tuple(reading.problems), tuple(reading.changes))


def _without_invisible(lines: Iterable[str]) -> str:
    """Also frees the eight control characters that ``_HIDDEN`` uses."""
    return "\n".join(text_of(line) for line in lines)


def _draft(inside: str, stem: str, form: str, reading: _Reading) -> QuestionDraft | None:
    content, _marks, general = inside.partition("####")
    explanation = reading.text(general, form)
    word, *feedback = content.split("#")
    if word.strip().casefold() in _TRUTH:
        _note_feedback("".join(feedback), reading)
        truth = [_TRUTH[word.strip().casefold()]]
        return QuestionDraft(JUDGE, stem, truth, explanation=explanation)
    if not content.strip() or content.lstrip()[0] not in "=~":
        return None  # an essay, a number, or something else
    given = [_Given.read(piece, reading, form) for piece in re.split(r"(?=[=~])", content)[1:]]
    if all(one.equal for one in given):
        if any("->" in one.text for one in given):
            return None  # pairs to be matched
        return _fill(given, stem, explanation, reading)
    return _choice(given, stem, explanation, reading)


@dataclass(frozen=True, slots=True)
class _Given:
    """One answer: whether ``=`` or ``~``, and what share of the points it gives, in percent."""

    equal: bool
    weight: float | None
    text: str

    @classmethod
    def read(cls, piece: str, reading: _Reading, form: str) -> _Given:
        text, _mark, feedback = piece[1:].partition("#")
        _note_feedback(feedback, reading)
        found = _WEIGHT.match(text)
        text = text[found.end() :] if found else text
        return cls(piece[0] == "=", _share(found[1]) if found else None, reading.text(text, form))

    @property
    def right(self) -> bool:
        return self.equal if self.weight is None else self.weight > 0


def _share(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 0.0


def _note_feedback(feedback: str, reading: _Reading) -> None:
    if feedback.strip(" #\n"):
        reading.changes.append("feedback_dropped")


def _choice(given: list[_Given], stem: str, explanation: str, reading: _Reading) -> QuestionDraft:
    kind = SINGLE if any(one.equal for one in given) else MULTIPLE
    right = [one.right for one in given]
    if kind == SINGLE:
        right = [one.equal if one.weight is None else one.weight == 100 for one in given]  # noqa: PLR2004 — percent
        if any(one.weight not in {None, 0, 100} and not one.equal for one in given):
            reading.changes.append("partial_credit_dropped")
    letters = [LETTERS[at] for at, yes in enumerate(right[: len(LETTERS)]) if yes]
    options = tuple(one.text for one in given)
    return QuestionDraft(kind, stem, letters, options, explanation=explanation)


def _fill(given: list[_Given], stem: str, explanation: str, reading: _Reading) -> QuestionDraft:
    if blanks_in(stem) == 0:
        stem = f"{stem}{GAP}"
        reading.changes.append("blank_added")
    full = [one.text for one in given if one.weight in {None, 100.0}]
    if len(full) < len(given):
        reading.changes.append("partial_credit_dropped")
    return QuestionDraft(FILL, stem, blanks(full, stem, reading.problems), explanation=explanation)


def blanks(answers: Iterable[str], stem: str, problems: list[str]) -> list[list[str]]:
    """Short answers as the accepted texts of each blank; ``*`` alone stands for anything."""
    texts = list(dict.fromkeys(text for text in answers if text))
    if any(_WILD.search(text) for text in texts):
        problems.append("ANSWER_PATTERN")
    texts = [text.replace("\\*", "*") for text in texts]
    if not texts:
        problems.append("ANSWER_EMPTY")
        return []
    wanted = blanks_in(stem)
    return [texts] if wanted <= 1 else parted(texts, wanted)


def _with_comments(
    draft: QuestionDraft, chunk: _Chunk, name: str, category: str, reading: _Reading
) -> QuestionDraft:
    comment = text_of(" ".join(chunk.comments))
    tags = [found.replace("\\]", "]") for found in _TAG.findall(comment)]
    told = dict(_SETTING.findall(_TAG.sub(" ", comment)))
    difficulty = DIFFICULTY_WORDS.get(told.get("difficulty", ""))
    if difficulty is None:
        reading.changes.append("difficulty_defaulted")
    if "score" not in told:
        reading.changes.append("score_defaulted")
    return QuestionDraft(
        draft.kind,
        draft.stem,
        draft.answer,
        draft.options,
        difficulty=difficulty or MEDIUM,
        score=points(told["score"]) if "score" in told else Decimal(1),
        explanation=draft.explanation,
        category=category,
        tags=tags_of("；".join(tags)),
        name=name,
    )


def write(drafts: Iterable[QuestionDraft]) -> str:
    """A file that ``read`` reads back to the same questions; pictures have no place in it."""
    pieces, category = [], ""
    for draft in drafts:
        if draft.category != category:
            category = draft.category
            pieces.append(f"{CATEGORY} {category or 'top'}\n")
        pieces.append(f"{_comment(draft)}\n{_body(draft)}\n")
    return "\n".join(pieces)


def _comment(draft: QuestionDraft) -> str:
    tags = "".join(" [tag:" + tag.replace("]", r"\]") + "]" for tag in draft.tags)
    word = WORD_OF_DIFFICULTY[draft.difficulty]
    return f"// difficulty={word} score={plain_number(draft.score)}{tags}"


def _body(draft: QuestionDraft) -> str:
    name = f"::{_safe(draft.name)}::"
    general = f"####{_piece(draft.explanation)}" if draft.explanation else ""
    if draft.kind == JUDGE:
        return f"{name}{_piece(draft.stem)}{{{'TRUE' if draft.answer[0] else 'FALSE'}{general}}}"
    if draft.kind == FILL:
        return name + _filled(draft, general)
    lines = [*_choices(draft), general] if general else _choices(draft)
    inside = "".join(f"\t{line}\n" for line in lines)
    return f"{name}{_piece(draft.stem)}{{\n{inside}}}"


def _choices(draft: QuestionDraft) -> Iterator[str]:
    """A weight is said where there must be one, and where the text would be taken for one."""
    right = [letter in draft.answer for letter in LETTERS[: len(draft.options)]]
    share = plain_number((Decimal(100) / (sum(right) or 1)).quantize(Decimal("0.00001")))
    for text, yes in zip(draft.options, right, strict=True):
        if draft.kind == MULTIPLE:
            yield f"~%{share if yes else -100}%{_piece(text)}"
        else:
            weight = f"%{100 if yes else 0}%" if text.startswith("%") else ""
            yield f"{'=' if yes else '~'}{weight}{_piece(text)}"


def _filled(draft: QuestionDraft, general: str) -> str:
    """Inside the sentence where its one blank is, as the format likes it; else behind it."""
    accepted = [list(map(str, blank)) for blank in draft.answer]  # type: ignore[arg-type]
    texts = accepted[0] if len(accepted) == 1 else joined(accepted)
    answers = " ".join(
        ("=%100%" if text.startswith("%") else "=") + _piece(text.replace("*", r"\*"))
        for text in texts
    )
    gaps = BLANK.findall(draft.stem)
    before, _gap, after = draft.stem.partition(GAP)
    if gaps == [GAP] and after.strip() and not _needs_format(draft.stem):
        return f"{_safe(before)}{{{answers}{general}}}{_safe(after)}"
    return f"{_piece(draft.stem)}{{{answers}{general}}}"


def _piece(text: str) -> str:
    """A text on its own: plain is said where Moodle would take it for HTML."""
    return f"[plain]{_safe(text)}" if _needs_format(text) else _safe(text)


def _needs_format(text: str) -> bool:
    return "<" in text or "&" in text or bool(_FORMAT.match(text))


def _safe(text: str) -> str:
    return _SPECIAL.sub(lambda found: "\\n" if found[0] == "\n" else f"\\{found[0]}", text)


def holds(draft: QuestionDraft) -> bool:
    """Whether the format has a place for all of it: whether it reads back as what it is."""
    return [one.draft for one in read(write([draft])) if not one.problems] == [draft]
