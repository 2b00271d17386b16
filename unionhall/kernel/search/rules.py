"""What is looked for, and where it stands in a text; the tokens by which an index finds the same.

Chinese is not cut into words: every character and every pair of neighbours is a token, so that a part
of a word is found as well as the word. Letters and digits are found by how their word begins, Chinese
titles by their pinyin, in full or by initials, from any syllable on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from unionhall.base.written_text import folded, without_invisible

LONGEST, PIECES = 60, 8  # of what is looked for: characters, pieces
SPELLED = 24  # letters of pinyin that a token holds
# Characters that no space parts: ideographs of all planes, also those of somebody's own font.
HAN = (
    "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\ue000-\uf8ff"
    "\U00020000-\U0003ffff\U000f0000-\U0010fffd"
)
VARIANTS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")  # which of two forms to draw
RUN = re.compile(rf"(?P<han>[{HAN}]+)|(?P<word>[^\W_{HAN}]+)")
SPELLING = re.compile("[a-z]{2,}")
Span = tuple[int, int]


@dataclass(frozen=True)
class Piece:
    """A run of what is looked for: of Chinese, or of letters and digits."""

    text: str
    is_han: bool


def readable(text: str) -> str:
    """The text as it is compared, but for the case of its letters: one form of each character."""
    return VARIANTS.sub("", folded(without_invisible(text)))


def pieces_of(wanted: str) -> list[Piece]:
    """What was typed, in pieces that must all be there; empty when there is nothing to look for."""
    runs = RUN.finditer(readable(wanted[:LONGEST]).casefold())
    pieces = dict.fromkeys(Piece(run[0], run["han"] is not None) for run in runs)
    return list(pieces)[:PIECES]


# == The index ==
def tokens_of(title: str, text: str) -> list[str]:
    """All by which something is found, each once; the pinyin is that of its title alone."""
    tokens: dict[str, None] = {}
    for run in RUN.finditer(readable(f"{title}\n{text}").casefold()):
        chars = run[0]
        if run["han"] is None:
            tokens[f"w:{chars}"] = None
        else:
            tokens |= dict.fromkeys(chars)
            tokens |= dict.fromkeys(chars[at : at + 2] for at in range(len(chars) - 1))
    for run in RUN.finditer(readable(title)):
        if run["han"]:
            tokens |= dict.fromkeys(_spelled(run[0]))
    return list(tokens)


def _spelled(han: str) -> Iterator[str]:
    syllables = syllables_of(han)
    for at in range(len(syllables)):
        yield f"f:{''.join(syllables[at:])[:SPELLED]}"
        yield f"i:{''.join(one[:1] for one in syllables[at:])[:SPELLED]}"


def asked_as(pieces: Sequence[Piece]) -> str:
    """The same as a ``tsquery`` over such tokens. Pieces hold letters, digits and ideographs alone."""
    return " & ".join(_asked(piece) for piece in pieces)


def _asked(piece: Piece) -> str:
    text = piece.text
    if piece.is_han:
        pairs = [text[at : at + 2] for at in range(len(text) - 1)] or [text]
        return " & ".join(f"'{one}'" for one in pairs)
    ways = [f"'w:{text}':*"]
    if SPELLING.fullmatch(text):
        ways += [f"'f:{text[:SPELLED]}':*", f"'i:{text[:SPELLED]}':*"]
    return f"({' | '.join(ways)})"


# == In a text that is at hand ==
def matches(pieces: Sequence[Piece], title: str, text: str = "") -> bool:
    """Whether every piece stands there; the same answer as the index gives."""
    return all(
        _spans(piece, title, spelled=True) or _spans(piece, text, spelled=False) for piece in pieces
    )


def marked(pieces: Sequence[Piece], text: str, *, spelled: bool = True) -> list[tuple[str, bool]]:
    """The text in parts; True: it was looked for. Nothing is lost, and nothing is added."""
    hit = [False] * len(text)
    for piece in pieces:
        for begin, end in _spans(piece, text, spelled=spelled):
            hit[begin:end] = [True] * (end - begin)
    parts: list[tuple[str, bool]] = []
    for char, is_hit in zip(text, hit, strict=True):
        if parts and parts[-1][1] is is_hit:
            parts[-1] = (parts[-1][0] + char, is_hit)
        else:
            parts.append((char, is_hit))
    return parts


def excerpt(pieces: Sequence[Piece], text: str, *, length: int = 60) -> str:
    """So much of a long text around the first piece that stands in it; cut ends are told by ``…``."""
    found = [span for piece in pieces for span in _spans(piece, text, spelled=False)[:1]]
    first = min((begin for begin, _end in found), default=0)
    begin = max(0, min(first - length // 4, len(text) - length))
    cut = " ".join(text[begin : begin + length].split())
    return f"{'…' if begin else ''}{cut}{'…' if begin + length < len(text) else ''}"


def _spans(piece: Piece, text: str, *, spelled: bool) -> list[Span]:
    """Where it stands, counted in the characters of the text as it was written."""
    plain, places = _compared(text)
    spans: list[Span] = []
    for run in RUN.finditer(plain):
        if run["han"] is not None and piece.is_han:
            spans += _inside(piece.text, run[0], run.start())
        elif run["han"] is not None and spelled and SPELLING.fullmatch(piece.text):
            spans += _by_pinyin(piece.text, run[0], run.start())
        elif run["han"] is None and not piece.is_han and run[0].startswith(piece.text):
            spans.append((run.start(), run.start() + len(piece.text)))
    return [(places[begin], places[end - 1] + 1) for begin, end in spans]


def _compared(text: str) -> tuple[str, list[int]]:
    """As it is compared, and of each character there the place that it comes from."""
    plain = readable(text).casefold()
    if len(plain) == len(text):
        return plain, list(range(len(text)))
    pairs = [(one, at) for at, char in enumerate(text) for one in readable(char).casefold()]
    return "".join(one for one, _at in pairs), [at for _one, at in pairs]


def _inside(wanted: str, run: str, start: int) -> Iterator[Span]:
    at = run.find(wanted)
    while at >= 0:
        yield start + at, start + at + len(wanted)
        at = run.find(wanted, at + 1)


def _by_pinyin(wanted: str, run: str, start: int) -> Iterator[Span]:
    syllables = syllables_of(run)
    wanted = wanted[:SPELLED]
    for at in range(len(syllables)):
        if "".join(one[:1] for one in syllables[at:]).startswith(wanted):
            yield start + at, start + at + len(wanted)
        elif "".join(syllables[at:]).startswith(wanted):
            yield start + at, start + _reaches(syllables, at, len(wanted))


def _reaches(syllables: Sequence[str], at: int, letters: int) -> int:
    while letters > 0:
        letters -= len(syllables[at])
        at += 1
    return at


@lru_cache(maxsize=1000)
def syllables_of(han: str) -> tuple[str, ...]:
    """One syllable of pinyin for each character, without tones; itself for one that has none."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 — its tables take a moment and some megabytes

    whole = lazy_pinyin(han, v_to_u=False)  # a word says how its characters are spoken
    if len(whole) != len(han):  # those that it does not know stand together
        whole = [one for char in han for one in lazy_pinyin(char, v_to_u=False)]
    return tuple(whole)
