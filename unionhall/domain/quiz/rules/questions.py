"""What a question is, whoever wrote it down: its kind, its answer, and when two are the same."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeAlias

from unionhall.base.written_text import folded, without_invisible

SINGLE, MULTIPLE, JUDGE, FILL = "single", "multiple", "judge", "fill"
KINDS = (SINGLE, MULTIPLE, JUDGE, FILL)
EASY, MEDIUM, HARD = "easy", "medium", "hard"
DIFFICULTY_WORDS = {
    **dict.fromkeys(("易", "容易", "简单", "较易"), EASY),
    **dict.fromkeys(("中", "中等", "一般", "适中"), MEDIUM),
    **dict.fromkeys(("难", "困难", "较难"), HARD),
}
WORD_OF_DIFFICULTY = {EASY: "易", MEDIUM: "中", HARD: "难"}
WORD_OF_KIND = {SINGLE: "单选题", MULTIPLE: "多选题", JUDGE: "判断题", FILL: "填空题"}
LETTERS = "ABCDEFGH"
BLANK = re.compile(r"_{2,}")
MOST_POINTS = 100
LONGEST_TEXT, LONGEST_BLANK = 10_000, 100  # characters: of any text, of what one types into a blank
LONGEST_TAG, LONGEST_CATEGORY, LONGEST_NAME, LONGEST_SOURCE = 40, 200, 80, 80  # characters
MOST_TAGS = 20
MOST_PICTURES, LONGEST_PICTURE_TEXT = 12, 200
_BETWEEN_TAGS = re.compile(r"[；;|、,，\n]")
_USUAL = re.compile("[ -~·×–-…\u3000-〗一-鿿！-～]*")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x1c-\x1f\x85\u2028\u2029]")
_NO_CHARACTER = re.compile("[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_SLASH = re.compile("(?<!/)/(?!/)")  # two are one inside a name, as Moodle writes it
_ROOTS = re.compile(r"top|\$[a-z]+\$")

_APART = "<\n"  # between texts, so that no tag begins in one and ends in the next
# Tags as browsers read them, and addresses that run. "x<5且y>3" and "&amp;" are text.
MARKUP = re.compile(
    r"<!--|</?[a-z][a-z0-9]*(\s*/?|[\s/][^<>=]*=[^<>]*)>|javascript:", re.IGNORECASE
)

# Choices: letters. Judge: one truth value. Fill: the accepted texts of each blank.
Answer: TypeAlias = list[str] | list[bool] | list[list[str]]


@dataclass(frozen=True, slots=True)
class Picture:
    """What stands below a stem or beside an option: its bytes, and in words what can be seen."""

    content: bytes = field(repr=False)
    text: str = ""
    option: str = ""  # its letter; empty: below the stem


@dataclass(frozen=True, slots=True)
class QuestionDraft:
    """A question as read from a file or a form."""

    kind: str
    stem: str
    answer: Answer
    options: tuple[str, ...] = ()
    difficulty: str = MEDIUM
    score: Decimal = Decimal(1)
    explanation: str = ""
    category: str = ""  # a path: "安全/用气"; a slash inside a name is doubled
    tags: tuple[str, ...] = ()
    name: str = ""  # what the file calls it
    pictures: tuple[Picture, ...] = ()  # those of the stem first, in the order shown
    source: str = field(default="", compare=False)
    texts: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        words = (self.explanation, self.category, *self.tags, self.name)
        texts = (self.stem, *self.options, *accepted_texts(self.answer), *words)
        object.__setattr__(self, "texts", texts)

    @property
    def right_content(self) -> frozenset[str]:
        """What is right in words, so that shuffled options do not make another question."""
        if self.kind in {SINGLE, MULTIPLE}:
            return frozenset(
                self.options[LETTERS.index(str(letter))]
                for letter in self.answer
                if LETTERS.index(str(letter)) < len(self.options)
            )
        return frozenset(str(part) for part in self.answer)


def text_of(written: str) -> str:
    """What a person reads: one kind of line end, nothing invisible, no space around it."""
    if _USUAL.fullmatch(written):  # most texts: nothing to look for
        return written.strip()
    text = _NO_CHARACTER.sub("", _LINE_END.sub("\n", written))
    return without_invisible(text).strip()


def category_of(written: str) -> str:
    """A path without its technical root: ``$course$/top/安全/用气`` is ``安全/用气``."""
    path = " ".join(text_of(written)[:LONGEST_CATEGORY].split())
    parts = [part.strip() for part in _SLASH.split(path) if part.strip()]
    while parts and _ROOTS.fullmatch(parts[0]):
        parts = parts[1:]
    return "/".join(parts)


def name_of(written: str, *, stem: str) -> str:
    """The name of a question; none where it only repeats how the stem begins."""
    name = " ".join(text_of(written).split())[:LONGEST_NAME].strip()
    return "" if " ".join(stem.split()).startswith(name) else name


def tags_of(written: str) -> tuple[str, ...]:
    """Tags as a cell has them, parted by any usual separator; each once."""
    tags = (tag.strip()[:LONGEST_TAG].strip() for tag in _BETWEEN_TAGS.split(text_of(written)))
    return tuple(dict.fromkeys(tag for tag in tags if tag))[:MOST_TAGS]


def plain(text: str) -> str:
    """Without white space, punctuation and case: two stems that agree here are one question."""
    return folded(text).casefold().translate(_WORDS)


class _Words(dict[int, int | None]):
    """For ``translate``: what a character becomes, looked up once."""

    def __missing__(self, code: int) -> int | None:
        char = chr(code)
        keeps = char == "_" or unicodedata.category(char)[0] not in "ZCP"
        return self.setdefault(code, code if keeps else None)


_WORDS = _Words()


def stem_hash(stem: str) -> str:
    """SHA-256 of the plain stem, in hex: what a bank holds once."""
    return hashlib.sha256(plain(stem).encode()).hexdigest()


def blanks_in(stem: str) -> int:
    """How many ``____`` are to be filled in."""
    return len(BLANK.findall(stem))


def faults_of(draft: QuestionDraft) -> list[str]:
    """Codes of all that keeps the draft from being asked, in the order of the columns."""
    if _is_too_long(draft):
        return ["TEXT_TOO_LONG"]
    faults = [] if draft.stem else ["STEM_EMPTY"]
    if MARKUP.search(_APART.join(draft.texts)):
        faults.append("HTML_FORBIDDEN")
    faults += _picture_faults(draft)
    if draft.kind in {SINGLE, MULTIPLE}:
        faults += _option_faults(draft.options) + _letter_faults(draft)
    if draft.kind == FILL and draft.stem and len(draft.answer) != blanks_in(draft.stem):
        faults.append("BLANK_MISMATCH")
    if not 0 < draft.score <= MOST_POINTS:
        faults.append("SCORE_INVALID")
    return faults


def _is_too_long(draft: QuestionDraft) -> bool:
    """What is looked at no closer; a member could not type so long an answer."""
    return any(len(text) > LONGEST_TEXT for text in draft.texts) or any(
        len(text) > LONGEST_BLANK for text in accepted_texts(draft.answer)
    )


def accepted_texts(answer: Answer) -> list[str]:
    """All that may be typed into the blanks; of choices and judgements there is none."""
    return [str(text) for blank in answer if isinstance(blank, list) for text in blank]


def _picture_faults(draft: QuestionDraft) -> list[str]:
    letters = LETTERS[: len(draft.options)]
    if any(one.option not in letters for one in draft.pictures):  # "" is in every text
        return ["PICTURE_PLACE"]
    return ["PICTURE_TOO_MANY"] if len(draft.pictures) > MOST_PICTURES else []


def _option_faults(options: tuple[str, ...]) -> list[str]:
    given = [option for option in options if option]
    if len(given) < 2:  # noqa: PLR2004 — a choice has two sides
        return ["OPTION_TOO_FEW"]
    if len(options) > len(LETTERS):
        return ["OPTION_TOO_MANY"]
    if len(given) < len(options):
        return ["OPTION_GAP"]
    return ["OPTION_DUP"] if len({_spaceless(option) for option in given}) < len(given) else []


def _spaceless(option: str) -> str:
    """Punctuation counts here: ``.jpg`` is another answer than ``jpg``."""
    return "".join(folded(option).casefold().split()) or option


def _letter_faults(draft: QuestionDraft) -> list[str]:
    letters = [str(letter) for letter in draft.answer]
    if not letters:
        return ["ANSWER_EMPTY"]
    if len(set(letters)) < len(letters):
        return ["ANSWER_REPEATED"]
    if any(letter not in LETTERS[: len(draft.options)] for letter in letters):
        return ["ANSWER_OUT_OF_RANGE"]
    if draft.kind == SINGLE and len(letters) > 1:
        return ["SINGLE_MULTI_ANSWER"]
    return []
