"""HTML as other programs store texts in, and the plain text that it shows.

Marks that only shape a paragraph go; whatever says more than its words (links, tables, scripts,
pictures from elsewhere) is refused, for it would be lost without a word.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

BLOCKS = frozenset({"p", "div"})
BREAK = "br"
SHAPES = frozenset({"span", "b", "strong", "i", "em", "u", "font", "small"})
_AFTER_BREAK = re.compile(r"(<br\s*/?>)[ \t]*\n[ \t]*", re.IGNORECASE)
_RAW_LINE_END = re.compile(r"(?<![ \t])[ \t]*\n\s*")
_EDGE = "\0"  # of a paragraph: several make one line end, those outside none
_EDGES = re.compile("(?<![ \n])[ \n]*\0[ \n\0]*")
# Each part takes all it can and gives nothing back, so that no text costs more than its length.
_MARK = re.compile(
    r"<(?:[!?]|(?P<ends>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)"
    r"(?P<attributes>(?:[\s/](?:[^<>\"']|\"[^\"]*+\"|'[^']*+')*+)?+)>)"
)
_ATTRIBUTE = re.compile(r"([^\s=/\"'<>]++)(?:\s*+=\s*+(\"[^\"]*+\"|'[^']*+'|[^\s\"'<>=]++))?+")
_REFERENCE = re.compile("&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_MAY_HAVE = frozenset({"dir", "style", "class", "lang", "id", "align", "color", "size", "face"})


@dataclass(frozen=True, slots=True)
class Image:
    """``src`` and ``alt`` as they were written."""

    src: str
    text: str


@dataclass(slots=True)
class Flat:
    """The text; ``images`` it showed; whether marks were dropped, and whether it is refused."""

    text: str = ""
    images: list[Image] = field(default_factory=list)
    reshaped: bool = False
    refused: bool = False


def flat(written: str, *, keep_lines: bool = False) -> Flat:
    """The text of a piece of HTML. ``keep_lines``: a line end in it is one on the page, too."""
    reader = _Reader()
    one_line = _RAW_LINE_END.sub(" ", _AFTER_BREAK.sub(r"\1", written))
    reader.read(written if keep_lines else one_line)
    found = reader.found
    found.text = _EDGES.sub("\n", "".join(reader.pieces)).strip()
    return found


def marked_up(text: str) -> str:
    """Plain text as HTML that ``flat`` reads back."""
    return html.escape(text, quote=False).replace("\n", "<br>")


class _Reader:
    """Takes a text apart in one pass: what looks like a tag and is none, is text."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.found = Flat()

    def read(self, written: str) -> None:
        at = 0
        for mark in _MARK.finditer(written):
            self.pieces.append(_unescaped(written[at : mark.start()]))
            at = mark.end()
            if mark["name"] is None:  # a comment, a declaration, an instruction
                self.found.refused = True
            else:
                self._tag(mark["name"].lower(), mark["attributes"], ends=bool(mark["ends"]))
        self.pieces.append(_unescaped(written[at:]))

    def _tag(self, name: str, written: str, *, ends: bool) -> None:
        if name in BLOCKS:
            self.pieces.append(_EDGE)
        elif name == BREAK:
            self.pieces.append("\n")
        if ends:
            return
        attributes = {found[1].lower(): found[2] for found in _ATTRIBUTE.finditer(written)}
        if name == "img":
            told = {key: _unescaped((text or "").strip("\"'")) for key, text in attributes.items()}
            self.found.images.append(Image(told.get("src", ""), told.get("alt", "")))
        elif name in BLOCKS | SHAPES | {BREAK}:
            self.found.refused |= not attributes.keys() <= _MAY_HAVE
            self.found.reshaped |= name in SHAPES
        else:
            self.found.refused = True


def _unescaped(text: str) -> str:
    """``&nbsp;`` is a blank; the character that it names stays what it is."""
    return _REFERENCE.sub(lambda found: html.unescape(found[0]), text.replace("&nbsp;", " "))
